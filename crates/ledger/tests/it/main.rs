//! Tests of the ledger through its public interface.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]

mod bad_input;
mod genesis;
mod golden;
mod membership_model;
mod model;
mod mutations;
mod rules;
mod scene;
