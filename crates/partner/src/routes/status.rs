//! Requests about status.

pub mod show;
