//! One machine of the chain: an authority's node with a vote, or a follower without one.
//!
//! # Invariants
//!
//! - **A block is on disk, whole, before anyone learns that it is final.**
//! - **A node executes every block itself** and compares the state root; a follower checks every
//!   certificate before that.
//! - **A node whose store, engine or log fails stops**; it never limps.
//! - Blocks, transactions and private halves leave only for requests signed by a registered key.
//!
//! # Entry points
//!
//! [`start()`] runs a node from its [`config::NodeConfig`]; [`replica::Replica`] is the same chain
//! without interface or vote, for a service that needs the whole state.
#![warn(missing_docs)]

pub mod api;
pub mod backfill;
pub mod chain;
mod chunk_trees;
pub mod config;
pub mod disputes;
pub mod engine;
pub mod evidence;
mod generations;
pub mod genesis;
pub mod gossip;
pub mod history;
pub mod join;
mod metrics;
pub mod neighbours;
pub mod peer_heights;
pub mod pool;
pub mod replica;
pub mod snapshot;
mod start;
pub mod store;
mod surroundings;
mod tree;

pub use start::{RunningNode, StartError, start};
