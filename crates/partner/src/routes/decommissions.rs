//! Addresses of decommissions.

pub mod create;
