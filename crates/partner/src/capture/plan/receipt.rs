//! Shipments that are taken over, and those that did not happen.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use theriac_gs1::Sscc;
use theriac_http::problem::Problem;
use theriac_ledger::action::{
    ActionBody, CancelShipment, Receive, ReceiveException, ReceiveExceptionReason,
};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{PackKey, RunId, ShipmentId};
use theriac_ledger::pack_set::PackRange;
use theriac_ledger::record::PackPlace;
use theriac_records::repository::contents::{Container, Direct, find_direct};
use theriac_records::repository::packs::{find_locations, find_pack};
use theriac_records::repository::shipments::{ShipmentOutcome, ShipmentRecord, find_shipment};
use theriac_records::repository::units::find_unit;

use super::{Planner, ReadEvent, Things};
use crate::capture::meaning::{Meaning, meaning};
use crate::operation::resolve::{Units, pack_sets_of};
use crate::operation::{Planned, storage_problem};

/// What stands directly in a shipment and no event has named so far.
#[derive(Clone, Debug)]
struct Missed {
    packs: Vec<(RunId, PackRange)>,
    /// How many packs that are.
    count: u64,
    units: BTreeSet<Sscc>,
}

/// What the events about a shipment add up to: a pallet is one event, a shipment several.
struct Gathered<'e> {
    missed: Missed,
    events: Vec<&'e ReadEvent>,
    keys: Vec<PackKey>,
    units: Vec<Sscc>,
}

/// A receipt with the events behind it and what they name.
pub(super) struct Receipt<'e> {
    planned: Planned,
    events: Vec<&'e ReadEvent>,
    keys: Vec<PackKey>,
    units: Vec<Sscc>,
}

impl Missed {
    fn all(direct: Direct) -> Self {
        let packs: Vec<(RunId, PackRange)> = direct
            .spans
            .iter()
            .map(|span| {
                let range = span.range();
                (span.run, range)
            })
            .collect();
        Self {
            count: packs.iter().map(|(_, range)| u64::from(range.count)).sum(),
            packs,
            units: direct.units.into_iter().collect(),
        }
    }

    fn is_empty(&self) -> bool {
        self.packs.is_empty() && self.units.is_empty()
    }
}

impl<'e> Planner<'_, 'e> {
    pub(super) async fn cancel_shipment(&mut self, event: &ReadEvent) -> Result<(), Problem> {
        let Some((shipment, things)) = self.find_shipment_of(event).await? else {
            return Ok(());
        };
        let id = shipment.id;
        if shipment.from != self.desk.account {
            let detail = "the shipment was sent by another account";
            self.refuse(event, "epcList", "not_sent_by_you", detail);
            return Ok(());
        }
        let mut missed = self.missed(id).await?;
        if !self.tick(event, &things, &mut missed) {
            return Ok(());
        }
        if !missed.is_empty() {
            let detail = "a shipment is taken back whole: name everything that stands in it";
            self.refuse(event, "epcList", "not_whole", detail);
            return Ok(());
        }
        let action = ActionBody::CancelShipment(CancelShipment { shipment: id });
        let planned = Planned::new(action, format!("take shipment {id} back"));
        self.add(planned, &[event], &things.keys, &things.selection.units);
        Ok(())
    }

    /// Puts the events of each shipment together, which stand behind one receipt. What they do not name of the
    /// shipment goes to a rest, to be received later.
    pub(super) async fn gather_receipts(&mut self, events: &'e [ReadEvent]) -> Result<(), Problem> {
        let mut gathered: BTreeMap<ShipmentId, Gathered<'e>> = BTreeMap::new();
        for event in events {
            if meaning(&event.event) != Meaning::Receive {
                continue;
            }
            let Some((shipment, things)) = self.find_shipment_of(event).await? else {
                continue;
            };
            if shipment.to != self.desk.account {
                let detail = "the shipment goes to another account";
                self.refuse(event, "epcList", "not_addressed_to_you", detail);
                continue;
            }
            let of_shipment = match gathered.entry(shipment.id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(Gathered {
                    missed: self.missed(shipment.id).await?,
                    events: Vec::new(),
                    keys: Vec::new(),
                    units: Vec::new(),
                }),
            };
            if self.tick(event, &things, &mut of_shipment.missed) {
                of_shipment.events.push(event);
                of_shipment.keys.extend(things.keys);
                of_shipment.units.extend(things.selection.units);
            }
        }
        for (id, of_shipment) in gathered {
            self.keep_receipt(id, of_shipment);
        }
        Ok(())
    }

    fn keep_receipt(&mut self, id: ShipmentId, gathered: Gathered<'e>) {
        let Some(first) = gathered.events.first().map(|event| event.number) else {
            return;
        };
        let Some(planned) = receipt(id, &gathered.missed) else {
            let detail = "what the events leave out lies in too many places for one receipt: give exceptions by POST /api/v1/receipts";
            for event in &gathered.events {
                self.refuse(event, "epcList", "too_many_ranges", detail);
            }
            return;
        };
        let receipt = Receipt {
            planned,
            events: gathered.events,
            keys: gathered.keys,
            units: gathered.units,
        };
        self.receipts.insert(first, receipt);
    }

    /// Plans a receipt in the place of the first of its events.
    pub(super) fn receive(&mut self, event: &ReadEvent) {
        if let Some(receipt) = self.receipts.remove(&event.number) {
            let Receipt {
                planned,
                events,
                keys,
                units,
            } = receipt;
            self.add(planned, &events, &keys, &units);
        }
    }

    async fn missed(&self, id: ShipmentId) -> Result<Missed, Problem> {
        let direct = find_direct(&self.desk.database, Container::Shipment(id)).await;
        direct
            .map(Missed::all)
            .map_err(|error| storage_problem(&error))
    }

    /// The one open shipment in which everything stands that the event names.
    async fn find_shipment_of(
        &mut self,
        event: &ReadEvent,
    ) -> Result<Option<(ShipmentRecord, Things)>, Problem> {
        let Some(things) = self.things(event, "epcList") else {
            return Ok(None);
        };
        let mut ids = self.shipments_around(&things).await?.into_iter();
        let (Some(Some(id)), None) = (ids.next(), ids.next()) else {
            let detail = "what the event names does not stand in one shipment: it is unknown here, or at rest, or in several shipments, or in a unit that should be named instead";
            self.refuse(event, "epcList", "no_shipment", detail);
            return Ok(None);
        };
        if let Entry::Vacant(vacant) = self.shipments.entry(id) {
            let found = find_shipment(&self.desk.database, &id)
                .await
                .map_err(|error| storage_problem(&error))?;
            if let Some(found) = found {
                vacant.insert(found);
            }
        }
        let shipment = self.shipments.get(&id).cloned();
        let Some(shipment) = shipment.filter(|found| found.outcome == ShipmentOutcome::Open) else {
            let detail = format!("shipment {id} was received, refused or taken back before");
            self.refuse(event, "epcList", "shipment_not_open", detail);
            return Ok(None);
        };
        Ok(Some((shipment, things)))
    }

    /// The shipments in which things stand, and nothing for those that are in none.
    async fn shipments_around(
        &self,
        things: &Things,
    ) -> Result<BTreeSet<Option<ShipmentId>>, Problem> {
        let storage = |error| storage_problem(&error);
        let database = &self.desk.database;
        let mut ids: BTreeSet<Option<ShipmentId>> = BTreeSet::new();
        for unit in &things.selection.units {
            let unit = find_unit(database, unit).await.map_err(storage)?;
            ids.insert(unit.and_then(|unit| unit.holder.shipment));
        }
        let locations = find_locations(database, &things.keys)
            .await
            .map_err(storage)?;
        for key in &things.keys {
            let pack = match locations.get(key) {
                Some(location) => find_pack(database, location).await.map_err(storage)?,
                None => None,
            };
            ids.insert(pack.and_then(|pack| match pack.place {
                PackPlace::Shipment(id) => Some(id),
                _ => None,
            }));
        }
        Ok(ids)
    }

    /// Ticks off what an event names; `false`, with a fault and nothing ticked off, when it names something that does
    /// not stand directly in the shipment, or was ticked off before.
    fn tick(&mut self, event: &ReadEvent, things: &Things, missed: &mut Missed) -> bool {
        let units = &things.selection.units;
        if let Some(unit) = units.iter().find(|unit| !missed.units.contains(unit)) {
            let detail = format!(
                "unit {unit} does not stand directly in the shipment, or another event of this document names it"
            );
            self.refuse(event, "epcList", "not_direct", detail);
            return false;
        }
        let named = u64::try_from(things.keys.len()).unwrap_or(u64::MAX);
        let direct = missed.count;
        if named != 0 && named != direct {
            let detail = format!(
                "{direct} packs stand directly in the shipment and the event names {named}: name all of them, or give exceptions by POST /api/v1/receipts"
            );
            self.refuse(event, "epcList", "not_whole", detail);
            return false;
        }
        for unit in units {
            missed.units.remove(unit);
        }
        if named != 0 {
            missed.packs.clear();
            missed.count = 0;
        }
        true
    }
}

/// The receipt of a shipment except what events do not name; nothing where that does not fit one action.
fn receipt(id: ShipmentId, missed: &Missed) -> Option<Planned> {
    let mut except = Vec::new();
    if !missed.is_empty() {
        let units = Units::new(missed.units.iter().copied().collect()).ok();
        let (packs, units) = pack_sets_of(&missed.packs).zip(units)?;
        except.push(ReceiveException {
            packs,
            units,
            reason: ReceiveExceptionReason::Short,
        });
    }
    let words = match except.len() {
        0 => format!("receive shipment {id} whole"),
        _ => format!("receive a part of shipment {id}"),
    };
    let action = ActionBody::Receive(Receive {
        shipment: id,
        except: BoundedList::new(except).expect("one exception is within the bound"),
    });
    Some(Planned::new(action, words))
}
