//! The walk from packs to the units and shipments they were in, and so on upwards.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use theriac_ledger::identifier::ShipmentId;
use theriac_ledger::record::{PackPlace, UnitState};

use super::Via;
use crate::codec;
use crate::entity::{transaction_pack, transaction_shipment, transaction_unit};
use crate::error::StorageError;
use crate::repository::contents::Container;

/// Stays in containers that one walk may follow.
const STAYS_MAX: usize = 200_000;

/// A transaction that named packs of a run.
#[derive(Debug, Clone)]
pub(super) struct PackStep {
    sequence: i64,
    packs: Range<u32>,
    /// Where it put them; `None` where they stayed.
    place: Option<PackPlace>,
}

impl PackStep {
    pub(super) fn of(row: &transaction_pack::Model) -> Result<Self, StorageError> {
        let first = codec::unsigned(row.first, "transaction_packs.first")?;
        let count = codec::unsigned(row.count, "transaction_packs.count")?;
        let place = row.place_kind.zip(row.place.as_ref());
        Ok(Self {
            sequence: row.sequence,
            packs: first..first.saturating_add(count),
            place: place
                .map(|(kind, value)| codec::place(kind, value, "transaction_packs.place"))
                .transpose()?,
        })
    }
}

/// For how long something was in a container: from the transaction that put it in to the one that
/// took it out, both included.
type Stay = (Container, i64, i64);

/// What was found so far, and what is still to be followed.
#[derive(Debug, Default)]
pub(super) struct Walk {
    pub(super) events: BTreeMap<i64, BTreeSet<Via>>,
    seen: BTreeSet<Stay>,
    queue: Vec<Stay>,
}

impl Walk {
    /// Notes a transaction.
    pub(super) fn note(&mut self, sequence: i64, via: Via) {
        self.events.entry(sequence).or_default().insert(via);
    }

    /// Notes a stay in a container, to be followed.
    pub(super) fn enter(&mut self, container: Container, from: i64, to: i64) {
        if from <= to && self.seen.insert((container, from, to)) {
            self.queue.push((container, from, to));
        }
    }

    /// Follows the packs of a range through the steps of their run, given in order.
    pub(super) fn follow_packs(&mut self, steps: &[PackStep], wanted: &Range<u32>) {
        // By first position: where the packs up to `end` are, and since when.
        let mut places = BTreeMap::new();
        for step in steps {
            let first = step.packs.start.max(wanted.start);
            let end = step.packs.end.min(wanted.end);
            if first >= end {
                continue;
            }
            self.note(step.sequence, Via::Pack);
            let Some(place) = step.place else { continue };
            for before in cut(&mut places, first, end) {
                self.leave(before.place, before.since, step.sequence);
            }
            let since = step.sequence;
            places.insert(first, Part { end, place, since });
        }
        for part in places.into_values() {
            self.leave(part.place, part.since, i64::MAX);
        }
    }

    fn leave(&mut self, place: PackPlace, since: i64, until: i64) {
        match place {
            PackPlace::Account(_) => {}
            PackPlace::Unit(sscc) => self.enter(Container::Unit(sscc), since, until),
            PackPlace::Shipment(id) => self.enter(Container::Shipment(id), since, until),
        }
    }

    /// Follows every stay to the end.
    pub(super) async fn run<C: ConnectionTrait>(&mut self, db: &C) -> Result<(), StorageError> {
        while let Some((container, from, to)) = self.queue.pop() {
            if self.seen.len() > STAYS_MAX {
                return Err(StorageError::TooMany {
                    what: "stays in units and shipments",
                    max: STAYS_MAX,
                });
            }
            match container {
                Container::Unit(sscc) => {
                    let rows = transaction_unit::Entity::find()
                        .filter(transaction_unit::Column::Sscc.eq(sscc.as_str()))
                        .filter(transaction_unit::Column::Sequence.lte(to))
                        .order_by_asc(transaction_unit::Column::Sequence)
                        .all(db)
                        .await?;
                    self.follow_unit(container, &rows, from, to)?;
                }
                Container::Shipment(id) => self.follow_shipment(db, id, from, to).await?,
            }
        }
        Ok(())
    }

    fn follow_unit(
        &mut self,
        unit: Container,
        rows: &[transaction_unit::Model],
        from: i64,
        to: i64,
    ) -> Result<(), StorageError> {
        let mut state: Option<(UnitState, i64)> = None;
        for row in rows {
            if row.sequence >= from {
                self.note(row.sequence, Via::Container(unit));
            }
            let Some((kind, value)) = row.state_kind.zip(row.state.as_ref()) else {
                continue;
            };
            let next = codec::unit_state(kind, value, "transaction_units.state")?;
            if let Some((before, since)) = state.replace((next, row.sequence)) {
                self.leave_unit(before, since.max(from), row.sequence);
            }
        }
        if let Some((last, since)) = state {
            self.leave_unit(last, since.max(from), to);
        }
        Ok(())
    }

    fn leave_unit(&mut self, state: UnitState, since: i64, until: i64) {
        match state {
            UnitState::Held(_) | UnitState::Resolved(_) => {}
            UnitState::Inside(sscc) => self.enter(Container::Unit(sscc), since, until),
            UnitState::InShipment(id) => self.enter(Container::Shipment(id), since, until),
        }
    }

    async fn follow_shipment<C: ConnectionTrait>(
        &mut self,
        db: &C,
        id: ShipmentId,
        from: i64,
        to: i64,
    ) -> Result<(), StorageError> {
        let rows = transaction_shipment::Entity::find()
            .filter(transaction_shipment::Column::Shipment.eq(codec::bytes(&id.0)))
            .filter(transaction_shipment::Column::Sequence.between(from, to))
            .all(db)
            .await?;
        for row in rows {
            self.note(row.sequence, Via::Container(Container::Shipment(id)));
        }
        Ok(())
    }
}

/// Packs up to `end`, where they are, and since when.
#[derive(Debug, Clone, Copy)]
struct Part {
    end: u32,
    place: PackPlace,
    since: i64,
}

/// Takes the parts within a range out, and gives them back; what lies outside of it stays.
fn cut(parts: &mut BTreeMap<u32, Part>, first: u32, end: u32) -> Vec<Part> {
    let touched: Vec<(u32, Part)> = parts
        .range(..first)
        .next_back()
        .into_iter()
        .chain(parts.range(first..end))
        .filter(|(_, part)| part.end > first)
        .map(|(start, part)| (*start, *part))
        .collect();
    for (start, part) in &touched {
        parts.remove(start);
        if *start < first {
            parts.insert(
                *start,
                Part {
                    end: first,
                    ..*part
                },
            );
        }
        if part.end > end {
            parts.insert(end, *part);
        }
    }
    touched.into_iter().map(|(_, part)| part).collect()
}
