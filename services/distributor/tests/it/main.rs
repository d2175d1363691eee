//! The distributor as its callers meet it: a real server over a read model, its nodes down.
#![expect(
    clippy::unwrap_used,
    reason = "a test ends where something is not as it expects"
)]

mod matrix;
