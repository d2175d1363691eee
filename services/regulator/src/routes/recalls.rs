//! Recalls.

pub(crate) mod create;
