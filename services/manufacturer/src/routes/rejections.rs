//! Addresses of rejections.

pub(crate) mod create;
