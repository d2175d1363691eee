//! The addresses that several services have: one file an endpoint.

pub mod cancellations;
pub mod intents;
pub mod labels;
pub mod packing;
pub mod recalls;
pub mod receipts;
pub mod rejections;
pub mod shipments;
pub mod status;
pub mod stock;
pub mod units;
pub mod unpackings;
