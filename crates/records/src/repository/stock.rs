//! What an account holds.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use serde::{Deserialize, Serialize};
use theriac_gs1::{CalendarDate, Gtin, Lot, Sscc};
use theriac_ledger::identifier::{AccountId, RunId};
use theriac_ledger::record::{LotState, PackStatus};

use super::IN_LIST;
use super::containers::{Holder, holder_of};
use super::lots::{RunRecord, find_run, list_runs, lot_of};
use super::packs::{SpanRecord, list_spans, spans_among};
use super::returns::unverified;
use super::shipments::ShipmentOutcome;
use crate::entity::{lot, shipment, stock};
use crate::error::StorageError;
use crate::pack_range::intersect;
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

/// Where a line of a stock is in its list: by expiry, product and lot.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StockPlace {
    /// Last day of use.
    pub expiry: String,
    /// The product.
    pub gtin: String,
    /// The lot.
    pub lot: String,
    /// Number of the status.
    pub status: i16,
    /// Whether they are on their way to somebody else.
    pub in_transit: bool,
    /// Whether they came back and were not verified.
    pub returned: bool,
}

impl StockLine {
    /// Where it is in the list.
    pub fn place(&self) -> StockPlace {
        StockPlace {
            expiry: self.expiry.to_string(),
            gtin: self.gtin.to_string(),
            lot: self.lot.to_string(),
            status: codec::status_number(self.status),
            in_transit: self.in_transit,
            returned: self.returned,
        }
    }
}

/// What an account has custody of, first what expires first: at most `limit` lines, those after a place.
pub async fn page_stock(
    db: &Database,
    account: &AccountId,
    after: Option<&StockPlace>,
    limit: u64,
) -> Result<Vec<StockLine>, StorageError> {
    let db = db.reader();
    // The line after which the page begins can be one of several of its row.
    let rows_max = limit.saturating_add(1);
    let on_hand = rows_at(codec::ACCOUNT, vec![codec::bytes(&account.0)], after);
    let on_hand = on_hand.limit(rows_max).all(db).await?;
    let mut counts: BTreeMap<StockPlace, u64> = BTreeMap::new();
    for row in on_hand {
        let packs = packs_of(&row)?;
        counts.insert(place_of_row(row, false), packs);
    }
    let open = open_shipments(db, account).await?;
    for part in open.chunks(IN_LIST) {
        let rows = rows_at(codec::SHIPMENT, part.to_vec(), after)
            .all(db)
            .await?;
        for row in rows {
            let packs = packs_of(&row)?;
            *counts.entry(place_of_row(row, true)).or_default() += packs;
        }
    }
    for (place, packs) in returned(db, account).await? {
        let plain = StockPlace {
            returned: false,
            ..place.clone()
        };
        let Some(count) = counts.get_mut(&plain) else {
            continue;
        };
        let packs = std::cmp::min(packs, *count);
        *count -= packs;
        counts.insert(place, packs);
    }
    counts.retain(|place, packs| *packs > 0 && after.is_none_or(|after| place > after));
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    lines_of(db, counts.into_iter().take(limit).collect()).await
}

fn rows_at(kind: i16, roots: Vec<Vec<u8>>, after: Option<&StockPlace>) -> Select<stock::Entity> {
    let mut query = stock::Entity::find()
        .filter(stock::Column::RootKind.eq(kind))
        .filter(stock::Column::Root.is_in(roots));
    if let Some(after) = after {
        let columns = [
            stock::Column::Expiry,
            stock::Column::Gtin,
            stock::Column::Lot,
            stock::Column::Status,
        ];
        let columns = Expr::tuple(columns.map(Expr::col));
        let values = Expr::tuple([
            Expr::val(after.expiry.as_str()),
            Expr::val(after.gtin.as_str()),
            Expr::val(after.lot.as_str()),
            Expr::val(after.status),
        ]);
        query = query.filter(columns.gte(values));
    }
    query
        .order_by_asc(stock::Column::Expiry)
        .order_by_asc(stock::Column::Gtin)
        .order_by_asc(stock::Column::Lot)
        .order_by_asc(stock::Column::Status)
}

fn packs_of(row: &stock::Model) -> Result<u64, StorageError> {
    u64::try_from(row.packs).map_err(|_| StorageError::Corrupt {
        column: "stock.packs",
    })
}

fn place_of_row(row: stock::Model, in_transit: bool) -> StockPlace {
    StockPlace {
        expiry: row.expiry,
        gtin: row.gtin,
        lot: row.lot,
        status: row.status,
        in_transit,
        returned: false,
    }
}

async fn open_shipments<C: ConnectionTrait>(
    db: &C,
    account: &AccountId,
) -> Result<Vec<Vec<u8>>, StorageError> {
    Ok(shipment::Entity::find()
        .select_only()
        .column(shipment::Column::Id)
        .filter(shipment::Column::FromAccount.eq(codec::bytes(&account.0)))
        .filter(shipment::Column::Outcome.eq(codec::word(&ShipmentOutcome::Open)))
        .into_tuple()
        .all(db)
        .await?)
}

/// How many packs came back and were not verified.
async fn returned<C: ConnectionTrait>(
    db: &C,
    account: &AccountId,
) -> Result<BTreeMap<StockPlace, u64>, StorageError> {
    let mut counts = BTreeMap::new();
    // A return is many packs of few runs, in few places.
    let mut runs: BTreeMap<RunId, Option<(RunRecord, lot::Model)>> = BTreeMap::new();
    let mut in_transit: BTreeMap<(i16, Vec<u8>), bool> = BTreeMap::new();
    for one in unverified(db, account).await? {
        let known = match runs.entry(one.run) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(run_and_lot(db, &one.run).await?),
        };
        let Some((run, lot)) = known else {
            continue;
        };
        for span in spans_among(db, run, one.range).await? {
            let in_transit = match in_transit.entry(codec::place_columns(&span.place)) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(new) => {
                    *new.insert(holder_of(db, span.place).await?.shipment.is_some())
                }
            };
            let place = StockPlace {
                expiry: lot.expiry.clone(),
                gtin: lot.gtin.clone(),
                lot: lot.lot.clone(),
                status: codec::status_number(span.status),
                in_transit,
                returned: true,
            };
            let packs = intersect(span.range(), one.range).map_or(0, |both| both.count);
            *counts.entry(place).or_default() += u64::from(packs);
        }
    }
    Ok(counts)
}

async fn run_and_lot<C: ConnectionTrait>(
    db: &C,
    name: &RunId,
) -> Result<Option<(RunRecord, lot::Model)>, StorageError> {
    let run = find_run(db, name).await?;
    let key = (name.gtin.to_string(), name.lot.to_string());
    let lot = lot::Entity::find_by_id(key).one(db).await?;
    Ok(run.zip(lot))
}

async fn lines_of<C: ConnectionTrait>(
    db: &C,
    counts: Vec<(StockPlace, u64)>,
) -> Result<Vec<StockLine>, StorageError> {
    let gtins: BTreeSet<&str> = counts
        .iter()
        .map(|(place, _)| place.gtin.as_str())
        .collect();
    let names: BTreeSet<&str> = counts.iter().map(|(place, _)| place.lot.as_str()).collect();
    let mut states: BTreeMap<(String, String), LotState> = BTreeMap::new();
    let names: Vec<&str> = names.into_iter().collect();
    for part in names.chunks(IN_LIST) {
        let rows = lot::Entity::find()
            .filter(lot::Column::Gtin.is_in(gtins.iter().copied()))
            .filter(lot::Column::Lot.is_in(part.iter().copied()))
            .all(db)
            .await?;
        for row in rows {
            let state = lot_of(&row)?.state;
            states.insert((row.gtin, row.lot), state);
        }
    }
    let lines = counts.iter().map(|(place, packs)| {
        let state = states.get(&(place.gtin.clone(), place.lot.clone()));
        Ok(StockLine {
            gtin: codec::text(&place.gtin, "stock.gtin")?,
            lot: codec::text(&place.lot, "stock.lot")?,
            expiry: codec::text(&place.expiry, "stock.expiry")?,
            state: *state.ok_or(StorageError::Corrupt {
                column: "stock.lot",
            })?,
            status: codec::status(place.status)?,
            in_transit: place.in_transit,
            returned: place.returned,
            packs: *packs,
        })
    });
    lines.collect()
}
