//! Requests about cancellations.

pub mod create;
