//! Verifications.

pub(crate) mod create;
