//! Addresses of labels.

pub(crate) mod show;
