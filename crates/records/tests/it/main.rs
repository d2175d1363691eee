//! The read model against the ledger itself.
#![expect(clippy::unwrap_used, reason = "a test that meets no value fails")]

mod backup;
mod chain;
mod dice;
mod disputes;
mod failures;
mod intents;
#[cfg(feature = "postgres-tests")]
mod postgres;
mod queries;
mod same_as_ledger;
mod story;
