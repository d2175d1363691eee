//! Tests of the ledger through its public interface.

mod bad_input;
mod golden;
mod model;
mod rules;
mod scene;
