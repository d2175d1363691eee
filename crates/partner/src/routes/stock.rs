//! Requests about stock.

pub mod show;
