//! Addresses of batches.

pub(crate) mod create;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod serials;
