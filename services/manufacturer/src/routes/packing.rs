//! Addresses of packing.

pub(crate) mod plan;
