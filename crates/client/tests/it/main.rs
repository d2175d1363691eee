//! The client against servers that tell the truth, lie, break off and disappear.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod chain;
mod follower;
mod node_client;
mod server;
mod sets;
mod submitter;
mod two_heads;
