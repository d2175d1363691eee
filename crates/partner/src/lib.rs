//! What the trading partners' services share: reading requests, planning actions, the outbox that
//! puts them on the ledger, the follower that folds blocks into the read model, and what is shown
//! of it.
//!
//! Invariants:
//! - **an intent is stored before it is sent**, all of a request or nothing of it;
//! - **a request that comes again with its key is not done twice**;
//! - what the ledger refuses is refused by the ledger: plans refuse only what cannot be said there;
//! - every request is bounded, and refused with everything that is wrong with it at once.
//!
//! Entry points: [`application::start()`], [`service::Service`], [`operation`], [`view`], [`routes`].
#![warn(missing_docs)]

pub mod answer;
pub mod application;
pub mod audit;
pub mod bag;
pub mod batch_file;
pub mod capture;
pub mod comparison;
pub mod config;
pub mod draft;
pub mod exception;
pub mod faults;
pub mod follow;
mod id;
pub mod job;
pub mod label;
pub mod news;
mod offload;
pub mod openapi;
pub mod operation;
pub mod outbox;
mod pace;
pub mod packing_plan;
pub mod people;
pub mod picking;
pub mod rebuild;
pub mod receiving;
pub mod returns;
pub mod routes;
pub mod row_texts;
pub mod rule_texts;
pub mod scan;
pub mod selection;
pub mod serials;
pub mod service;
pub mod settings;
#[cfg(test)]
mod source_codes;
mod standing;
#[cfg(test)]
mod testing;
pub mod view;
pub mod webhook;
