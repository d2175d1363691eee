//! Lots and their runs.

use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::Serialize;
use theriac_crypto::Digest;
use theriac_gs1::{CalendarDate, Gtin, Lot};
use theriac_ledger::action::RecallClass;
use theriac_ledger::identifier::{AccountId, OrganisationId, RunId, Timestamp};
use theriac_ledger::record::LotState;

use super::IN_LIST;
use crate::entity::{lot, product, run};
use crate::error::StorageError;
use crate::fold::lots::{CLOSED, OPEN, RECALLED};
use crate::{Database, codec};

/// A lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LotRecord {
    /// The product.
    pub gtin: Gtin,
    /// The lot.
    pub lot: Lot,
    /// Who made it.
    pub manufacturer: OrganisationId,
    /// Last day on which packs may be dispensed or shipped for supply.
    pub expiry: CalendarDate,
    /// Day of manufacture.
    pub manufactured: CalendarDate,
    /// Open, closed or recalled.
    #[serde(flatten)]
    pub state: LotState,
    /// Number of runs.
    pub runs: u16,
}

/// A run of a lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunRecord {
    /// Its name.
    pub run: RunId,
    /// Number of packs.
    pub count: u32,
    /// The account that commissioned it.
    pub account: AccountId,
    /// Block time of commissioning.
    pub commissioned_at: Timestamp,
    /// Its number in this database.
    #[serde(skip)]
    pub(crate) id: i64,
}

/// One lot.
pub async fn find_lot(
    db: &Database,
    gtin: &Gtin,
    lot: &Lot,
) -> Result<Option<LotRecord>, StorageError> {
    let row = lot::Entity::find_by_id((gtin.as_str().to_owned(), lot.as_str().to_owned()))
        .one(db.reader())
        .await?;
    row.as_ref().map(lot_of).transpose()
}

/// The lots of a product.
pub async fn list_lots(db: &Database, gtin: &Gtin) -> Result<Vec<LotRecord>, StorageError> {
    let rows = lot::Entity::find()
        .filter(lot::Column::Gtin.eq(gtin.as_str()))
        .order_by_asc(lot::Column::Lot)
        .all(db.reader())
        .await?;
    rows.iter().map(lot_of).collect()
}

/// The lots of one owner's products, by product and lot, after one.
pub async fn page_lots(
    db: &Database,
    owner: &OrganisationId,
    after: Option<&(Gtin, Lot)>,
    limit: u64,
) -> Result<Vec<LotRecord>, StorageError> {
    let own = sea_orm::sea_query::Query::select()
        .column(product::Column::Gtin)
        .from(product::Entity)
        .and_where(product::Column::Owner.eq(codec::bytes(&owner.0)))
        .to_owned();
    let mut query = lot::Entity::find().filter(lot::Column::Gtin.in_subquery(own));
    if let Some((gtin, last)) = after {
        let beside = Condition::all()
            .add(lot::Column::Gtin.eq(gtin.as_str()))
            .add(lot::Column::Lot.gt(last.as_str()));
        let later = lot::Column::Gtin.gt(gtin.as_str());
        query = query.filter(Condition::any().add(later).add(beside));
    }
    let rows = query
        .order_by_asc(lot::Column::Gtin)
        .order_by_asc(lot::Column::Lot)
        .limit(limit)
        .all(db.reader())
        .await?;
    rows.iter().map(lot_of).collect()
}

/// The runs of a lot, in order.
pub async fn list_runs(
    db: &Database,
    gtin: &Gtin,
    lot: &Lot,
) -> Result<Vec<RunRecord>, StorageError> {
    let rows = run::Entity::find()
        .filter(run::Column::Gtin.eq(gtin.as_str()))
        .filter(run::Column::Lot.eq(lot.as_str()))
        .order_by_asc(run::Column::Number)
        .all(db.reader())
        .await?;
    rows.iter().map(run_of).collect()
}

pub(crate) async fn find_run<C: ConnectionTrait>(
    db: &C,
    name: &RunId,
) -> Result<Option<RunRecord>, StorageError> {
    let row = run::Entity::find()
        .filter(run::Column::Gtin.eq(name.gtin.as_str()))
        .filter(run::Column::Lot.eq(name.lot.as_str()))
        .filter(run::Column::Number.eq(i32::from(name.number)))
        .one(db)
        .await?;
    row.as_ref().map(run_of).transpose()
}

/// Runs by their numbers in this database.
pub(crate) async fn runs_by_id<C: ConnectionTrait>(
    db: &C,
    ids: impl IntoIterator<Item = i64>,
) -> Result<std::collections::BTreeMap<i64, RunRecord>, StorageError> {
    let ids: std::collections::BTreeSet<i64> = ids.into_iter().collect();
    let ids: Vec<i64> = ids.into_iter().collect();
    let mut runs = std::collections::BTreeMap::new();
    for part in ids.chunks(IN_LIST) {
        let rows = run::Entity::find()
            .filter(run::Column::Id.is_in(part.iter().copied()))
            .all(db)
            .await?;
        for row in &rows {
            runs.insert(row.id, run_of(row)?);
        }
    }
    Ok(runs)
}

pub(crate) fn lot_of(row: &lot::Model) -> Result<LotRecord, StorageError> {
    Ok(LotRecord {
        gtin: codec::text(&row.gtin, "lots.gtin")?,
        lot: codec::text(&row.lot, "lots.lot")?,
        manufacturer: OrganisationId(codec::digest(&row.manufacturer, "lots.manufacturer")?),
        expiry: codec::text(&row.expiry, "lots.expiry")?,
        manufactured: codec::text(&row.manufactured, "lots.manufactured")?,
        state: state_of(row)?,
        runs: u16::try_from(row.runs).map_err(|_| StorageError::Corrupt {
            column: "lots.runs",
        })?,
    })
}

fn state_of(row: &lot::Model) -> Result<LotState, StorageError> {
    let corrupt = StorageError::Corrupt {
        column: "lots.state",
    };
    match row.state.as_str() {
        OPEN => Ok(LotState::Open),
        CLOSED => Ok(LotState::Closed),
        RECALLED => {
            let (Some(class), Some(since), Some(notice)) = (
                row.recall_class,
                row.recalled_at,
                row.recall_notice.as_ref(),
            ) else {
                return Err(corrupt);
            };
            let notice: Digest = codec::digest(notice, "lots.recall_notice")?;
            Ok(LotState::Recalled {
                class: [RecallClass::One, RecallClass::Two, RecallClass::Three]
                    .into_iter()
                    .find(|known| i16::from(*known as u8) == class)
                    .ok_or(corrupt)?,
                since: codec::timestamp(since, "lots.recalled_at")?,
                notice,
            })
        }
        _ => Err(corrupt),
    }
}

pub(crate) fn run_of(row: &run::Model) -> Result<RunRecord, StorageError> {
    Ok(RunRecord {
        run: RunId {
            gtin: codec::text(&row.gtin, "runs.gtin")?,
            lot: codec::text(&row.lot, "runs.lot")?,
            number: u16::try_from(row.number).map_err(|_| StorageError::Corrupt {
                column: "runs.number",
            })?,
        },
        count: codec::unsigned(row.count, "runs.count")?,
        account: AccountId(codec::digest(&row.account, "runs.account")?),
        commissioned_at: codec::timestamp(row.commissioned_at, "runs.commissioned_at")?,
        id: row.id,
    })
}
