//! A real signer on a real socket.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod frames;
mod scene;
mod signing;
mod starting;
mod votes;
