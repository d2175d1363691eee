//! Addresses of status.

pub(crate) mod show;
