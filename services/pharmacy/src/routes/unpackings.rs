//! Addresses of unpackings.

pub(crate) mod create;
