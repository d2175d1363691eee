//! Addresses of stock.

pub(crate) mod show;
