//! Queries, one file a resource. Nothing here changes what the chain says.

pub mod chain;
pub mod intents;
pub mod shipments;
