//! Addresses of recalls.

pub(crate) mod create;
