//! The addresses that several services have: one file an endpoint.

pub mod cancellations;
pub mod drafts;
pub mod epcis;
pub mod intents;
pub mod jobs;
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
