//! The people who use the service.

pub mod create;
pub mod list;
pub mod update;
