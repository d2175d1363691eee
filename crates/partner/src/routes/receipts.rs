//! Requests about receipts.

pub mod create;
