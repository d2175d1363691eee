//! The server as a client sees it: started on a free port, asked over the loopback.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on says so by panicking"
)]

mod api_keys;
mod limits;
mod observability;
mod problems;
mod running;
mod signed_requests;
mod vectors;
