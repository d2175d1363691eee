//! Packs that come into being: all events of one lot together, in as few runs as hold them.

use std::collections::{BTreeMap, BTreeSet};

use theriac_epcis::Epc;
use theriac_epcis::read::Named;
use theriac_gs1::{CalendarDate, Gtin, Lot, SerialNumber};
use theriac_http::problem::Problem;
use theriac_ledger::action::ActionBody;
use theriac_ledger::constants::RUN_PACKS_MAX;
use theriac_ledger::identifier::{PackKey, PackLocation};
use theriac_records::repository::lots::find_lot;
use theriac_records::repository::packs::find_locations;

use super::{Planner, ReadEvent};
use crate::capture::meaning::{Meaning, meaning};
use crate::operation::batch::{self, Head, Next};
use crate::operation::{After, storage_problem};

/// The events of one lot.
struct LotEvents<'e> {
    expiry: CalendarDate,
    manufactured: Option<CalendarDate>,
    /// Day of the earliest event.
    first_day: CalendarDate,
    /// Each pack with its event, in production order.
    packs: Vec<(SerialNumber, &'e ReadEvent)>,
}

impl Planner<'_, '_> {
    /// Plans every event that brings packs into being.
    pub(super) async fn commission(&mut self, events: &[ReadEvent]) -> Result<(), Problem> {
        let mut lots: BTreeMap<(Gtin, Lot), LotEvents<'_>> = BTreeMap::new();
        for event in events {
            if meaning(&event.event) != Meaning::Commission {
                continue;
            }
            let named = &event.event.epcs;
            let are_units = named
                .iter()
                .all(|named| matches!(named, Named::Known(Epc::Sscc(_))));
            if are_units && !named.is_empty() {
                // A unit comes into being when something is first put into it.
                self.keep(event, theriac_ledger::action::AnchorKind::Event);
                continue;
            }
            if let Some(packs) = self.new_packs(event).await? {
                self.sort_in(&mut lots, event, &packs);
            }
        }
        // An event is done whole or not at all: all lots are checked before the first is planned.
        let mut checked = Vec::new();
        let mut refused = BTreeSet::new();
        for ((gtin, lot), events) in lots {
            match self.check_lot(gtin, lot, &events).await? {
                Some((head, next)) => checked.push((head, next, events.packs)),
                None => refused.extend(events.packs.iter().map(|(_, event)| event.number)),
            }
        }
        for (head, next, mut packs) in checked {
            packs.retain(|(_, event)| !refused.contains(&event.number));
            if !packs.is_empty() {
                self.commission_lot(&head, &next, &packs)?;
            }
        }
        Ok(())
    }

    /// The packs of an event, none of which is on record.
    async fn new_packs(
        &mut self,
        event: &ReadEvent,
    ) -> Result<Option<Vec<(Gtin, SerialNumber)>>, Problem> {
        let Some(things) = self.things(event, "epcList") else {
            return Ok(None);
        };
        let before = self.errors.count();
        if !things.selection.units.is_empty() {
            let detail = "packs and units are commissioned in events of their own";
            self.refuse(event, "epcList", "mixed", detail);
        }
        let found = find_locations(&self.desk.database, &things.keys)
            .await
            .map_err(|error| storage_problem(&error))?;
        for (pack, key) in things.selection.packs.iter().zip(&things.keys) {
            let lot = match (found.get(key), self.commissioned.contains(key)) {
                (Some(location), _) => format!("of a pack of batch {}", location.run.lot),
                (None, true) => "given to another pack of this document".to_owned(),
                (None, false) => continue,
            };
            let detail = format!(
                "serial number {} is {lot}; a product's serial numbers are given once",
                pack.serial
            );
            self.errors.add(&pack.at, "serial_taken", detail);
        }
        let packs = things.selection.packs.iter();
        let packs = packs.map(|pack| (pack.gtin, pack.serial)).collect();
        Ok((self.errors.count() == before).then_some(packs))
    }

    /// Puts the packs of an event to those of its lot.
    fn sort_in<'e>(
        &mut self,
        lots: &mut BTreeMap<(Gtin, Lot), LotEvents<'e>>,
        event: &'e ReadEvent,
        packs: &[(Gtin, SerialNumber)],
    ) {
        let data = event.event.lot_data;
        let (Some(lot), Some(expiry)) = (data.lot, data.expiry) else {
            let detail = "packs come into being with lot and expiry: give cbvmda:lotNumber and cbvmda:itemExpirationDate";
            self.refuse(event, "ilmd", "lot_data_missing", detail);
            return;
        };
        let differs = packs.iter().any(|(gtin, _)| {
            lots.get(&(*gtin, lot)).is_some_and(|found| {
                found.expiry != expiry
                    || matches!((found.manufactured, data.manufactured), (Some(a), Some(b)) if a != b)
            })
        });
        if differs {
            let detail = format!("another event of this document gives batch {lot} other dates");
            self.refuse(event, "ilmd", "lot_data_differ", detail);
            return;
        }
        let day = event.event.time.date();
        for (gtin, serial) in packs {
            let found = lots.entry((*gtin, lot)).or_insert_with(|| LotEvents {
                expiry,
                manufactured: data.manufactured,
                first_day: day,
                packs: Vec::new(),
            });
            found.manufactured = found.manufactured.or(data.manufactured);
            found.first_day = found.first_day.min(day);
            found.packs.push((*serial, event));
            self.commissioned.insert(PackKey::new(gtin, serial));
        }
    }

    /// What is checked of a lot before its packs are planned; nothing, with faults, when it is refused.
    async fn check_lot(
        &mut self,
        gtin: Gtin,
        lot: Lot,
        events: &LotEvents<'_>,
    ) -> Result<Option<(Head, Next)>, Problem> {
        let record = find_lot(&self.desk.database, &gtin, &lot)
            .await
            .map_err(|error| storage_problem(&error))?;
        let on_record = record.map(|record| record.manufactured);
        let head = Head {
            gtin,
            lot,
            expiry: events.expiry,
            manufactured: events
                .manufactured
                .or(on_record)
                .unwrap_or(events.first_day),
        };
        match batch::check_batch(self.desk, &head).await {
            Ok(next) => Ok(Some((head, next))),
            Err(problem) => self.refuse_lot(&events.packs, problem).map(|()| None),
        }
    }

    fn commission_lot(
        &mut self,
        head: &Head,
        next: &Next,
        packs: &[(SerialNumber, &ReadEvent)],
    ) -> Result<(), Problem> {
        let serials: Vec<SerialNumber> = packs.iter().map(|(serial, _)| *serial).collect();
        let planned = match batch::plan(head, next, &serials) {
            Ok(planned) => planned,
            Err(problem) => return self.refuse_lot(packs, problem),
        };
        let offset = self.actions.len();
        let parts = packs.chunks(RUN_PACKS_MAX);
        for (mut action, part) in planned.actions.into_iter().zip(parts) {
            if let Some(After::Planned(index)) = action.after {
                action.after = Some(After::Planned(index + offset));
            }
            let mut behind: Vec<&ReadEvent> = part.iter().map(|(_, event)| *event).collect();
            behind.sort_by_key(|event| event.number);
            behind.dedup_by_key(|event| event.number);
            self.place(&action.body, part);
            self.add(action, &behind, &[], &[]);
        }
        Ok(())
    }

    /// Notes where the packs of a planned run will be.
    fn place(&mut self, action: &ActionBody, part: &[(SerialNumber, &ReadEvent)]) {
        let ActionBody::CommissionRun(run) = action else {
            return;
        };
        let last = self.actions.len();
        for (position, (serial, _)) in (0..).zip(part) {
            let location = PackLocation {
                run: run.run(),
                position,
            };
            let key = PackKey::new(&run.gtin, serial);
            self.planned.insert(key, location);
            self.packs.insert(key, last);
        }
    }

    /// What is wrong with a lot is wrong with each of its events. A fault of our own is handed on.
    fn refuse_lot(
        &mut self,
        packs: &[(SerialNumber, &ReadEvent)],
        problem: Problem,
    ) -> Result<(), Problem> {
        if problem.code().status().is_server_error() {
            return Err(problem);
        }
        let errors = problem.body(None).errors;
        let mut events: Vec<&ReadEvent> = packs.iter().map(|(_, event)| *event).collect();
        events.dedup_by_key(|event| event.number);
        for event in events {
            if errors.is_empty() {
                self.refuse(event, "ilmd", problem.code().as_str(), problem.detail());
            }
            for error in &errors {
                let member = if error.at == "gtin" {
                    "epcList"
                } else {
                    "ilmd"
                };
                self.refuse(event, member, &error.code, error.detail.clone());
            }
        }
        Ok(())
    }
}
