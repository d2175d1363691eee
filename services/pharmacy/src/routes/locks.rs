//! Addresses of locks.

pub(crate) mod create;
