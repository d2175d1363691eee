//! Other programs that are told of news.

pub mod create;
pub mod deliveries;
pub mod list;
pub mod remove;
pub mod replay;
