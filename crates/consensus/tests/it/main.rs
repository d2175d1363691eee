//! Tests of the engine's own parts through their public interface.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod vectors;
