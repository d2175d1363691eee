//! Tests of the proofs through their public interface.

mod changes;
mod golden;
mod history;
mod misbehaviour;
