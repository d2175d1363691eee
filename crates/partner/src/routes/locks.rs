//! Addresses of locks.

pub mod create;
