//! Addresses of receipts.

pub(crate) mod create;
