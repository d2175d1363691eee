//! Addresses of shipments.

pub(crate) mod list;
