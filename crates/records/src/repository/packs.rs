//! Packs.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;
use theriac_ledger::identifier::{AccountId, PackKey, PackLocation, RunId, Timestamp};
use theriac_ledger::pack_set::PackRange;
use theriac_ledger::record::{PackPlace, PackStatus};

use super::IN_LIST;
use super::containers::{Holder, holder_of};
use super::lots::{RunRecord, find_run, runs_by_id};
use crate::entity::{pack_index, pack_span};
use crate::error::StorageError;
use crate::fold::packs::span_of;
use crate::{Database, codec};

/// What is known of one pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackRecord {
    /// Its run and position.
    pub location: PackLocation,
    /// Status.
    pub status: PackStatus,
    /// Block time of the last change of status.
    pub since: Timestamp,
    /// Where it is.
    pub place: PackPlace,
    /// The account behind the last change of status.
    pub by: AccountId,
    /// Who has custody.
    pub holder: Holder,
}

/// Where a pack was commissioned, if ever; over all lots of its product.
pub async fn find_location(
    db: &Database,
    key: &PackKey,
) -> Result<Option<PackLocation>, StorageError> {
    Ok(find_locations(db, &[*key]).await?.remove(key))
}

/// Where packs were commissioned; those never commissioned are absent.
pub async fn find_locations(
    db: &Database,
    keys: &[PackKey],
) -> Result<BTreeMap<PackKey, PackLocation>, StorageError> {
    let mut rows = Vec::new();
    for part in keys.chunks(IN_LIST) {
        let found = pack_index::Entity::find()
            .filter(pack_index::Column::PackKey.is_in(part.iter().map(|key| key.0.to_vec())))
            .all(db.reader())
            .await?;
        rows.extend(found);
    }
    let runs = runs_by_id(db.reader(), rows.iter().map(|row| row.run)).await?;
    let corrupt = |column| StorageError::Corrupt { column };
    rows.iter()
        .map(|row| {
            let key: [u8; 16] = row
                .pack_key
                .as_slice()
                .try_into()
                .map_err(|_| corrupt("pack_index.pack_key"))?;
            let run = runs.get(&row.run).ok_or(corrupt("pack_index.run"))?.run;
            let position = codec::unsigned(row.position, "pack_index.position")?;
            Ok((PackKey(key), PackLocation { run, position }))
        })
        .collect()
}

/// One pack; `None` where the run is not known or shorter.
pub async fn find_pack(
    db: &Database,
    location: &PackLocation,
) -> Result<Option<PackRecord>, StorageError> {
    let Some(run) = find_run(db.reader(), &location.run).await? else {
        return Ok(None);
    };
    if location.position >= run.count {
        return Ok(None);
    }
    let row = span_at(db.reader(), run.id, location.position).await?;
    let span = span_of(&row)?;
    Ok(Some(PackRecord {
        location: *location,
        status: span.state.status,
        since: span.state.since,
        place: span.state.place,
        by: span.state.by,
        holder: holder_of(db.reader(), span.state.place).await?,
    }))
}

async fn span_at<C: ConnectionTrait>(
    db: &C,
    run: i64,
    position: u32,
) -> Result<pack_span::Model, StorageError> {
    pack_span::Entity::find()
        .filter(pack_span::Column::Run.eq(run))
        .filter(pack_span::Column::First.lte(codec::int(position, "a position")?))
        .order_by_desc(pack_span::Column::First)
        .one(db)
        .await?
        .ok_or(StorageError::Corrupt {
            column: "pack_spans.first",
        })
}

/// Consecutive packs of a run in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SpanRecord {
    /// The run.
    pub run: RunId,
    /// Position of the first.
    pub first: u32,
    /// How many.
    pub count: u32,
    /// Status.
    pub status: PackStatus,
    /// Block time of the last change of status.
    pub since: Timestamp,
    /// Where they are.
    pub place: PackPlace,
    /// The account behind the last change of status.
    pub by: AccountId,
}

impl SpanRecord {
    /// The packs.
    pub fn range(&self) -> PackRange {
        PackRange {
            first: self.first,
            count: self.count,
        }
    }
}

/// The packs of a run, as maximal spans of equal packs, in order.
pub async fn list_spans(db: &Database, run: &RunId) -> Result<Vec<SpanRecord>, StorageError> {
    let Some(found) = find_run(db.reader(), run).await? else {
        return Ok(Vec::new());
    };
    let rows = pack_span::Entity::find()
        .filter(pack_span::Column::Run.eq(found.id))
        .order_by_asc(pack_span::Column::First)
        .all(db.reader())
        .await?;
    rows.iter().map(|row| span_record(*run, row)).collect()
}

/// The spans of a run that overlap a range, in order.
pub(crate) async fn spans_among<C: ConnectionTrait>(
    db: &C,
    run: &RunRecord,
    range: PackRange,
) -> Result<Vec<SpanRecord>, StorageError> {
    let first = codec::int(range.first, "a position")?;
    let end = codec::int(range.end(), "a position")?;
    let of_run = pack_span::Entity::find().filter(pack_span::Column::Run.eq(run.id));
    // Every run has a span from its first pack on, and spans leave no gap.
    let at_first = of_run
        .clone()
        .filter(pack_span::Column::First.lte(first))
        .order_by_desc(pack_span::Column::First)
        .one(db)
        .await?;
    let behind = of_run
        .filter(pack_span::Column::First.gt(first))
        .filter(pack_span::Column::First.lt(end))
        .order_by_asc(pack_span::Column::First)
        .all(db)
        .await?;
    let rows = at_first.iter().chain(&behind);
    rows.map(|row| span_record(run.run, row)).collect()
}

pub(crate) fn span_record(run: RunId, row: &pack_span::Model) -> Result<SpanRecord, StorageError> {
    let span = span_of(row)?;
    Ok(SpanRecord {
        run,
        first: span.first,
        count: span.count,
        status: span.state.status,
        since: span.state.since,
        place: span.state.place,
        by: span.state.by,
    })
}
