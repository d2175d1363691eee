//! What a doctor looks at: whether whole tables fit together, and rows to be compared with the ledger.

use std::collections::BTreeMap;

use sea_orm::{
    ConnectionTrait, DatabaseConnection, EntityTrait, FromQueryResult as _, JsonValue, QueryOrder,
    QuerySelect, Select, Statement,
};
use theriac_gs1::{Gtin, Lot, Sscc};
use theriac_ledger::identifier::{PackLocation, RunId, ShipmentId};
use theriac_ledger::pack_set::PackRange;

use super::lots::{find_run, runs_by_id};
use super::packs::{SpanRecord, spans_among};
use crate::entity::{
    OWN_TABLES, pack_span, transaction_lot, transaction_shipment, transaction_unit,
};
use crate::error::StorageError;
use crate::{Database, codec};

/// How many rows there are of what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Transactions of the chain.
    pub transactions: u64,
    /// Runs.
    pub runs: u64,
    /// Packs, by the length of their runs.
    pub packs: u64,
    /// Packs that are found by their key: as many.
    pub indexed_packs: u64,
}

/// Counts rows.
pub async fn count(db: &Database) -> Result<Counts, StorageError> {
    let db = db.reader();
    Ok(Counts {
        transactions: number(db, "SELECT COUNT(*) FROM ledger_transactions").await?,
        runs: number(db, "SELECT COUNT(*) FROM runs").await?,
        packs: number(db, "SELECT COALESCE(SUM(count), 0) FROM runs").await?,
        indexed_packs: number(db, "SELECT COUNT(*) FROM pack_index").await?,
    })
}

/// What is in each table that only this service knows, row by row: for whoever looks whether something was written.
pub async fn read_own(
    db: &Database,
) -> Result<BTreeMap<&'static str, Vec<JsonValue>>, StorageError> {
    let mut tables = BTreeMap::new();
    for table in OWN_TABLES {
        let sql = format!("SELECT * FROM {table}");
        let backend = db.reader().get_database_backend();
        let rows = JsonValue::find_by_statement(Statement::from_string(backend, sql));
        tables.insert(table, rows.all(db.reader()).await?);
    }
    Ok(tables)
}

/// Runs whose spans do not cover them exactly: there are none in a whole database.
pub async fn count_uncovered_runs(db: &Database) -> Result<u64, StorageError> {
    let sql = "SELECT COUNT(*) FROM runs LEFT JOIN \
        (SELECT run, SUM(count) AS packs, MIN(first) AS low, MAX(first + count) AS high \
         FROM pack_spans GROUP BY run) AS covered ON covered.run = runs.id \
        WHERE covered.run IS NULL OR covered.packs <> runs.count \
           OR covered.low <> 0 OR covered.high <> runs.count";
    number(db.reader(), sql).await
}

/// Lots of which the counts of the stock, by status, are not those of their packs: there are none in a whole database.
pub async fn count_miscounted_lots(db: &Database) -> Result<u64, StorageError> {
    let sql = "SELECT COUNT(DISTINCT lot) FROM \
        (SELECT gtin || ' ' || lot AS lot FROM \
          (SELECT gtin, lot, status, packs FROM stock \
           UNION ALL \
           SELECT runs.gtin, runs.lot, pack_spans.status, -pack_spans.count \
           FROM pack_spans JOIN runs ON runs.id = pack_spans.run) AS both_sides \
         GROUP BY gtin, lot, status HAVING SUM(packs) <> 0) AS miscounted";
    number(db.reader(), sql).await
}

async fn number(db: &DatabaseConnection, sql: &str) -> Result<u64, StorageError> {
    let statement = Statement::from_string(db.get_database_backend(), sql);
    let Some(row) = db.query_one_raw(statement).await? else {
        return Ok(0);
    };
    let found: i64 = row.try_get_by_index(0)?;
    u64::try_from(found).map_err(|_| StorageError::Corrupt { column: "a count" })
}

/// Rows drawn by lot.
fn some<E: EntityTrait>(select: Select<E>, most: u64) -> Select<E> {
    select
        .order_by_asc(sea_orm::sea_query::Expr::cust("RANDOM()"))
        .limit(most)
}

/// Packs drawn by lot, each from another span.
pub async fn draw_packs(db: &Database, most: u64) -> Result<Vec<PackLocation>, StorageError> {
    let rows = some(pack_span::Entity::find(), most)
        .all(db.reader())
        .await?;
    let runs = runs_by_id(db.reader(), rows.iter().map(|row| row.run)).await?;
    let corrupt = StorageError::Corrupt {
        column: "pack_spans.run",
    };
    rows.iter()
        .map(|row| {
            let run = runs.get(&row.run).ok_or_else(|| corrupt.clone())?;
            Ok(PackLocation {
                run: run.run,
                position: codec::unsigned(row.first, "pack_spans.first")?,
            })
        })
        .collect()
}

/// Lots drawn by lot, of those that a transaction named: one whose row is missing is drawn as well.
pub async fn draw_lots(db: &Database, most: u64) -> Result<Vec<(Gtin, Lot)>, StorageError> {
    let named = transaction_lot::Entity::find()
        .select_only()
        .column(transaction_lot::Column::Gtin)
        .column(transaction_lot::Column::Lot)
        .group_by(transaction_lot::Column::Gtin)
        .group_by(transaction_lot::Column::Lot);
    let rows: Vec<(String, String)> = some(named, most).into_tuple().all(db.reader()).await?;
    rows.iter()
        .map(|(gtin, lot)| {
            Ok((
                codec::text(gtin, "transaction_lots.gtin")?,
                codec::text(lot, "transaction_lots.lot")?,
            ))
        })
        .collect()
}

/// Units drawn by lot, of those that a transaction named.
pub async fn draw_units(db: &Database, most: u64) -> Result<Vec<Sscc>, StorageError> {
    let named = transaction_unit::Entity::find()
        .select_only()
        .column(transaction_unit::Column::Sscc)
        .group_by(transaction_unit::Column::Sscc);
    let rows: Vec<String> = some(named, most).into_tuple().all(db.reader()).await?;
    rows.iter()
        .map(|sscc| codec::text(sscc, "transaction_units.sscc"))
        .collect()
}

/// Shipments drawn by lot, of those that a transaction named.
pub async fn draw_shipments(db: &Database, most: u64) -> Result<Vec<ShipmentId>, StorageError> {
    let named = transaction_shipment::Entity::find()
        .select_only()
        .column(transaction_shipment::Column::Shipment)
        .group_by(transaction_shipment::Column::Shipment);
    let rows: Vec<Vec<u8>> = some(named, most).into_tuple().all(db.reader()).await?;
    rows.iter()
        .map(|id| codec::digest(id, "transaction_shipments.shipment").map(ShipmentId))
        .collect()
}

/// The spans that touch some packs of a run, from `first` to the one before `end`.
pub async fn list_spans_between(
    db: &Database,
    run: &RunId,
    first: u32,
    end: u32,
) -> Result<Vec<SpanRecord>, StorageError> {
    let Some(found) = find_run(db.reader(), run).await? else {
        return Ok(Vec::new());
    };
    let count = end.saturating_sub(first);
    spans_among(db.reader(), &found, PackRange { first, count }).await
}
