//! Where something has been: every transaction that touched it, and those that touched the units
//! and shipments it was in, for as long as it was in them.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde::Serialize;
use theriac_gs1::{Gtin, Lot, Sscc};
use theriac_ledger::identifier::{AccountId, PackLocation};
use theriac_ledger::record::PackStatus;

use super::containers::{Holder, holder_of};
use super::contents::Container;
use super::lots::{LotRecord, RunRecord, find_lot, find_run, list_runs};
use super::packs::{PackRecord, find_pack, list_spans};
use super::products::find_product;
use super::transactions::{TransactionRecord, by_sequence};
use super::units::{UnitRecord, find_unit};
use crate::entity::{transaction_lot, transaction_pack, unit};
use crate::error::StorageError;
use crate::{Database, Sequence, codec};

mod walk;

use walk::{PackStep, Walk};

/// Events in one answer; the rest is cut off and the answer says so.
pub const EVENTS_MAX: usize = 20_000;

/// Why a transaction is in the history of something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// It registered the product.
    Product,
    /// It named the lot.
    Lot,
    /// It named the packs.
    Pack,
    /// It named what contained them at that time.
    Container(Container),
}

/// One event in a history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProvenanceEvent {
    /// The transaction.
    #[serde(flatten)]
    pub transaction: TransactionRecord,
    /// Why it belongs to this history.
    pub via: Vec<Via>,
}

/// A history, in order of the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct History {
    /// The events.
    pub events: Vec<ProvenanceEvent>,
    /// Whether events past [`EVENTS_MAX`] were cut off.
    pub is_truncated: bool,
}

/// A pack and its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PackProvenance {
    /// The pack as it is now.
    pub pack: PackRecord,
    /// Its history.
    #[serde(flatten)]
    pub history: History,
}

/// A unit and its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UnitProvenance {
    /// The unit as it is now.
    pub unit: UnitRecord,
    /// Its history.
    #[serde(flatten)]
    pub history: History,
}

/// Packs of a lot that one account holds in one status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HolderCount {
    /// Who has custody.
    pub account: AccountId,
    /// To whom they are on their way.
    pub addressee: Option<AccountId>,
    /// Status of the packs.
    pub status: PackStatus,
    /// How many.
    pub packs: u64,
}

/// A lot and its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LotProvenance {
    /// The lot as it is now.
    pub lot: LotRecord,
    /// Who holds its packs.
    pub holders: Vec<HolderCount>,
    /// Its history.
    #[serde(flatten)]
    pub history: History,
}

/// A pack's history; `None` where there is no such pack.
pub async fn trace_pack(
    db: &Database,
    location: &PackLocation,
) -> Result<Option<PackProvenance>, StorageError> {
    let Some(pack) = find_pack(db, location).await? else {
        return Ok(None);
    };
    let Some(run) = find_run(db.reader(), &location.run).await? else {
        return Ok(None);
    };
    let mut walk = Walk::default();
    lot_events(db, &mut walk, &location.run.gtin, &location.run.lot).await?;
    let steps = pack_steps(db, run.id, Some(location.position)).await?;
    let only = location.position..location.position.saturating_add(1);
    walk.follow_packs(&steps, &only);
    let history = finish(db, walk).await?;
    Ok(Some(PackProvenance { pack, history }))
}

/// A lot's history; `None` where there is no such lot.
pub async fn trace_lot(
    db: &Database,
    gtin: &Gtin,
    lot: &Lot,
) -> Result<Option<LotProvenance>, StorageError> {
    let Some(found) = find_lot(db, gtin, lot).await? else {
        return Ok(None);
    };
    let runs = list_runs(db, gtin, lot).await?;
    let mut walk = Walk::default();
    lot_events(db, &mut walk, gtin, lot).await?;
    for run in &runs {
        let steps = pack_steps(db, run.id, None).await?;
        walk.follow_packs(&steps, &(0..run.count));
    }
    let history = finish(db, walk).await?;
    Ok(Some(LotProvenance {
        lot: found,
        holders: count_holders(db, &runs).await?,
        history,
    }))
}

/// A unit's history; `None` where there is no such unit.
pub async fn trace_unit(
    db: &Database,
    sscc: &Sscc,
) -> Result<Option<UnitProvenance>, StorageError> {
    let Some(found) = find_unit(db, sscc).await? else {
        return Ok(None);
    };
    let created = unit::Entity::find_by_id(sscc.as_str())
        .one(db.reader())
        .await?
        .map_or(0, |row| row.sequence);
    let mut walk = Walk::default();
    walk.enter(Container::Unit(*sscc), created, i64::MAX);
    let history = finish(db, walk).await?;
    Ok(Some(UnitProvenance {
        unit: found,
        history,
    }))
}

async fn lot_events(
    db: &Database,
    walk: &mut Walk,
    gtin: &Gtin,
    lot: &Lot,
) -> Result<(), StorageError> {
    if let Some(product) = find_product(db, gtin).await? {
        walk.note(product.registered.0, Via::Product);
    }
    let rows = transaction_lot::Entity::find()
        .filter(transaction_lot::Column::Gtin.eq(gtin.as_str()))
        .filter(transaction_lot::Column::Lot.eq(lot.as_str()))
        .all(db.reader())
        .await?;
    for row in rows {
        walk.note(row.sequence, Via::Lot);
    }
    Ok(())
}

/// What named packs of a run, in order: all of them, or those that name one position.
async fn pack_steps(
    db: &Database,
    run: i64,
    position: Option<u32>,
) -> Result<Vec<PackStep>, StorageError> {
    let mut query = transaction_pack::Entity::find().filter(transaction_pack::Column::Run.eq(run));
    if let Some(position) = position {
        let position = codec::int(position, "a position")?;
        query = query.filter(transaction_pack::Column::First.lte(position));
    }
    let rows = query
        .order_by_asc(transaction_pack::Column::Sequence)
        .order_by_asc(transaction_pack::Column::First)
        .all(db.reader())
        .await?;
    rows.iter().map(PackStep::of).collect()
}

/// Walks to the end, and reads what was found.
async fn finish(db: &Database, mut walk: Walk) -> Result<History, StorageError> {
    walk.run(db.reader()).await?;
    let is_truncated = walk.events.len() > EVENTS_MAX;
    let found: BTreeMap<Sequence, BTreeSet<Via>> = walk
        .events
        .into_iter()
        .take(EVENTS_MAX)
        .map(|(sequence, via)| (Sequence(sequence), via))
        .collect();
    let transactions = by_sequence(db.reader(), &found.keys().copied().collect()).await?;
    let events = transactions
        .into_iter()
        .map(|(sequence, transaction)| ProvenanceEvent {
            transaction,
            via: found
                .get(&sequence)
                .into_iter()
                .flatten()
                .copied()
                .collect(),
        })
        .collect();
    Ok(History {
        events,
        is_truncated,
    })
}

async fn count_holders(
    db: &Database,
    runs: &[RunRecord],
) -> Result<Vec<HolderCount>, StorageError> {
    let mut known: BTreeMap<(i16, Vec<u8>), Holder> = BTreeMap::new();
    let mut counts: BTreeMap<(AccountId, Option<AccountId>, PackStatus), u64> = BTreeMap::new();
    for run in runs {
        for span in list_spans(db, &run.run).await? {
            let key = codec::place_columns(&span.place);
            let holder = if let Some(holder) = known.get(&key) {
                holder
            } else {
                let holder = holder_of(db.reader(), span.place).await?;
                known.entry(key).or_insert(holder)
            };
            let key = (holder.account, holder.addressee, span.status);
            *counts.entry(key).or_default() += u64::from(span.count);
        }
    }
    Ok(counts
        .into_iter()
        .map(|((account, addressee, status), packs)| HolderCount {
            account,
            addressee,
            status,
            packs,
        })
        .collect())
}
