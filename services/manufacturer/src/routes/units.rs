//! Addresses of units.

pub(crate) mod show;
