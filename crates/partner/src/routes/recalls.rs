//! Requests about recalls.

pub mod create;
pub mod show;
