//! Addresses of packing.

pub(crate) mod create;
pub(crate) mod plan;
