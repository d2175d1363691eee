//! The verifier as its callers meet it: a real server over a ledger in memory.

mod anonymous;
mod pages;
mod pictures;
mod running;
mod signed_in;
mod starting;
mod units;
