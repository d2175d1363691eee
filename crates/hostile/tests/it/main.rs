//! Hostile bytes against every decoder, through this crate's public interface.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod mutations;
mod seeds;
mod signatures;
