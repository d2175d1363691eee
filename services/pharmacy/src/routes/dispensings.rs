//! Addresses of dispensings.

pub(crate) mod create;
pub(crate) mod undo;
