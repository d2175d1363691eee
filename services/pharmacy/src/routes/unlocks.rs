//! Addresses of unlocks.

pub(crate) mod create;
