//! Tests of the node over its public interface: one binary, one file for each part.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod api;
mod ceremony;
mod chain;
mod changes;
mod cluster;
mod desk;
mod disputes;
mod engine;
mod evidence;
mod fixture;
mod half_open;
mod hidden_steps;
mod history;
mod impersonator;
mod join;
mod membership;
mod misbehaviour;
mod pool;
mod proofs;
mod remote_key;
mod served;
mod snapshot;
mod start;
mod store;
