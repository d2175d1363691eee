//! The EPCIS event behind each action (domain.md section 0): what happens, in everybody's words.
//!
//! Packs that the ledger names by run and position are named by lot and quantity, because only
//! their maker and whoever scans them know the serials; a new run is named pack by pack.

use std::collections::BTreeMap;

use theriac_crypto::Digest;
use theriac_epcis::{
    Action, AggregationEvent, BizStep, Disposition, Epc, Event, EventTime, Ilmd, Namespaces,
    ObjectEvent, Party, Quantity, event_hash, event_to_json,
};
use theriac_gs1::{Gln, Gtin, Lot, SerialNumber, Sscc};
use theriac_ledger::action::{
    ActionBody, CommissionRun, DecommissionReason, Pack, Ship, Unpack, UnpackContents,
};
use theriac_ledger::identifier::{AccountId, ShipmentId};
use theriac_ledger::pack_set::PackSet;
use theriac_ledger::record::PackPlace;
use theriac_ledger::transaction::details_digest;
use theriac_records::StorageError;
use theriac_records::repository::contents::{Container, find_contents};
use theriac_records::repository::intents::NewEvent;
use theriac_records::repository::members::find_account;
use theriac_records::repository::shipments::find_shipment;

use super::OutboxSetup;
use crate::offload::offload;
use crate::operation::Planned;

/// What an event names.
#[derive(Debug, Default)]
struct Things {
    epcs: Vec<Epc>,
    quantities: Vec<Quantity>,
}

impl Things {
    fn of(packs: &[PackSet], units: &[Sscc]) -> Self {
        let mut counts: BTreeMap<(Gtin, Lot), u64> = BTreeMap::new();
        for set in packs {
            let count: u64 = set.ranges.iter().map(|range| u64::from(range.count)).sum();
            *counts.entry((set.run.gtin, set.run.lot)).or_default() += count;
        }
        Self {
            epcs: units.iter().copied().map(Epc::Sscc).collect(),
            quantities: quantities(counts),
        }
    }

    fn is_empty(&self) -> bool {
        self.epcs.is_empty() && self.quantities.is_empty()
    }
}

fn quantities(counts: BTreeMap<(Gtin, Lot), u64>) -> Vec<Quantity> {
    counts
        .into_iter()
        .map(|((gtin, lot), count)| Quantity {
            class: Epc::Lgtin(gtin, lot),
            quantity: Some(count),
        })
        .collect()
}

/// The event of a planned action, with its salt and hash. `None` for actions that are no event of
/// the physical world, and for an undoing, which declares an earlier event to be an error.
pub(super) async fn event_of(
    setup: &OutboxSetup,
    planned: &Planned,
) -> Result<Option<NewEvent>, StorageError> {
    let Ok(time) = EventTime::from_unix_ms(setup.clock.now_ms()) else {
        return Ok(None);
    };
    let place = gln_of(setup, &setup.account).await?;
    let scene = Scene { setup, time, place };
    let Some(event) = scene.event(planned).await? else {
        return Ok(None);
    };
    let salt = setup.generator.bytes();
    // A run's event names every pack of it.
    let written = offload(move || {
        let json = event_to_json(&event);
        let names = Namespaces::of_context(&serde_json::Value::Null);
        let hash = event_hash(&json, &names).expect("our own events have the standard's shape");
        NewEvent {
            salt,
            hash: hash.0,
            document: json.to_string(),
        }
    });
    Ok(Some(written.await))
}

/// What the transaction carries of an event.
pub(super) fn details_of(event: &NewEvent) -> Digest {
    details_digest(&event.salt, &event.hash, &Digest::ZERO)
}

async fn gln_of(setup: &OutboxSetup, account: &AccountId) -> Result<Option<Gln>, StorageError> {
    let found = find_account(&setup.db, account).await?;
    Ok(found.map(|account| account.gln))
}

/// When and where.
struct Scene<'s> {
    setup: &'s OutboxSetup,
    time: EventTime,
    place: Option<Gln>,
}

/// What is being done with things.
struct Doing {
    action: Action,
    biz_step: BizStep,
    disposition: Option<Disposition>,
}

impl Doing {
    fn observe(biz_step: BizStep, disposition: Disposition) -> Self {
        Self {
            action: Action::Observe,
            biz_step,
            disposition: Some(disposition),
        }
    }

    fn delete(biz_step: BizStep, disposition: Disposition) -> Self {
        Self {
            action: Action::Delete,
            ..Self::observe(biz_step, disposition)
        }
    }
}

impl Scene<'_> {
    async fn event(&self, planned: &Planned) -> Result<Option<Event>, StorageError> {
        use Disposition as D;
        let none: &[Sscc] = &[];
        Ok(match &planned.body {
            ActionBody::CommissionRun(action) => {
                let serials = planned.serials.as_deref().unwrap_or_default();
                Some(Event::Object(self.commissioning(action, serials)))
            }
            ActionBody::RecallLot(action) => {
                let class = Epc::Lgtin(action.gtin, action.lot);
                let things = Things {
                    epcs: Vec::new(),
                    quantities: vec![Quantity {
                        class,
                        quantity: None,
                    }],
                };
                let doing = Doing::observe(BizStep::Holding, D::Recalled);
                let mut event = self.object(things, &doing);
                event.disposition = None;
                event.persistent_disposition = Some(D::Recalled);
                Some(Event::Object(event))
            }
            ActionBody::Pack(action) => Some(Event::Aggregation(self.packing(action))),
            ActionBody::Unpack(action) => Some(Event::Aggregation(self.unpacking(action))),
            ActionBody::Ship(action) => Some(Event::Object(self.shipping(action).await?)),
            ActionBody::CancelShipment(action) => {
                let doing = Doing::observe(BizStep::VoidShipping, D::InProgress);
                self.of_shipment(&action.shipment, &doing).await?
            }
            ActionBody::Receive(action) => {
                let doing = Doing::observe(BizStep::Receiving, D::InProgress);
                self.of_shipment(&action.shipment, &doing).await?
            }
            ActionBody::Reject(action) => {
                let doing = Doing::observe(BizStep::Inspecting, D::Returned);
                self.of_shipment(&action.shipment, &doing).await?
            }
            ActionBody::Dispense(action) => {
                let doing = Doing::observe(BizStep::Dispensing, D::Dispensed);
                self.some(Things::of(&action.packs, none), &doing)
            }
            ActionBody::Lock(action) => {
                let doing = Doing::observe(BizStep::Holding, D::NonSellableOther);
                self.some(Things::of(&action.packs, none), &doing)
            }
            ActionBody::Unlock(action) => {
                let doing = Doing::observe(BizStep::Inspecting, D::SellableAccessible);
                self.some(Things::of(&action.packs, none), &doing)
            }
            ActionBody::Decommission(action) => {
                let doing = decommissioning(action.reason);
                self.some(Things::of(&action.packs, none), &doing)
            }
            ActionBody::RegisterProduct(_)
            | ActionBody::CloseLot(_)
            | ActionBody::Reactivate(_)
            | ActionBody::AnchorDigest(_)
            | ActionBody::ProposeChange(_)
            | ActionBody::ApproveChange(_)
            | ActionBody::EnactChange(_)
            | ActionBody::WithdrawChange(_) => None,
        })
    }

    fn here(&self) -> Option<Epc> {
        self.place.map(|gln| Epc::Sgln(gln, None))
    }

    fn some(&self, things: Things, doing: &Doing) -> Option<Event> {
        (!things.is_empty()).then(|| Event::Object(self.object(things, doing)))
    }

    fn object(&self, things: Things, doing: &Doing) -> ObjectEvent {
        ObjectEvent {
            time: self.time,
            action: doing.action,
            biz_step: doing.biz_step,
            disposition: doing.disposition,
            persistent_disposition: None,
            epcs: things.epcs,
            quantities: things.quantities,
            read_point: self.here(),
            biz_location: self.here(),
            source: None,
            destination: None,
            ilmd: None,
        }
    }

    fn commissioning(&self, action: &CommissionRun, serials: &[SerialNumber]) -> ObjectEvent {
        let things = if serials.is_empty() {
            let count = u64::try_from(action.keys.len()).unwrap_or(u64::MAX);
            Things {
                epcs: Vec::new(),
                quantities: quantities([((action.gtin, action.lot), count)].into()),
            }
        } else {
            Things {
                epcs: serials
                    .iter()
                    .map(|serial| Epc::Sgtin(action.gtin, *serial))
                    .collect(),
                quantities: Vec::new(),
            }
        };
        let doing = Doing {
            action: Action::Add,
            ..Doing::observe(BizStep::Commissioning, Disposition::Active)
        };
        ObjectEvent {
            ilmd: Some(Ilmd {
                lot: action.lot,
                expiry: action.expiry,
            }),
            ..self.object(things, &doing)
        }
    }

    fn aggregation(&self, parent: Sscc, action: Action, things: Things) -> AggregationEvent {
        let biz_step = if action == Action::Add {
            BizStep::Packing
        } else {
            BizStep::Unpacking
        };
        AggregationEvent {
            time: self.time,
            action,
            biz_step,
            disposition: Some(Disposition::InProgress),
            parent: Epc::Sscc(parent),
            child_epcs: things.epcs,
            child_quantities: things.quantities,
            read_point: self.here(),
            biz_location: self.here(),
        }
    }

    fn packing(&self, action: &Pack) -> AggregationEvent {
        let things = Things::of(&action.packs, &action.units);
        self.aggregation(action.sscc, Action::Add, things)
    }

    fn unpacking(&self, action: &Unpack) -> AggregationEvent {
        let things = match &action.contents {
            // No children: all of them (EPCIS 2.0 section 7.4.3).
            UnpackContents::All => Things::default(),
            UnpackContents::Some { packs, units } => Things::of(packs, units),
        };
        self.aggregation(action.sscc, Action::Delete, things)
    }

    async fn shipping(&self, action: &Ship) -> Result<ObjectEvent, StorageError> {
        let things = Things::of(&action.packs, &action.units);
        let doing = Doing::observe(BizStep::Shipping, Disposition::InTransit);
        let to = gln_of(self.setup, &action.to).await?;
        Ok(ObjectEvent {
            biz_location: None,
            source: self.place.map(party),
            destination: to.map(party),
            ..self.object(things, &doing)
        })
    }

    /// An event about everything that stands directly in a shipment.
    async fn of_shipment(
        &self,
        id: &ShipmentId,
        doing: &Doing,
    ) -> Result<Option<Event>, StorageError> {
        let db = &self.setup.db;
        let Some(shipment) = find_shipment(db, id).await? else {
            return Ok(None);
        };
        let inside = find_contents(db, Container::Shipment(*id)).await?;
        let mut counts: BTreeMap<(Gtin, Lot), u64> = BTreeMap::new();
        for span in &inside.spans {
            if span.place == PackPlace::Shipment(*id) {
                *counts.entry((span.run.gtin, span.run.lot)).or_default() += u64::from(span.count);
            }
        }
        let units = inside.units.iter();
        let direct = units.filter(|unit| unit.inside == Container::Shipment(*id));
        let things = Things {
            epcs: direct.map(|unit| Epc::Sscc(unit.sscc)).collect(),
            quantities: quantities(counts),
        };
        if things.is_empty() {
            return Ok(None);
        }
        let from = gln_of(self.setup, &shipment.from).await?;
        let to = gln_of(self.setup, &shipment.to).await?;
        Ok(Some(Event::Object(ObjectEvent {
            source: from.map(party),
            destination: to.map(party),
            ..self.object(things, doing)
        })))
    }
}

fn party(gln: Gln) -> Party {
    Party {
        possessing_party: Epc::Pgln(gln),
    }
}

fn decommissioning(reason: DecommissionReason) -> Doing {
    use DecommissionReason as R;
    match reason {
        R::Destroyed => Doing::delete(BizStep::Destroying, Disposition::Destroyed),
        R::Stolen => Doing::delete(BizStep::Decommissioning, Disposition::Stolen),
        R::Missing => Doing::delete(BizStep::Decommissioning, Disposition::Unavailable),
        R::Damaged => Doing::delete(BizStep::Decommissioning, Disposition::Damaged),
        R::Exported | R::Sample | R::FreeSample | R::CheckedOut => {
            Doing::delete(BizStep::Decommissioning, Disposition::Inactive)
        }
    }
}
