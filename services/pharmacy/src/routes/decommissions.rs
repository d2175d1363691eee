//! Addresses of decommissions.

pub(crate) mod create;
