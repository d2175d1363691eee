//! Tests of the node over its public interface: one binary, one file for each part.

mod api;
mod chain;
mod fixture;
mod pool;
mod proofs;
mod served;
mod start;
mod store;
