//! What an account holds.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter};
use serde::Serialize;
use theriac_gs1::{CalendarDate, Gtin, Lot, Sscc};
use theriac_ledger::identifier::AccountId;
use theriac_ledger::pack_set::PackRange;
use theriac_ledger::record::{LotState, PackStatus};

use super::containers::{Holder, holder_of};
use super::contents::{Container, count_lots, descend, spans_at};
use super::lots::list_runs;
use super::packs::{SpanRecord, list_spans};
use super::returns::{among, unverified};
use super::shipments::{ShipmentOutcome, shipment_of};
use crate::entity::{shipment, unit};
use crate::error::StorageError;
use crate::{Database, codec};

/// Packs of one lot in one status that an account holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StockLine {
    /// The product.
    pub gtin: Gtin,
    /// The lot.
    pub lot: Lot,
    /// Last day of use.
    pub expiry: CalendarDate,
    /// Open, closed or recalled.
    #[serde(flatten)]
    pub state: LotState,
    /// Status of the packs.
    pub status: PackStatus,
    /// Whether they are in an open shipment to somebody else.
    pub in_transit: bool,
    /// Whether they came back and were not verified: not saleable.
    pub returned: bool,
    /// How many.
    pub packs: u64,
}

/// Consecutive packs of a lot that an account holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HeldSpan {
    /// The packs.
    pub span: SpanRecord,
    /// Units around them, the innermost first.
    pub units: Vec<Sscc>,
    /// Whether they are in an open shipment to somebody else.
    pub in_transit: bool,
}

/// What an account has custody of, of one lot, by run and position.
pub async fn list_held_of_lot(
    db: &Database,
    account: &AccountId,
    gtin: &Gtin,
    lot: &Lot,
) -> Result<Vec<HeldSpan>, StorageError> {
    let mut holders: BTreeMap<(i16, Vec<u8>), Holder> = BTreeMap::new();
    let mut held = Vec::new();
    for run in list_runs(db, gtin, lot).await? {
        for span in list_spans(db, &run.run).await? {
            let place = codec::place_columns(&span.place);
            let holder = match holders.entry(place) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(holder_of(db.reader(), span.place).await?),
            };
            if holder.account == *account {
                held.push(HeldSpan {
                    span,
                    units: holder.units.clone(),
                    in_transit: holder.shipment.is_some(),
                });
            }
        }
    }
    Ok(held)
}

/// What an account has custody of, first what expires first.
pub async fn list_stock(
    db: &Database,
    account: &AccountId,
) -> Result<Vec<StockLine>, StorageError> {
    let (on_hand, in_transit) = held(db.reader(), account).await?;
    let all: Vec<SpanRecord> = on_hand.iter().chain(&in_transit).copied().collect();
    let lots: BTreeMap<(Gtin, Lot), (CalendarDate, LotState)> = count_lots(db.reader(), &all)
        .await?
        .into_iter()
        .map(|lot| ((lot.gtin, lot.lot), (lot.expiry, lot.state)))
        .collect();
    let unverified = unverified(db.reader(), account).await?;
    let mut counts: BTreeMap<(Gtin, Lot, PackStatus, bool, bool), u64> = BTreeMap::new();
    for (spans, is_in_transit) in [(&on_hand, false), (&in_transit, true)] {
        for span in spans {
            let range = PackRange {
                first: span.first,
                count: span.count,
            };
            let returned = among(&span.run, range, &unverified);
            let returned: u32 = returned.iter().map(|part| part.range.count).sum();
            for (count, is_returned) in [
                (span.count.saturating_sub(returned), false),
                (returned, true),
            ] {
                let (gtin, lot) = (span.run.gtin, span.run.lot);
                let key = (gtin, lot, span.status, is_in_transit, is_returned);
                if count > 0 {
                    *counts.entry(key).or_default() += u64::from(count);
                }
            }
        }
    }
    let mut lines = Vec::with_capacity(counts.len());
    for ((gtin, lot, status, in_transit, returned), packs) in counts {
        let (expiry, state) = *lots
            .get(&(gtin, lot))
            .ok_or(StorageError::Corrupt { column: "runs.lot" })?;
        lines.push(StockLine {
            gtin,
            lot,
            expiry,
            state,
            status,
            in_transit,
            returned,
            packs,
        });
    }
    lines.sort_by_key(|line| (line.expiry, line.gtin, line.lot));
    Ok(lines)
}

/// The packs that an account holds: on hand, and in its open shipments.
async fn held<C: ConnectionTrait>(
    db: &C,
    account: &AccountId,
) -> Result<(Vec<SpanRecord>, Vec<SpanRecord>), StorageError> {
    let id = codec::bytes(&account.0);
    let mut on_hand = Vec::new();
    let mut in_transit = Vec::new();
    let units = unit::Entity::find()
        .filter(unit::Column::StateKind.is_in([codec::ACCOUNT, codec::RESOLVED]))
        .filter(unit::Column::State.eq(id.clone()))
        .all(db)
        .await?;
    for row in units {
        on_hand.push(Container::Unit(codec::text(&row.sscc, "units.sscc")?));
    }
    let received = Condition::all()
        .add(shipment::Column::ToAccount.eq(id.clone()))
        .add(shipment::Column::Outcome.eq(codec::word(&ShipmentOutcome::Received)));
    let sent = Condition::all()
        .add(shipment::Column::FromAccount.eq(id.clone()))
        .add(shipment::Column::Outcome.ne(codec::word(&ShipmentOutcome::Received)));
    let shipments = shipment::Entity::find()
        .filter(Condition::any().add(received).add(sent))
        .all(db)
        .await?;
    for row in &shipments {
        let found = shipment_of(row)?;
        let list = if found.outcome == ShipmentOutcome::Open {
            &mut in_transit
        } else {
            &mut on_hand
        };
        list.push(Container::Shipment(found.id));
    }
    let mut spans = spans_at(db, &[(codec::ACCOUNT, id)]).await?;
    spans.extend(descend(db, on_hand).await?.spans);
    Ok((spans, descend(db, in_transit).await?.spans))
}
