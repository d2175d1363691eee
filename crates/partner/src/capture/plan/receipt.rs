//! Shipments that are taken over, and those that did not happen.

use std::collections::BTreeSet;

use theriac_gs1::Sscc;
use theriac_http::problem::Problem;
use theriac_ledger::action::{
    ActionBody, CancelShipment, Receive, ReceiveException, ReceiveExceptionReason,
};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{RunId, ShipmentId};
use theriac_ledger::pack_set::PackRange;
use theriac_ledger::record::PackPlace;
use theriac_records::repository::contents::{Container, Contents, find_contents};
use theriac_records::repository::packs::{find_locations, find_pack};
use theriac_records::repository::shipments::{ShipmentOutcome, ShipmentRecord, find_shipment};
use theriac_records::repository::units::find_unit;

use super::{Planner, ReadEvent, Things};
use crate::operation::resolve::{Units, pack_sets_of};
use crate::operation::{Planned, storage_problem};

/// What events leave out of a shipment.
#[derive(Clone, Debug)]
struct Missed {
    packs: Vec<(RunId, PackRange)>,
    units: BTreeSet<Sscc>,
}

/// A receipt that is planned, and the events behind it: a pallet is one event, a shipment several.
#[derive(Clone, Debug)]
pub(super) struct PlannedReceipt<'e> {
    action: usize,
    events: Vec<&'e ReadEvent>,
    missed: Missed,
}

/// A shipment that an event is about.
struct Found {
    shipment: ShipmentRecord,
    things: Things,
    contents: Contents,
}

impl Missed {
    fn all(contents: &Contents, shipment: &ShipmentId) -> Self {
        let units = contents.units.iter();
        let spans = contents.spans.iter();
        Self {
            units: units
                .filter(|unit| unit.inside == Container::Shipment(*shipment))
                .map(|unit| unit.sscc)
                .collect(),
            packs: spans
                .filter(|span| span.place == PackPlace::Shipment(*shipment))
                .map(|span| {
                    let range = PackRange {
                        first: span.first,
                        count: span.count,
                    };
                    (span.run, range)
                })
                .collect(),
        }
    }

    fn is_empty(&self) -> bool {
        self.packs.is_empty() && self.units.is_empty()
    }

    fn count_packs(&self) -> u64 {
        let ranges = self.packs.iter();
        ranges.map(|(_, range)| u64::from(range.count)).sum()
    }
}

impl<'e> Planner<'_, 'e> {
    pub(super) async fn cancel_shipment(&mut self, event: &'e ReadEvent) -> Result<(), Problem> {
        let Some(found) = self.find_shipment_of(event).await? else {
            return Ok(());
        };
        let id = found.shipment.id;
        if found.shipment.from != self.desk.account {
            let detail = "the shipment was sent by another account";
            self.refuse(event, "epcList", "not_sent_by_you", detail);
            return Ok(());
        }
        let mut missed = Missed::all(&found.contents, &id);
        if !self.tick(event, &found.things, &mut missed) {
            return Ok(());
        }
        if !missed.is_empty() {
            let detail = "a shipment is taken back whole: name everything that stands in it";
            self.refuse(event, "epcList", "not_whole", detail);
            return Ok(());
        }
        let action = ActionBody::CancelShipment(CancelShipment { shipment: id });
        let planned = Planned::new(action, format!("take shipment {id} back"));
        let things = found.things;
        self.add(planned, &[event], &things.keys, &things.selection.units);
        Ok(())
    }

    /// Plans a receipt, or adds to one. What the events do not name of the shipment goes to a rest, to
    /// be received later.
    pub(super) async fn receive(&mut self, event: &'e ReadEvent) -> Result<(), Problem> {
        let Some(found) = self.find_shipment_of(event).await? else {
            return Ok(());
        };
        let id = found.shipment.id;
        if found.shipment.to != self.desk.account {
            let detail = "the shipment goes to another account";
            self.refuse(event, "epcList", "not_addressed_to_you", detail);
            return Ok(());
        }
        let before = self.receipts.get(&id).cloned();
        let mut receipt = before.clone().unwrap_or_else(|| PlannedReceipt {
            action: self.actions.len(),
            events: Vec::new(),
            missed: Missed::all(&found.contents, &id),
        });
        if !self.tick(event, &found.things, &mut receipt.missed) {
            return Ok(());
        }
        receipt.events.push(event);
        let Some(action) = self.receipt(event, id, &receipt.missed) else {
            return Ok(());
        };
        let things = found.things;
        if before.is_none() {
            self.add(action, &[event], &things.keys, &things.selection.units);
        } else {
            let (behind, captured) = self.behind(&receipt.events);
            if let Some(planned) = self.actions.get_mut(receipt.action) {
                planned.body = action.body;
                planned.words = action.words;
                planned.event = Some(behind);
                planned.captured = Some(captured);
            }
            for unit in &things.selection.units {
                self.units.insert(*unit, receipt.action);
            }
        }
        self.receipts.insert(id, receipt);
        Ok(())
    }

    fn receipt(&mut self, event: &ReadEvent, id: ShipmentId, missed: &Missed) -> Option<Planned> {
        let mut except = Vec::new();
        if !missed.is_empty() {
            let units = Units::new(missed.units.iter().copied().collect()).ok();
            let Some((packs, units)) = pack_sets_of(&missed.packs).zip(units) else {
                let detail = "what the event leaves out lies in too many places for one receipt: give exceptions by POST /api/v1/receipts";
                self.refuse(event, "epcList", "too_many_ranges", detail);
                return None;
            };
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

    /// The one open shipment in which everything stands that the event names.
    async fn find_shipment_of(&mut self, event: &ReadEvent) -> Result<Option<Found>, Problem> {
        let storage = |error| storage_problem(&error);
        let Some(things) = self.things(event, "epcList") else {
            return Ok(None);
        };
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
        let mut ids = ids.into_iter();
        let (Some(Some(id)), None) = (ids.next(), ids.next()) else {
            let detail = "what the event names does not stand in one shipment: it is unknown here, or at rest, or in several shipments, or in a unit that should be named instead";
            self.refuse(event, "epcList", "no_shipment", detail);
            return Ok(None);
        };
        let shipment = find_shipment(database, &id).await.map_err(storage)?;
        let Some(shipment) = shipment.filter(|found| found.outcome == ShipmentOutcome::Open) else {
            let detail = format!("shipment {id} was received, refused or taken back before");
            self.refuse(event, "epcList", "shipment_not_open", detail);
            return Ok(None);
        };
        let contents = find_contents(database, Container::Shipment(id))
            .await
            .map_err(storage)?;
        Ok(Some(Found {
            shipment,
            things,
            contents,
        }))
    }

    /// Ticks off what an event names; `false`, with a fault, when it names something that does not stand
    /// directly in the shipment, or was ticked off before.
    fn tick(&mut self, event: &ReadEvent, things: &Things, missed: &mut Missed) -> bool {
        for unit in &things.selection.units {
            if !missed.units.remove(unit) {
                let detail = format!(
                    "unit {unit} does not stand directly in the shipment, or another event of this document names it"
                );
                self.refuse(event, "epcList", "not_direct", detail);
                return false;
            }
        }
        let named = u64::try_from(things.keys.len()).unwrap_or(u64::MAX);
        let direct = missed.count_packs();
        if named == 0 {
            return true;
        }
        if named != direct {
            let detail = format!(
                "{direct} packs stand directly in the shipment and the event names {named}: name all of them, or give exceptions by POST /api/v1/receipts"
            );
            self.refuse(event, "epcList", "not_whole", detail);
            return false;
        }
        missed.packs.clear();
        true
    }
}
