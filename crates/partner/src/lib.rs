//! What the trading partners' services share.
#![warn(missing_docs)]

pub mod application;
pub mod batch_file;
pub mod faults;
pub mod operation;
pub mod packing_plan;
pub mod selection;
pub mod serials;
pub mod settings;
