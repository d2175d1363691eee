//! Scans.
pub mod create;
