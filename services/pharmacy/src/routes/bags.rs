//! Addresses of bags.

pub(crate) mod create;
pub(crate) mod label;
pub(crate) mod list;
pub(crate) mod remove;
pub(crate) mod show;
