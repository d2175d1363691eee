//! Requests about packing.

pub mod create;
