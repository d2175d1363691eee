//! From the events of a document to one plan.
//!
//! Packs come into being first, whatever their place in the document, in as few runs as hold them; the
//! other events follow in their order, and may name what is only planned.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use theriac_crypto::{Digest, merkle};
use theriac_epcis::Epc;
use theriac_epcis::read::Named;
use theriac_gs1::{Gln, Sscc};
use theriac_http::problem::{Problem, RowError};
use theriac_http::random::system_random;
use theriac_ledger::action::{ActionBody, AnchorDigest, AnchorKind};
use theriac_ledger::identifier::{PackKey, PackLocation, ShipmentId};
use theriac_ledger::transaction::details_digest;
use theriac_records::repository::captures::{ErrorBehaviour, find_captured};
use theriac_records::repository::intents::{NewCaptured, NewEvent};
use theriac_records::repository::members::{AccountRecord, list_accounts};

use super::document::{ReadDocument, ReadEvent};
use super::meaning::{Meaning, meaning};
use crate::faults::Faults;
use crate::operation::resolve::{Resolved, resolve_among};
use crate::operation::{After, Desk, Planned, storage_problem};
use crate::selection::{NamedPack, Selection};

mod commission;
mod movement;
mod receipt;
mod status;

use receipt::PlannedReceipt;

/// What is to be done about a document.
#[derive(Debug, Default)]
pub(crate) struct CapturePlan {
    /// The actions, each with the events behind it.
    pub(crate) actions: Vec<Planned>,
    /// What is wrong with its events.
    pub(crate) errors: Vec<RowError>,
    /// How many events were captured before.
    pub(crate) repeated: usize,
}

/// Plans a document.
///
/// # Errors
///
/// A problem when the database fails. What is wrong with events is kept in the plan; unless the
/// behaviour is to proceed, nothing is planned then.
pub(crate) async fn plan(
    desk: &Desk,
    capture: &str,
    document: ReadDocument,
    behaviour: ErrorBehaviour,
) -> Result<CapturePlan, Problem> {
    let mut errors = document.errors;
    let (events, repeated) = leave_out_repeated(desk, document.events, &mut errors).await?;
    let mut planner = Planner::new(desk, capture, errors).await?;
    planner.commission(&events).await?;
    for event in &events {
        planner.follow(event).await?;
    }
    let is_refused = !planner.errors.is_empty() && behaviour == ErrorBehaviour::Rollback;
    Ok(CapturePlan {
        actions: if is_refused {
            Vec::new()
        } else {
            planner.actions
        },
        errors: planner.errors,
        repeated,
    })
}

/// Leaves out what was captured before, here or in another document; an id that stands for another
/// event is refused.
async fn leave_out_repeated(
    desk: &Desk,
    events: Vec<ReadEvent>,
    errors: &mut Vec<RowError>,
) -> Result<(Vec<ReadEvent>, usize), Problem> {
    let ids: Vec<String> = events.iter().map(|event| event.id.clone()).collect();
    let mut known = find_captured(&desk.database, &ids)
        .await
        .map_err(|error| storage_problem(&error))?;
    let mut repeated = 0;
    let mut new = Vec::with_capacity(events.len());
    for event in events {
        let before = known.entry(event.id.clone()).or_default();
        let own = (event.hash.0, event.declaration);
        if before.contains(&own) {
            repeated += 1;
        } else if before.iter().any(|(hash, _)| *hash != event.hash.0) {
            let detail = "this id was given to another event; a correction is the same event again, with an errorDeclaration";
            let at = format!("{}.eventID", event.at());
            errors.push(RowError::new(at, "event_id_taken", detail));
        } else {
            before.push(own);
            new.push(event);
        }
    }
    Ok((new, repeated))
}

/// A pack that is planned, and the last action on it.
#[derive(Clone, Copy, Debug)]
struct PlannedPack {
    location: PackLocation,
    last: usize,
}

struct Planner<'p, 'e> {
    desk: &'p Desk,
    capture: &'p str,
    accounts: Vec<AccountRecord>,
    actions: Vec<Planned>,
    /// Packs of which a run is planned.
    packs: BTreeMap<PackKey, PlannedPack>,
    /// Packs that events bring into being; whether their runs are planned is not known yet.
    commissioned: BTreeSet<PackKey>,
    units: BTreeMap<Sscc, usize>,
    receipts: BTreeMap<ShipmentId, PlannedReceipt<'e>>,
    errors: Vec<RowError>,
}

/// What an event names, and what its list of EPCs is called.
struct Things {
    selection: Selection,
    keys: Vec<PackKey>,
}

impl<'p, 'e> Planner<'p, 'e> {
    async fn new(desk: &'p Desk, capture: &'p str, errors: Vec<RowError>) -> Result<Self, Problem> {
        Ok(Self {
            accounts: list_accounts(&desk.database)
                .await
                .map_err(|error| storage_problem(&error))?,
            desk,
            capture,
            actions: Vec::new(),
            packs: BTreeMap::new(),
            commissioned: BTreeSet::new(),
            units: BTreeMap::new(),
            receipts: BTreeMap::new(),
            errors,
        })
    }

    /// Plans an event that brings no packs into being.
    async fn follow(&mut self, event: &'e ReadEvent) -> Result<(), Problem> {
        let meaning = meaning(&event.event);
        match meaning {
            Meaning::Commission => Ok(()),
            Meaning::Pack => self.pack(event).await,
            Meaning::Unpack => self.unpack(event).await,
            Meaning::Ship => self.ship(event).await,
            Meaning::CancelShipment => self.cancel_shipment(event).await,
            Meaning::Receive => self.receive(event).await,
            Meaning::Dispense
            | Meaning::UndoDispensing
            | Meaning::Decommission(_)
            | Meaning::Lock(_)
            | Meaning::Unlock => self.change_status(event, meaning).await,
            Meaning::Keep => {
                self.keep(event, AnchorKind::Event);
                Ok(())
            }
            Meaning::KeepDeclaration => {
                self.keep(event, AnchorKind::ErrorDeclaration);
                Ok(())
            }
            Meaning::Refuse(refusal) => {
                let (code, words) = refusal.words();
                self.refuse(event, "", code, words);
                Ok(())
            }
        }
    }

    /// Keeps an event that changes nothing on the ledger, and anchors what binds it.
    fn keep(&mut self, event: &ReadEvent, kind: AnchorKind) {
        let (new_event, captured) = self.behind(&[event]);
        let digest = details_digest(&new_event.salt, &new_event.hash, &Digest::ZERO);
        let words = format!("anchor event {}", event.id);
        self.actions.push(Planned {
            event: Some(new_event),
            captured: Some(captured),
            ..Planned::new(
                ActionBody::AnchorDigest(AnchorDigest { kind, digest }),
                words,
            )
        });
    }

    /// Adds an action behind which events stand, and which waits for the last planned one on the same
    /// things. The ledger's refusal of one that came too early is no refusal while others are open.
    fn add(&mut self, planned: Planned, events: &[&ReadEvent], keys: &[PackKey], units: &[Sscc]) {
        let of_packs = keys
            .iter()
            .filter_map(|key| Some(self.packs.get(key)?.last));
        let of_units = units
            .iter()
            .filter_map(|unit| self.units.get(unit).copied());
        let last = of_packs.chain(of_units).max();
        let (event, captured) = self.behind(events);
        let index = self.actions.len();
        self.actions.push(Planned {
            after: planned.after.or(last.map(After::Planned)),
            event: Some(event),
            captured: Some(captured),
            ..planned
        });
        for key in keys {
            if let Some(pack) = self.packs.get_mut(key) {
                pack.last = index;
            }
        }
        for unit in units {
            self.units.insert(*unit, index);
        }
    }

    /// What binds events to a transaction: the digest of one, the Merkle root over those of several in
    /// their order.
    fn behind(&self, events: &[&ReadEvent]) -> (NewEvent, NewCaptured) {
        let leaves: Vec<_> = events
            .iter()
            .map(|event| merkle::leaf(event.digest().as_bytes()))
            .collect();
        let (hash, document) = match events {
            [only] => (only.digest(), only.json.to_string()),
            several => {
                let list: Vec<&Value> = several.iter().map(|event| &event.json).collect();
                let text = serde_json::to_string(&list).expect("JSON is written as JSON");
                (merkle::root(&leaves), text)
            }
        };
        let mut salt = [0; 32];
        rand_core::Rng::fill_bytes(&mut system_random(), &mut salt);
        let new_event = NewEvent {
            salt,
            hash,
            document,
        };
        let captured = NewCaptured {
            capture: self.capture.to_owned(),
            events: events.iter().map(|event| event.behind()).collect(),
        };
        (new_event, captured)
    }

    fn refuse(&mut self, event: &ReadEvent, member: &str, code: &str, detail: impl Into<String>) {
        let dot = if member.is_empty() { "" } else { "." };
        let at = format!("{}{dot}{member}", event.at());
        self.errors.push(RowError::new(at, code, detail));
    }

    /// Packs and units of an event; nothing, where one of them is something else.
    fn things(&mut self, event: &ReadEvent, list: &str) -> Option<Things> {
        let mut things = Things {
            selection: Selection::default(),
            keys: Vec::new(),
        };
        let before = self.errors.len();
        let mut seen = BTreeSet::new();
        for (index, named) in event.event.epcs.iter().enumerate() {
            let member = format!("{list}[{index}]");
            match named {
                Named::Known(epc @ (Epc::Sgtin(..) | Epc::Sscc(_))) if !seen.insert(*epc) => {
                    self.refuse(
                        event,
                        &member,
                        "named_twice",
                        "it is named twice in this event",
                    );
                }
                Named::Known(Epc::Sgtin(gtin, serial)) => {
                    things.keys.push(PackKey::new(gtin, serial));
                    things.selection.packs.push(NamedPack {
                        at: format!("{}.{member}", event.at()),
                        gtin: *gtin,
                        serial: *serial,
                        lot: None,
                        expiry: None,
                        others: Vec::new(),
                    });
                }
                Named::Known(Epc::Sscc(sscc)) => things.selection.units.push(*sscc),
                Named::Known(_) | Named::Other(_) => {
                    let detail = "the ledger holds packs (GTIN and serial number) and units (SSCC); this is neither";
                    self.refuse(event, &member, "no_pack", detail);
                }
            }
        }
        if things.selection.is_empty() && self.errors.len() == before {
            self.refuse(event, list, "nothing_named", "no pack and no unit is named");
        }
        things.selection.units.sort_unstable();
        (self.errors.len() == before).then_some(things)
    }

    /// Where the things of an event are, on the ledger or in this plan.
    async fn resolve(&mut self, things: &Things) -> Result<Option<Resolved>, Problem> {
        let planned: BTreeMap<PackKey, PackLocation> = things
            .keys
            .iter()
            .filter_map(|key| Some((*key, self.packs.get(key)?.location)))
            .collect();
        let mut faults = Faults::new();
        let database = &self.desk.database;
        let resolved = resolve_among(database, &planned, &things.selection, &mut faults).await?;
        let errors = faults.into_errors();
        let is_whole = errors.is_empty();
        self.errors.extend(errors);
        Ok(resolved.filter(|_| is_whole))
    }

    /// Accounts whose premises have this number.
    fn accounts_at(&self, gln: Gln) -> impl Iterator<Item = &AccountRecord> {
        self.accounts
            .iter()
            .filter(move |account| account.gln == gln)
    }
}
