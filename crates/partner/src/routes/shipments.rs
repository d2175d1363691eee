//! Requests about shipments.

pub mod create;
pub mod list;
