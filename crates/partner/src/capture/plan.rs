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
use theriac_http::problem::Problem;
use theriac_http::random::system_random;
use theriac_ledger::action::{ActionBody, AnchorDigest, AnchorKind};
use theriac_ledger::identifier::{PackKey, PackLocation, ShipmentId};
use theriac_ledger::transaction::details_digest;
use theriac_records::repository::captures::{ErrorBehaviour, EventBehind, Reached, find_captured};
use theriac_records::repository::intents::{NewCaptured, NewEvent};
use theriac_records::repository::members::{AccountRecord, list_accounts};
use theriac_records::repository::shipments::ShipmentRecord;

use super::document::{ReadDocument, ReadEvent};
use super::meaning::{Meaning, meaning};
use crate::faults::Faults;
use crate::operation::resolve::{Resolved, resolve_among};
use crate::operation::saleable::{Packings, check};
use crate::operation::{After, Desk, Planned, storage_problem};
use crate::selection::{NamedPack, Selection};

mod commission;
mod movement;
mod receipt;
mod status;

use receipt::Receipt;

/// What is to be done about a document.
#[derive(Debug, Default)]
pub(crate) struct CapturePlan {
    /// The actions, each with the events behind it.
    pub(crate) actions: Vec<Planned>,
    /// What is wrong with its events.
    pub(crate) errors: Faults,
    /// How many events were captured before.
    pub(crate) repeated: usize,
    /// Those of them that are not decided yet, with the intents that decide them.
    pub(crate) undecided: Vec<(EventBehind, Vec<String>)>,
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
    let sorted = leave_out_repeated(desk, document.events, &mut errors).await?;
    let mut planner = Planner::new(desk, capture, errors).await?;
    planner.commission(&sorted.new).await?;
    planner.gather_receipts(&sorted.new).await?;
    for event in &sorted.new {
        planner.follow(event).await?;
    }
    let is_refused = !planner.errors.is_empty() && behaviour == ErrorBehaviour::Rollback;
    let (actions, undecided) = if is_refused {
        (Vec::new(), Vec::new())
    } else {
        (planner.actions, sorted.undecided)
    };
    Ok(CapturePlan {
        actions,
        errors: planner.errors,
        repeated: sorted.repeated,
        undecided,
    })
}

/// The events of a document, by what is known of them.
#[derive(Default)]
struct Sorted {
    new: Vec<ReadEvent>,
    repeated: usize,
    undecided: Vec<(EventBehind, Vec<String>)>,
}

/// Leaves out what was captured before, here or in another document; an id that stands for another
/// event is refused. What was refused in part was not captured: whoever sends it again hears what is missing.
async fn leave_out_repeated(
    desk: &Desk,
    events: Vec<ReadEvent>,
    errors: &mut Faults,
) -> Result<Sorted, Problem> {
    let ids: Vec<String> = events.iter().map(|event| event.id.clone()).collect();
    let known = find_captured(&desk.database, &ids)
        .await
        .map_err(|error| storage_problem(&error))?;
    let mut of_document: BTreeMap<String, Vec<(Digest, Option<Digest>)>> = BTreeMap::new();
    let mut sorted = Sorted::default();
    for event in events {
        let own = (event.hash.0, event.declaration);
        let before = known.get(&event.id).map_or(&[][..], Vec::as_slice);
        let here = of_document.entry(event.id.clone()).or_default();
        let same = before
            .iter()
            .filter(|one| (one.hash, one.declaration) == own && one.reached != Reached::InPart);
        let hashes = before.iter().map(|one| one.hash);
        let mut hashes = hashes.chain(here.iter().map(|(hash, _)| *hash));
        if let Some(first) = same.min_by_key(|one| one.reached) {
            sorted.repeated += 1;
            if first.reached == Reached::Open {
                sorted
                    .undecided
                    .push((event.behind(), first.intents.clone()));
            }
        } else if here.contains(&own) {
            sorted.repeated += 1;
        } else if hashes.any(|hash| hash != event.hash.0) {
            let detail = "this id was given to another event; a correction is the same event again, with an errorDeclaration";
            let at = format!("{}.eventID", event.at());
            errors.add(at, "event_id_taken", detail);
        } else {
            here.push(own);
            sorted.new.push(event);
        }
    }
    Ok(sorted)
}

struct Planner<'p, 'e> {
    desk: &'p Desk,
    capture: &'p str,
    accounts: Vec<AccountRecord>,
    actions: Vec<Planned>,
    /// Where packs will be of which a run is planned.
    planned: BTreeMap<PackKey, PackLocation>,
    /// Packs that events bring into being; whether their runs are planned is not known yet.
    commissioned: BTreeSet<PackKey>,
    /// The last action on each pack, whether it is on the ledger or planned only.
    packs: BTreeMap<PackKey, usize>,
    /// The last action on each unit.
    units: BTreeMap<Sscc, usize>,
    /// What goes into units.
    packings: Packings,
    /// Shipments that events are about.
    shipments: BTreeMap<ShipmentId, ShipmentRecord>,
    /// What the events of a shipment add up to, under the first of them.
    receipts: BTreeMap<u32, Receipt<'e>>,
    errors: Faults,
}

/// What an event names, and what its list of EPCs is called.
struct Things {
    selection: Selection,
    keys: Vec<PackKey>,
}

impl<'p, 'e> Planner<'p, 'e> {
    async fn new(desk: &'p Desk, capture: &'p str, errors: Faults) -> Result<Self, Problem> {
        Ok(Self {
            accounts: list_accounts(&desk.database)
                .await
                .map_err(|error| storage_problem(&error))?,
            desk,
            capture,
            actions: Vec::new(),
            planned: BTreeMap::new(),
            commissioned: BTreeSet::new(),
            packs: BTreeMap::new(),
            units: BTreeMap::new(),
            packings: Packings::default(),
            shipments: BTreeMap::new(),
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
            Meaning::Receive => {
                self.receive(event);
                Ok(())
            }
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

    /// Adds an action behind which events stand, and which waits for the last one on each of the same
    /// things. The ledger's refusal of one that came too early is no refusal while others are open.
    fn add(&mut self, planned: Planned, events: &[&ReadEvent], keys: &[PackKey], units: &[Sscc]) {
        let of_packs = keys.iter().filter_map(|key| self.packs.get(key));
        let of_units = units.iter().filter_map(|unit| self.units.get(unit));
        let mut lasts: BTreeSet<usize> = of_packs.chain(of_units).copied().collect();
        let last = match planned.after {
            Some(_) => None,
            None => lasts.pop_last(),
        };
        let (event, captured) = self.behind(events);
        let index = self.actions.len();
        self.actions.push(Planned {
            after: planned.after.or(last.map(After::Planned)),
            also_after: lasts.into_iter().collect(),
            event: Some(event),
            captured: Some(captured),
            ..planned
        });
        self.packs.extend(keys.iter().map(|key| (*key, index)));
        self.units.extend(units.iter().map(|unit| (*unit, index)));
    }

    /// Whether everything may be sold that is shipped for supply or dispensed; else the event is refused.
    async fn is_saleable(
        &mut self,
        event: &ReadEvent,
        resolved: &Resolved,
    ) -> Result<bool, Problem> {
        let checked = check(self.desk, &resolved.packs, &resolved.units, &self.packings);
        match checked.await {
            Ok(()) => Ok(true),
            Err(problem) if problem.code().status().is_server_error() => Err(problem),
            Err(problem) => {
                self.refuse(event, "epcList", problem.code().as_str(), problem.detail());
                Ok(false)
            }
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
        self.errors.add(at, code, detail);
    }

    /// Packs and units of an event; nothing, where one of them is something else.
    fn things(&mut self, event: &ReadEvent, list: &str) -> Option<Things> {
        let mut things = Things {
            selection: Selection::default(),
            keys: Vec::new(),
        };
        let before = self.errors.count();
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
        if things.selection.is_empty() && self.errors.count() == before {
            self.refuse(event, list, "nothing_named", "no pack and no unit is named");
        }
        things.selection.units.sort_unstable();
        (self.errors.count() == before).then_some(things)
    }

    /// Where the things of an event are, on the ledger or in this plan.
    async fn resolve(&mut self, things: &Things) -> Result<Option<Resolved>, Problem> {
        let planned: BTreeMap<PackKey, PackLocation> = things
            .keys
            .iter()
            .filter_map(|key| Some((*key, *self.planned.get(key)?)))
            .collect();
        let mut faults = Faults::new();
        let database = &self.desk.database;
        let resolved = resolve_among(database, &planned, &things.selection, &mut faults).await?;
        let is_whole = faults.is_empty();
        self.errors.take(faults);
        Ok(resolved.filter(|_| is_whole))
    }

    /// Accounts whose premises have this number.
    fn accounts_at(&self, gln: Gln) -> impl Iterator<Item = &AccountRecord> {
        self.accounts
            .iter()
            .filter(move |account| account.gln == gln)
    }
}

#[cfg(test)]
mod tests;
