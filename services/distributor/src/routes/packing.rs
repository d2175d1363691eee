//! Addresses of packing.

pub(crate) mod create;
