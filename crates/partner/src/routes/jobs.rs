//! Requests that need several transactions.

pub mod follow;
pub mod show;
