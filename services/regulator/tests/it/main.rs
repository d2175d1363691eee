//! The regulator's service as its callers meet it: a real server over a read model that was folded
//! from blocks.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod disputes;
mod matrix;
mod provenance;
mod refusals;
mod running;
mod starting;
