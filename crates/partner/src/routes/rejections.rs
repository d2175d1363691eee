//! Requests about rejections.

pub mod create;
