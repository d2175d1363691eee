//! The addresses that several services have: one file an endpoint.

pub mod cancellations;
pub mod decommissions;
pub mod drafts;
pub mod epcis;
pub mod exceptions;
pub mod intents;
pub mod jobs;
pub mod labels;
pub mod locks;
pub mod packing;
pub mod picks;
pub mod recalls;
pub mod receipts;
pub mod rejections;
pub mod repackings;
pub mod returns;
pub mod scans;
pub mod shipments;
pub mod status;
pub mod stock;
pub mod units;
pub mod unlocks;
pub mod unpackings;
