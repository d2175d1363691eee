//! Requests about receipts.

pub mod check;
pub mod create;
