//! Addresses of shipments.

pub(crate) mod create;
pub(crate) mod list;
