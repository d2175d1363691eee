//! Tests of the ledger through its public interface.

mod bad_input;
mod genesis;
mod golden;
mod model;
mod mutations;
mod rules;
mod scene;
