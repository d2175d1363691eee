//! How many packs are with each account and in each open shipment, kept up with every change, so that nobody has to
//! count packs to know a stock.
//!
//! A pack's root is where the walk over its units ends: an account, or an open shipment. Only what changes a root or
//! a status changes the counts: packing and unpacking do not.

use std::collections::BTreeMap;

use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use theriac_gs1::{Gtin, Lot, Sscc};
use theriac_ledger::constants::NESTING_MAX;
use theriac_ledger::identifier::{AccountId, RunId, ShipmentId};
use theriac_ledger::record::{PackPlace, PackStatus};

use super::FoldError;
use super::memory::Memory;
use super::statement::add_all;
use super::step::Step;
use crate::codec;
use crate::entity::{lot, shipment, stock};
use crate::error::StorageError;
use crate::repository::containers::place_of;
use crate::repository::contents::{Container, descend_all};
use crate::repository::shipments::{ShipmentOutcome, shipment_of};

/// Where packs are at last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Root {
    Account(AccountId),
    /// An open one.
    Shipment(ShipmentId),
}

impl Root {
    fn columns(&self) -> (i16, Vec<u8>) {
        match self {
            Self::Account(account) => (codec::ACCOUNT, codec::bytes(&account.0)),
            Self::Shipment(id) => (codec::SHIPMENT, codec::bytes(&id.0)),
        }
    }
}

/// Packs of one lot in one status.
type Kind = (Gtin, Lot, i16);

/// What the counts change by.
#[derive(Debug, Default)]
pub(super) struct Counts {
    changes: BTreeMap<Root, BTreeMap<Kind, i64>>,
}

impl Counts {
    /// Packs that are newly there.
    pub(super) fn add(&mut self, root: Root, run: &RunId, status: PackStatus, count: u32) {
        self.change(root, kind_of(run, status), i64::from(count));
    }

    fn change(&mut self, root: Root, kind: Kind, by: i64) {
        let of_root = self.changes.entry(root).or_default();
        let count = of_root.entry(kind).or_default();
        *count = count.saturating_add(by);
    }

    fn shift(&mut self, from: (Root, Kind), to: (Root, Kind), count: i64) {
        if from != to {
            self.change(from.0, from.1, count.saturating_neg());
            self.change(to.0, to.1, count);
        }
    }

    /// Writes what changed.
    pub(super) async fn write(
        &mut self,
        txn: &DatabaseTransaction,
        lots: &mut super::rows::Rows<lot::Entity>,
    ) -> Result<(), StorageError> {
        let mut rows = Vec::new();
        let mut is_any_less = false;
        let changes = std::mem::take(&mut self.changes).into_iter();
        let changes = changes.flat_map(|(root, kinds)| kinds.into_iter().map(move |of| (root, of)));
        for (root, ((gtin, name, status), by)) in changes {
            if by == 0 {
                continue;
            }
            let key = (gtin.as_str().to_owned(), name.as_str().to_owned());
            let lot = lots.get(txn, &key).await?;
            let lot = lot.ok_or(StorageError::Corrupt { column: "runs.lot" })?;
            let (root_kind, root) = root.columns();
            is_any_less |= by < 0;
            rows.push(stock::Model {
                root_kind,
                root,
                expiry: lot.expiry,
                gtin: key.0,
                lot: key.1,
                status,
                packs: by,
            });
        }
        add_all::<stock::Entity>(txn, rows).await?;
        if is_any_less {
            // The number is in the text, so that the index over empty rows answers.
            txn.execute_unprepared("DELETE FROM stock WHERE packs = 0")
                .await?;
        }
        Ok(())
    }
}

fn kind_of(run: &RunId, status: PackStatus) -> Kind {
    (run.gtin, run.lot, codec::status_number(status))
}

/// Counts a change of packs of one run.
pub(super) async fn packs_changed(
    step: &Step<'_>,
    memory: &mut Memory,
    run: &RunId,
    before: (PackPlace, PackStatus),
    after: (PackPlace, PackStatus),
    count: u32,
) -> Result<(), FoldError> {
    if before == after {
        return Ok(());
    }
    let from = root_of(step, memory, before.0).await?;
    let to = if after.0 == before.0 {
        from
    } else {
        root_of(step, memory, after.0).await?
    };
    memory.stock.shift(
        (from, kind_of(run, before.1)),
        (to, kind_of(run, after.1)),
        i64::from(count),
    );
    Ok(())
}

/// Counts what is in units that went from one root to another.
pub(super) async fn units_moved(
    step: &Step<'_>,
    memory: &mut Memory,
    units: &[(Root, Sscc)],
    to: Root,
) -> Result<(), FoldError> {
    // What is inside is asked of the database.
    memory.write(step.txn).await?;
    let mut by_root: BTreeMap<Root, Vec<Container>> = BTreeMap::new();
    for (from, sscc) in units {
        let together = by_root.entry(*from).or_default();
        together.push(Container::Unit(*sscc));
    }
    for (from, units) in by_root {
        let inside = descend_all(step.txn, units).await?;
        for span in inside.spans {
            let kind = kind_of(&span.run, span.status);
            let count = i64::from(span.count);
            memory.stock.shift((from, kind), (to, kind), count);
        }
    }
    Ok(())
}

/// Counts everything in a shipment that ended for the account that holds it now.
pub(super) async fn shipment_ended(
    step: &Step<'_>,
    memory: &mut Memory,
    ended: &shipment::Model,
) -> Result<(), FoldError> {
    let ended = shipment_of(ended)?;
    let root = Root::Shipment(ended.id);
    let (root_kind, value) = root.columns();
    let rows = stock::Entity::find()
        .filter(stock::Column::RootKind.eq(root_kind))
        .filter(stock::Column::Root.eq(value))
        .all(step.txn)
        .await?;
    let mut inside: BTreeMap<Kind, i64> = BTreeMap::new();
    for row in rows {
        let gtin = codec::text(&row.gtin, "stock.gtin")?;
        let lot = codec::text(&row.lot, "stock.lot")?;
        inside.insert((gtin, lot, row.status), row.packs);
    }
    for (kind, by) in memory.stock.changes.get(&root).into_iter().flatten() {
        let count = inside.entry(*kind).or_default();
        *count = count.saturating_add(*by);
    }
    for (kind, count) in inside {
        let to = (Root::Account(ended.holder()), kind);
        memory.stock.shift((root, kind), to, count);
    }
    Ok(())
}

/// Walks from a place to its root.
pub(super) async fn root_of(
    step: &Step<'_>,
    memory: &mut Memory,
    place: PackPlace,
) -> Result<Root, FoldError> {
    let mut place = place;
    // The rules bound nesting, so a longer walk is a ring.
    for _ in 0..=usize::from(NESTING_MAX) + 1 {
        match place {
            PackPlace::Account(account) => return Ok(Root::Account(account)),
            PackPlace::Shipment(id) => {
                let found = memory.shipments.get(step.txn, &codec::bytes(&id.0)).await?;
                let found = found.ok_or_else(|| {
                    step.inconsistent("it names packs in a shipment that is not known")
                })?;
                let found = shipment_of(&found)?;
                return Ok(match found.outcome {
                    ShipmentOutcome::Open => Root::Shipment(id),
                    _ => Root::Account(found.holder()),
                });
            }
            PackPlace::Unit(sscc) => {
                let key = sscc.as_str().to_owned();
                let found = memory.units.get(step.txn, &key).await?;
                let found = found.ok_or_else(|| {
                    step.inconsistent("it names packs in a unit that is not known")
                })?;
                let state = codec::unit_state(found.state_kind, &found.state, "units.state")?;
                place = place_of(state);
            }
        }
    }
    Err(step.inconsistent("it names a unit that is in itself"))
}
