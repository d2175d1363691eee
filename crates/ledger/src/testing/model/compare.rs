//! The committed state against the model.

use std::collections::BTreeMap;

use crate::encoding::encode;
use crate::identifier::{AccountId, PackLocation, RunId};
use crate::record::{
    Chunk, HandlingUnit, PackEntry, PackPlace, PackStatus, Record as _, Run, Shipment,
    ShipmentState, UnitState, chunk_of,
};
use crate::state::State as _;
use crate::state_key::StateKey;
use crate::testing::{Actor, Consortium, MemoryState};
use theriac_crypto::merkle;

use super::world::{Where, World};

pub(super) fn compare(
    consortium: &Consortium,
    state: &MemoryState,
    world: &World,
    with_roots: bool,
) {
    let view = View {
        with_roots,
        state,
        actors: Actor::ALL
            .into_iter()
            .map(|actor| (consortium.account(actor), actor))
            .collect(),
    };
    view.packs(world);
    view.units(world);
    view.shipments(world);
    for (key, history) in &world.histories {
        let record = state.record(key).unwrap().expect("a record with a history");
        assert!(record.private.ends_with(&history.0), "history of {key:?}");
    }
}

struct View<'a> {
    with_roots: bool,
    state: &'a MemoryState,
    actors: BTreeMap<AccountId, Actor>,
}

impl View<'_> {
    fn packs(&self, world: &World) {
        let mut chunks: BTreeMap<(RunId, u32), Chunk> = BTreeMap::new();
        let mut runs: BTreeMap<RunId, Run> = BTreeMap::new();
        for (location, note) in &world.packs {
            let PackLocation { run: id, position } = *location;
            let run = runs.entry(id).or_insert_with(|| self.run(&id));
            assert!(position < run.public.count);
            let (number, place) = chunk_of(position);
            let chunk = chunks
                .entry((id, number))
                .or_insert_with(|| self.chunk(&id, run, number));
            let entry = chunk.entry(place).unwrap();
            assert_eq!(entry.public.status, note.status, "status of {location}");
            assert_eq!(entry.public.since.0, note.since, "since of {location}");
            assert_eq!(self.actors[&entry.private.by], note.by, "by of {location}");
            let at = self.place(entry.private.place);
            assert_eq!(at, note.at, "place of {location}");
            assert_eq!(
                entry.private.history.0, note.history,
                "history of {location}"
            );
        }
        let counted: usize = runs.values().map(|run| run.public.count as usize).sum();
        assert_eq!(counted, world.packs.len(), "packs are conserved");
    }

    fn run(&self, id: &RunId) -> Run {
        let stored = self.state.record(&StateKey::run(id)).unwrap().unwrap();
        Run::load(&stored).unwrap()
    }

    /// The chunk, whose stored form must be the canonical one, with nothing past the count.
    fn chunk(&self, id: &RunId, run: &Run, number: u32) -> Chunk {
        let untouched = PackEntry::untouched(run);
        let key = StateKey::chunk(id, number);
        let Some(stored) = self.state.record(&key).unwrap() else {
            return Chunk::untouched(run, number);
        };
        let chunk = Chunk::load(&stored, number).expect("a canonical list");
        for (place, entry) in (0..).zip(chunk.entries()) {
            if number * 128 + place >= run.public.count {
                assert_eq!(*entry, untouched);
            }
        }
        assert_eq!(stored.attached, chunk.store().attached);
        assert!(stored.private.is_empty());
        if self.with_roots {
            assert_eq!(stored.public, encode(&merkle::root(&chunk.leaves())));
        }
        chunk
    }

    fn place(&self, place: PackPlace) -> Where {
        match place {
            PackPlace::Account(account) => Where::With(self.actors[&account]),
            PackPlace::Unit(sscc) => match self.unit(&StateKey::unit(&sscc)).private.state {
                UnitState::Resolved(account) => Where::With(self.actors[&account]),
                _ => Where::In(sscc),
            },
            PackPlace::Shipment(id) => {
                match self.shipment(&StateKey::shipment(&id)).private.state {
                    ShipmentState::Resolved(account) => Where::With(self.actors[&account]),
                    ShipmentState::Open => Where::On(id),
                }
            }
        }
    }

    fn unit(&self, key: &StateKey) -> HandlingUnit {
        HandlingUnit::load(&self.state.record(key).unwrap().unwrap()).unwrap()
    }

    fn shipment(&self, key: &StateKey) -> Shipment {
        Shipment::load(&self.state.record(key).unwrap().unwrap()).unwrap()
    }

    fn units(&self, world: &World) {
        for (sscc, note) in &world.units {
            let unit = self.unit(&StateKey::unit(sscc)).private;
            let at = match unit.state {
                UnitState::Held(account) => Some(PackPlace::Account(account)),
                UnitState::Inside(parent) => Some(PackPlace::Unit(parent)),
                UnitState::InShipment(id) => Some(PackPlace::Shipment(id)),
                UnitState::Resolved(_) => None,
            };
            assert_eq!(at.map(|at| self.place(at)), note.at, "place of unit {sscc}");
            assert_eq!(
                usize::from(unit.nesting),
                note.depth,
                "nesting of unit {sscc}"
            );
            assert!(unit.lots.iter().eq(&note.lots), "lots of unit {sscc}");
        }
    }

    fn shipments(&self, world: &World) {
        for (id, note) in &world.shipments {
            let shipment = self.shipment(&StateKey::shipment(id)).private;
            assert_eq!(self.actors[&shipment.from], note.from);
            assert_eq!(self.actors[&shipment.to], note.to);
            assert_eq!(shipment.purpose, note.purpose);
            assert_eq!(shipment.state == ShipmentState::Open, note.open);
        }
    }
}

/// The status changes that the design lists, and no other.
pub(super) fn is_listed(before: PackStatus, after: PackStatus) -> bool {
    use PackStatus::{Active, Damaged, Destroyed, Dispensed, Exported, Locked, Missing, Stolen};
    matches!(
        (before, after),
        (
            Active,
            Dispensed | Locked | Destroyed | Exported | Stolen | Missing | Damaged
        ) | (
            Locked,
            Active | Destroyed | Exported | Stolen | Missing | Damaged
        ) | (Dispensed, Active)
            | (Missing, Active | Destroyed)
            | (Stolen | Damaged, Destroyed)
    )
}
