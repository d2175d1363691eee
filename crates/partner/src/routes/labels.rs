//! Requests about labels.

pub mod sheet;
pub mod show;
