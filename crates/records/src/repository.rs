//! Queries, one file a resource. Nothing here changes what the chain says.

pub mod api_keys;
pub mod audit;
pub mod bags;
pub mod captures;
pub mod chain;
pub mod containers;
pub mod contents;
pub mod deliveries;
pub mod drafts;
pub mod events;
pub mod exceptions;
pub mod inspection;
pub mod intents;
pub mod jobs;
pub mod lots;
pub mod members;
pub mod news;
pub mod notices;
pub mod packs;
pub mod products;
pub mod provenance;
pub mod returns;
pub mod serials;
pub mod sessions;
pub mod shipments;
pub mod stock;
pub mod transactions;
pub mod units;
pub mod users;
pub mod webhooks;

/// Rows named in one `IN` list.
pub(crate) const IN_LIST: usize = 1_000;
