//! Tests of the proofs through their public interface.

mod golden;
mod history;
mod misbehaviour;
