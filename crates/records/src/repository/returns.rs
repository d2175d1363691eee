//! Packs that came back, and how they were verified.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder,
};
use serde::Serialize;
use theriac_ledger::action::Purpose;
use theriac_ledger::identifier::{AccountId, RunId, ShipmentId, Timestamp};
use theriac_ledger::pack_set::PackRange;

use super::IN_LIST;
use super::contents::{Container, descend};
use super::lots::runs_by_id;
use super::shipments::{ShipmentOutcome, shipment_of};
use crate::entity::{return_check, returned_pack, shipment};
use crate::error::StorageError;
use crate::pack_range::{intersect, subtract};
use crate::{Database, codec};

/// Reasons for which a pack stays blocked whatever is scanned of it afterwards: what was in hand did not agree with
/// the record, and nobody can say that the next one in hand is the same.
pub const BLOCKING_REASONS: [&str; 2] = ["lot_differs", "expiry_differs"];

/// Consecutive packs that came back with one shipment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ReturnedPacks {
    /// The shipment with which they came.
    pub shipment: ShipmentId,
    /// Their run.
    pub run: RunId,
    /// Which packs.
    pub range: PackRange,
}

/// Packs of one run, and what was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnCheck {
    /// Their run.
    pub run: RunId,
    /// Which packs.
    pub range: PackRange,
    /// Why they are not saleable; nothing where they are.
    pub reason: Option<String>,
}

/// A check that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnCheckRecord {
    /// What was found.
    pub check: ReturnCheck,
    /// Who made it.
    pub checked_by: String,
    /// When.
    pub checked_at: Timestamp,
}

/// What an account got back and holds since, by run and position.
pub async fn list_returned(
    db: &Database,
    account: &AccountId,
) -> Result<Vec<ReturnedPacks>, StorageError> {
    returned(db.reader(), account).await
}

async fn returned<C: ConnectionTrait>(
    db: &C,
    account: &AccountId,
) -> Result<Vec<ReturnedPacks>, StorageError> {
    let rows = returned_pack::Entity::find()
        .filter(returned_pack::Column::Account.eq(codec::bytes(&account.0)))
        .all(db)
        .await?;
    let runs = runs_by_id(db, rows.iter().map(|row| row.run)).await?;
    let mut returned = rows
        .iter()
        .map(|row| {
            let run = runs.get(&row.run).ok_or(StorageError::Corrupt {
                column: "returned_packs.run",
            })?;
            let shipment = codec::digest(&row.shipment, "returned_packs.shipment")?;
            Ok(ReturnedPacks {
                shipment: ShipmentId(shipment),
                run: run.run,
                range: PackRange {
                    first: codec::unsigned(row.first, "returned_packs.first")?,
                    count: codec::unsigned(row.count, "returned_packs.count")?,
                },
            })
        })
        .collect::<Result<Vec<_>, StorageError>>()?;
    returned.sort_unstable_by_key(|one| (one.run, one.range.first));
    Ok(returned)
}

/// What is on its way back to an account and was not received yet, by run and position.
pub async fn list_returning(
    db: &Database,
    account: &AccountId,
) -> Result<Vec<ReturnedPacks>, StorageError> {
    let rows = shipment::Entity::find()
        .filter(shipment::Column::ToAccount.eq(codec::bytes(&account.0)))
        .filter(shipment::Column::Purpose.eq(codec::word(&Purpose::Return)))
        .filter(shipment::Column::Outcome.eq(codec::word(&ShipmentOutcome::Open)))
        .all(db.reader())
        .await?;
    let mut returning = Vec::new();
    for row in &rows {
        let id = shipment_of(row)?.id;
        let inside = descend(db.reader(), vec![Container::Shipment(id)]).await?;
        returning.extend(inside.spans.iter().map(|span| ReturnedPacks {
            shipment: id,
            run: span.run,
            range: span.range(),
        }));
    }
    returning.sort_unstable_by_key(|one| (one.run, one.range.first));
    Ok(returning)
}

/// What an account got back and has not verified, or what did not agree with the record: not saleable.
pub async fn list_unverified(
    db: &Database,
    account: &AccountId,
) -> Result<Vec<ReturnedPacks>, StorageError> {
    unverified(db.reader(), account).await
}

pub(crate) async fn unverified<C: ConnectionTrait>(
    db: &C,
    account: &AccountId,
) -> Result<Vec<ReturnedPacks>, StorageError> {
    let returned = returned(db, account).await?;
    let shipments: BTreeSet<ShipmentId> = returned.iter().map(|one| one.shipment).collect();
    let shipments: Vec<ShipmentId> = shipments.into_iter().collect();
    let mut verified: BTreeMap<(ShipmentId, RunId), Ranges> = BTreeMap::new();
    for part in shipments.chunks(IN_LIST) {
        let rows = return_check::Entity::find()
            .filter(
                return_check::Column::Shipment
                    .is_in(part.iter().map(|shipment| codec::bytes(&shipment.0))),
            )
            .filter(
                Expr::col(return_check::Column::IsVerified)
                    .eq(true)
                    .or(Expr::col(return_check::Column::Reason).is_in(BLOCKING_REASONS)),
            )
            .all(db)
            .await?;
        for row in &rows {
            let shipment = codec::digest(&row.shipment, "return_checks.shipment")?;
            let check = check_of(row)?;
            let ranges = verified.entry((ShipmentId(shipment), check.run));
            let ranges = ranges.or_default();
            if check.reason.is_none() {
                ranges.verified.push(check.range);
            } else {
                ranges.blocked.push(check.range);
            }
        }
    }
    let left = returned.into_iter().flat_map(|one| {
        let left = match verified.get(&(one.shipment, one.run)) {
            Some(ranges) => subtract(one.range, &ranges.saleable()),
            None => vec![one.range],
        };
        left.into_iter()
            .map(move |range| ReturnedPacks { range, ..one })
    });
    Ok(left.collect())
}

/// What was found of packs of one run.
#[derive(Default)]
struct Ranges {
    verified: Vec<PackRange>,
    blocked: Vec<PackRange>,
}

impl Ranges {
    fn saleable(&self) -> Vec<PackRange> {
        let verified = self.verified.iter();
        verified
            .flat_map(|range| subtract(*range, &self.blocked))
            .collect()
    }
}

/// The packs of a range that are among others, which are in order of run and position.
pub fn among(run: &RunId, range: PackRange, others: &[ReturnedPacks]) -> Vec<ReturnedPacks> {
    let first =
        others.partition_point(|other| (other.run, other.range.end()) <= (*run, range.first));
    let near = others.iter().skip(first);
    near.take_while(|other| other.run == *run && other.range.first < range.end())
        .filter_map(|other| {
            let range = intersect(range, other.range)?;
            Some(ReturnedPacks { range, ..*other })
        })
        .collect()
}

/// The checks of a shipment, in the order in which they were made.
pub async fn list_checks(
    db: &Database,
    shipment: &ShipmentId,
) -> Result<Vec<ReturnCheckRecord>, StorageError> {
    let rows = return_check::Entity::find()
        .filter(return_check::Column::Shipment.eq(codec::bytes(&shipment.0)))
        .order_by_asc(return_check::Column::Number)
        .all(db.reader())
        .await?;
    rows.iter()
        .map(|row| {
            Ok(ReturnCheckRecord {
                check: check_of(row)?,
                checked_by: row.checked_by.clone(),
                checked_at: codec::timestamp(row.checked_at, "return_checks.checked_at")?,
            })
        })
        .collect()
}

/// Keeps checks, all or none.
pub async fn store_checks(
    db: &Database,
    now: Timestamp,
    user: &str,
    shipment: &ShipmentId,
    checks: &[ReturnCheck],
) -> Result<(), StorageError> {
    let txn = db.begin().await?;
    for check in checks {
        let row = return_check::ActiveModel {
            number: ActiveValue::NotSet,
            shipment: ActiveValue::Set(codec::bytes(&shipment.0)),
            gtin: ActiveValue::Set(check.run.gtin.as_str().to_owned()),
            lot: ActiveValue::Set(check.run.lot.as_str().to_owned()),
            run: ActiveValue::Set(i32::from(check.run.number)),
            first: ActiveValue::Set(codec::int(check.range.first, "a position")?),
            count: ActiveValue::Set(codec::int(check.range.count, "a count")?),
            is_verified: ActiveValue::Set(check.reason.is_none()),
            reason: ActiveValue::Set(check.reason.clone()),
            checked_by: ActiveValue::Set(user.to_owned()),
            checked_at: ActiveValue::Set(codec::time(now)?),
        };
        row.insert(&txn).await?;
    }
    Ok(txn.commit().await?)
}

fn check_of(row: &return_check::Model) -> Result<ReturnCheck, StorageError> {
    Ok(ReturnCheck {
        run: RunId {
            gtin: codec::text(&row.gtin, "return_checks.gtin")?,
            lot: codec::text(&row.lot, "return_checks.lot")?,
            number: u16::try_from(row.run).map_err(|_| StorageError::Corrupt {
                column: "return_checks.run",
            })?,
        },
        range: PackRange {
            first: codec::unsigned(row.first, "return_checks.first")?,
            count: codec::unsigned(row.count, "return_checks.count")?,
        },
        reason: row.reason.clone(),
    })
}
