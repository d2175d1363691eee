//! Requests about units.

pub mod show;
