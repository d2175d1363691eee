//! Packing again.
pub mod create;
