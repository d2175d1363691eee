//! The verifier as its callers meet it: a real server over a ledger in memory.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on says so by panicking"
)]

mod anonymous;
mod disputes;
mod pages;
mod pictures;
mod running;
mod signed_in;
mod starting;
mod stored;
mod units;
