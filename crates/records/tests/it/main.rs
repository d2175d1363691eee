//! The read model against the ledger itself.

mod chain;
mod dice;
mod failures;
mod intents;
#[cfg(feature = "postgres-tests")]
mod postgres;
mod queries;
mod same_as_ledger;
mod story;
