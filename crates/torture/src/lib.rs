//! Torture: real nodes in network namespaces, each on a disk of its own, over a wire of our own,
//! under signed load, and everything happens to them that will happen to machines.
//!
//! Invariants:
//! - everything lives in namespaces that end with the harness, however it ends;
//! - the schedule of faults follows from the seed;
//! - after every fault the network must go on; what it serves is judged by [`theriac_testkit::oracle`];
//! - what the network does wrong is a [`judge::Violation`]; what the harness cannot do is an error.
//!
//! Entry points: [`run::Run`], [`plan::Plan`], [`wire::Wire`], [`sandbox`]; [`database`] for what services keep.
//! A tool for tests: nothing depends on it.
#![warn(missing_docs)]

pub mod clock;
pub mod cluster;
pub mod database;
pub mod dice;
pub mod disk;
pub mod error;
pub mod judge;
pub mod load;
pub mod node;
pub mod patience;
pub mod plan;
pub mod report;
pub mod run;
pub mod sandbox;
pub mod shell;
pub mod wire;
