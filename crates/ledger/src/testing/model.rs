//! The rules against a naive model: one plain entry for every single pack, no resolved units, no
//! chunks, no overlay. Written from the design, not from the rules.
//!
//! [`Play`] turns numbers into actions and plays them on both. Random numbers come from a property
//! test of this crate, and from a fuzzer that looks for numbers that lead further.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on says so by panicking"
)]

mod compare;
mod follower;
mod judge;
mod play;
mod watch;
mod world;

pub use follower::Follower;
pub use play::{Care, Operation, Play};
pub use world::Moment;
