//! Addresses of products.

pub(crate) mod create;
pub(crate) mod list;
