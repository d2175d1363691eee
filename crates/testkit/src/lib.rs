//! What several test suites share: a network of real processes, actors that sign, background load
//! with a recorded history, and the oracle that says whether the network kept its word.
//!
//! Invariants:
//! - every process is the built `theriac` program, on loopback ports that were free, with data in a
//!   temporary folder, and is gone when its owner is dropped;
//! - nothing here waits for time: [`wait::eventually`] looks until a deadline;
//! - keys and ids follow from a seed; only transaction salts and data folders differ between runs.
//!
//! Entry points: [`network::Network`], [`actor::Pen`], [`load::Load`], [`council::Council`], [`oracle`],
//! [`service`].
//! Tests only may depend on this crate.
#![warn(missing_docs)]

pub mod actor;
pub mod council;
pub mod decided;
pub mod disk;
pub mod fake_clock;
pub mod genesis;
pub mod load;
pub mod network;
pub mod newcomer;
pub mod oracle;
pub mod ports;
pub mod program;
pub mod service;
pub mod stock;
pub mod wait;
