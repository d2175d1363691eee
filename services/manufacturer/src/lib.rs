//! The manufacturer: registers products, makes batches, prints labels, packs, ships, recalls.
//!
//! Invariants:
//! - **whatever is accepted is stored before it is sent**: a node that is down loses nothing;
//! - serial numbers that are given here have 100 random bits, and stay here: the ledger has digests;
//! - **no label leaves before its code was read back**;
//! - handlers hold no rules: requests are read and planned by `theriac_partner`, and judged by the
//!   ledger.
//!
//! Entry points: [`start()`], [`openapi()`].

mod application;
mod openapi;
mod routes;

pub use application::start;
pub use openapi::openapi;
pub use theriac_partner::config::Config;
pub use theriac_partner::service::ServiceError as StartError;
