//! Addresses of cancellations.

pub(crate) mod create;
