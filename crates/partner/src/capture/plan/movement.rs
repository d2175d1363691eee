//! Things that go into units and out of them, and those that leave for another account.

use std::collections::BTreeSet;

use theriac_epcis::Epc;
use theriac_epcis::read::{Named, Word};
use theriac_gs1::{Gln, Sscc};
use theriac_http::problem::Problem;
use theriac_ledger::action::{ActionBody, Pack, Purpose, Ship, Unpack, UnpackContents};
use theriac_ledger::identifier::AccountId;

use super::{Planner, ReadEvent};
use crate::operation::Planned;
use crate::operation::resolve::Resolved;

impl Planner<'_, '_> {
    fn unit(&mut self, event: &ReadEvent) -> Option<Sscc> {
        if let Some(Named::Known(Epc::Sscc(sscc))) = event.event.parent {
            return Some(sscc);
        }
        let detail = "the unit is named by its SSCC; other parents are not on this ledger";
        self.refuse(event, "parentID", "no_sscc", detail);
        None
    }

    pub(super) async fn pack(&mut self, event: &ReadEvent) -> Result<(), Problem> {
        let (Some(sscc), Some(things)) = (self.unit(event), self.things(event, "childEPCs")) else {
            return Ok(());
        };
        if things.selection.units.contains(&sscc) {
            let detail = "a unit cannot be put into itself";
            self.refuse(event, "childEPCs", "packed_into_itself", detail);
            return Ok(());
        }
        let Some(resolved) = self.resolve(&things).await? else {
            return Ok(());
        };
        let words = format!("put {} into unit {sscc}", resolved.words());
        let Resolved { packs, units, .. } = resolved;
        let pack = Pack { sscc, packs, units };
        self.packings.add(&pack);
        let action = ActionBody::Pack(pack);
        let touched = [things.selection.units.as_slice(), &[sscc]].concat();
        self.add(
            Planned::new(action, words),
            &[event],
            &things.keys,
            &touched,
        );
        Ok(())
    }

    pub(super) async fn unpack(&mut self, event: &ReadEvent) -> Result<(), Problem> {
        let Some(sscc) = self.unit(event) else {
            return Ok(());
        };
        // No children: all of them (EPCIS 2.0 section 7.4.3).
        if event.event.epcs.is_empty() {
            let contents = UnpackContents::All;
            let action = ActionBody::Unpack(Unpack { sscc, contents });
            let words = format!("take everything out of unit {sscc}");
            self.add(Planned::new(action, words), &[event], &[], &[sscc]);
            return Ok(());
        }
        let Some(things) = self.things(event, "childEPCs") else {
            return Ok(());
        };
        let Some(resolved) = self.resolve(&things).await? else {
            return Ok(());
        };
        let words = format!("take {} out of unit {sscc}", resolved.words());
        let Resolved { packs, units, .. } = resolved;
        let contents = UnpackContents::Some { packs, units };
        let action = ActionBody::Unpack(Unpack { sscc, contents });
        let touched = [things.selection.units.as_slice(), &[sscc]].concat();
        self.add(
            Planned::new(action, words),
            &[event],
            &things.keys,
            &touched,
        );
        Ok(())
    }

    pub(super) async fn ship(&mut self, event: &ReadEvent) -> Result<(), Problem> {
        let (Some(to), Some(things)) = (self.addressee(event), self.things(event, "epcList"))
        else {
            return Ok(());
        };
        let Some(resolved) = self.resolve(&things).await? else {
            return Ok(());
        };
        let is_return = event.event.transaction_types.iter().any(|t| t.is("rma"))
            || is_disposed(event.event.disposition.as_ref(), "returned");
        let purpose = if is_return {
            Purpose::Return
        } else if is_disposed(event.event.disposition.as_ref(), "disposed") {
            Purpose::Destruction
        } else {
            Purpose::Supply
        };
        if purpose == Purpose::Supply && !self.is_saleable(event, &resolved).await? {
            return Ok(());
        }
        let words = format!("ship {} to account {to}", resolved.words());
        let Resolved { packs, units, .. } = resolved;
        let action = ActionBody::Ship(Ship {
            to,
            purpose,
            packs,
            units,
        });
        let touched = things.selection.units.clone();
        self.add(
            Planned::new(action, words),
            &[event],
            &things.keys,
            &touched,
        );
        Ok(())
    }

    /// The one account that the destinations of an event name: by its place first, for an organisation
    /// has several.
    fn addressee(&mut self, event: &ReadEvent) -> Option<AccountId> {
        for kind in ["location", "possessing_party", "owning_party"] {
            let named = event.event.destinations.iter();
            let glns: BTreeSet<Gln> = named
                .filter(|(word, _)| word.is(kind))
                .filter_map(|(_, named)| gln(named))
                .collect();
            let mut found: Vec<AccountId> = Vec::new();
            for gln in glns {
                found.extend(self.accounts_at(gln).map(|account| account.id));
            }
            match found.as_slice() {
                [] => {}
                [own] if *own == self.desk.account => {
                    let detail = "the addressee is the sender: medicine that stays is not shipped";
                    self.refuse(event, "destinationList", "own_account", detail);
                    return None;
                }
                [only] => return Some(*only),
                several => {
                    let detail = format!(
                        "{} accounts have such a GLN; name the premises as location",
                        several.len()
                    );
                    self.refuse(event, "destinationList", "addressee_ambiguous", detail);
                    return None;
                }
            }
        }
        let detail = "no destination is the GLN of a member's premises: give one of type location or possessing_party";
        self.refuse(event, "destinationList", "account_unknown", detail);
        None
    }
}

fn is_disposed(disposition: Option<&Word>, word: &str) -> bool {
    disposition.is_some_and(|found| found.is(word))
}

fn gln(named: &Named) -> Option<Gln> {
    match named {
        Named::Known(Epc::Sgln(gln, _) | Epc::Pgln(gln)) => Some(*gln),
        _ => None,
    }
}
