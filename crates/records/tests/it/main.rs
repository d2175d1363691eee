//! The read model against the ledger itself.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that meets no value, or another, fails"
)]

mod audit;
mod backup;
mod captures;
mod chain;
mod databases;
mod dice;
mod disputes;
mod exceptions;
mod failures;
mod intents;
mod news;
mod openers;
mod own;
mod people;
mod queries;
mod rebuilding;
mod returns;
mod same_as_ledger;
mod stock;
mod story;
mod tables;
mod tenancy;
