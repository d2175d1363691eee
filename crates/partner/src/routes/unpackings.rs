//! Requests about unpackings.

pub mod create;
