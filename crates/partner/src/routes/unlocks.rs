//! Addresses of unlocks.

pub mod create;
