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

use sea_orm::{ColumnTrait, Condition};
use theriac_ledger::identifier::Timestamp;

use crate::codec;
use crate::error::StorageError;

/// Rows named in one `IN` list.
pub(crate) const IN_LIST: usize = 1_000;

/// Rows that come after a place in a list whose newest row is the first; ids tell rows of one time apart.
pub(crate) fn older_than<C: ColumnTrait>(
    time: C,
    id: C,
    (last_time, last_id): (Timestamp, &str),
) -> Condition {
    // A cursor may name any time: nothing is stored after the last one.
    let last_time = codec::time(last_time).unwrap_or(i64::MAX);
    let same_time = Condition::all().add(time.eq(last_time)).add(id.lt(last_id));
    Condition::any().add(time.lt(last_time)).add(same_time)
}

/// Who stands behind something; a row from before they were kept names its author alone.
pub(crate) fn persons_of(
    json: Option<&str>,
    author: &str,
    column: &'static str,
) -> Result<Vec<String>, StorageError> {
    match json {
        Some(json) => codec::from_json(json, column),
        None => Ok(vec![author.to_owned()]),
    }
}
