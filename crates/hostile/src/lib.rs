//! Every decoder of outside bytes, as a function of bytes that judges what the decoder does.
//!
//! Invariants:
//! - a target panics where a decoder breaks its word, and only there: bytes that are refused are
//!   fine, bytes that are read must be read whole, in one form, and believed only where a known
//!   signer signed them;
//! - targets are functions of their bytes alone; those that need a file make one and remove it;
//! - tests only may depend on this crate.
//!
//! Entry points: [`TARGETS`] is the list, the same for the fuzzers of `fuzz/` and for the tests that
//! replay `fuzz/seeds`; [`mutation`] alters valid transactions; [`edges`] makes signatures on which
//! verifiers of Ed25519 are known to disagree; [`seeds`] makes the inputs from which fuzzers start.
#![warn(missing_docs)]
#![expect(
    clippy::missing_panics_doc,
    reason = "every function of this crate judges by panicking"
)]

#[cfg(feature = "decoders")]
mod decoders;
pub mod edges;
pub mod mutation;
pub mod scene;
#[cfg(feature = "decoders")]
pub mod seeds;
#[cfg(feature = "decoders")]
mod targets;

#[cfg(feature = "decoders")]
pub use targets::{TARGETS, Target, run};
