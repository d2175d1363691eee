//! Who plays, and what they may do next.

use std::collections::BTreeMap;

use theriac_gs1::Sscc;
use theriac_ledger::action::{
    ActionBody, CancelShipment, Decommission, DecommissionReason, Dispense, Lock, LockReason, Pack,
    Purpose, Reactivate, ReactivateReason, Receive, ReceiveException, ReceiveExceptionReason,
    Reject, RejectReason, Ship, Unlock, Unpack, UnpackContents,
};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{AccountId, RunId, ShipmentId, Timestamp};
use theriac_ledger::pack_set::PackSets;
use theriac_ledger::record::{
    HandlingUnit, KeyRecord, PackEntry, PackPlace, PackStatus, Shipment, ShipmentState, UnitState,
};
use theriac_ledger::state_key::StateKey;
use theriac_ledger::testing::{Actor, packs, sscc};
use theriac_ledger::transaction::SignedTransaction;
use theriac_records::Database;

use super::{Ledger, RUN_PACKS};
use crate::chain::TestChain;
use crate::dice::Dice;

pub(super) struct World {
    pub(super) chain: TestChain,
    pub(super) dice: Dice,
    pub(super) runs: Vec<RunId>,
    pub(super) units: Vec<Sscc>,
    pub(super) shipments: Vec<ShipmentId>,
    pub(super) next_unit: u32,
}

const HOLDERS: [Actor; 4] = [
    Actor::Maker,
    Actor::Distributor,
    Actor::Pharmacy,
    Actor::DistributorBranch,
];

impl World {
    pub(super) fn ledger(&self) -> Ledger<'_> {
        Ledger(&self.chain.state)
    }

    /// Signs with the first or the second key of each actor, unless the second is revoked.
    pub(super) fn sign(&mut self, actions: Vec<(Actor, ActionBody)>) -> Vec<SignedTransaction> {
        let sign = |(actor, body): (Actor, ActionBody)| {
            let second = self.chain.consortium.second_key(actor);
            let record: Option<KeyRecord> = self.ledger().get(&StateKey::key(&second.public_key()));
            let is_good = record.is_some_and(|record| record.public.compromised_since.is_none());
            if is_good && self.dice.one_in(2) {
                self.chain.sign_with(&second, &body)
            } else {
                self.chain.sign(actor, &body)
            }
        };
        actions.into_iter().map(sign).collect()
    }

    /// Somebody finds out that a second key was stolen some blocks ago, or earlier than was known.
    pub(super) async fn revoke(&mut self, db: &Database) {
        let actor = *self.dice.pick(&HOLDERS).unwrap();
        let key = self.chain.consortium.second_key(actor).public_key();
        let ago_ms = u64::from(self.dice.below(30_000));
        let since = Timestamp(self.chain.time().0 - ago_ms);
        let record: KeyRecord = self.ledger().get(&StateKey::key(&key)).unwrap();
        if record.public.is_disputed_at(since) {
            return;
        }
        let revocation = self.chain.revocation(actor, key, since);
        let block = self.chain.legal_block(revocation.into());
        block.fold(db).await.unwrap();
    }

    fn random_range(&mut self) -> Option<(RunId, u32, u32)> {
        let run = *self.dice.pick(&self.runs)?;
        let first = self.dice.below(RUN_PACKS);
        let most = if self.dice.one_in(3) { RUN_PACKS } else { 20 };
        let count = 1 + self.dice.below(most.min(RUN_PACKS - first));
        Some((run, first, count))
    }

    /// Ranges of packs within a random range that `wanted` accepts, and one of their holders.
    fn some_packs(
        &mut self,
        wanted: impl Fn(&PackEntry, (AccountId, bool, Option<ShipmentId>)) -> bool,
    ) -> Option<(Actor, PackSets)> {
        let (run, first, count) = self.random_range()?;
        let ledger = self.ledger();
        let entries = ledger.entries(&run);
        let mut actor = None;
        let mut ranges: Vec<(u32, u32)> = Vec::new();
        for position in first..first + count {
            let entry = &entries[usize::try_from(position).unwrap()];
            let holder = ledger.holder(entry.private.place);
            if !wanted(entry, holder) || actor.is_some_and(|account| account != holder.0) {
                continue;
            }
            actor = Some(holder.0);
            match ranges.last_mut() {
                Some((start, length)) if *start + *length == position => *length += 1,
                _ => ranges.push((position, 1)),
            }
        }
        let actor = self.actor(actor?);
        Some((actor, packs(run, &ranges)))
    }

    pub(super) fn actor(&self, account: AccountId) -> Actor {
        Actor::ALL
            .into_iter()
            .find(|actor| self.chain.consortium.account(*actor) == account)
            .unwrap()
    }

    pub(super) fn action(&mut self) -> Option<(Actor, ActionBody)> {
        match self.dice.below(16) {
            0 => self.pack(),
            1 => self.nest(),
            2 => self.unpack(),
            3 | 4 => self.ship_packs(),
            5 | 6 => self.ship_units(),
            7..=9 => self.receive(),
            10 => self.end_shipment(),
            11 => self
                .some_packs(is_active_and_off_the_road)
                .map(|(_, packs)| (Actor::Pharmacy, Dispense { packs }.into())),
            12 => self.dispense(),
            13 => self.reactivate(),
            14 => self.lock_or_unlock(),
            _ => self.decommission(),
        }
    }

    fn pack(&mut self) -> Option<(Actor, ActionBody)> {
        let (actor, packs) = self.some_packs(|entry, (_, is_direct, _)| {
            is_direct && entry.public.status == PackStatus::Active
        })?;
        let sscc = self.new_unit(actor)?;
        let units = BoundedList::empty();
        Some((actor, Pack { sscc, packs, units }.into()))
    }

    fn new_unit(&mut self, actor: Actor) -> Option<Sscc> {
        if self.dice.one_in(4) {
            return self.dice.pick(&self.units.clone()).copied();
        }
        self.next_unit += 1;
        let new = sscc(actor.prefix()?, self.next_unit);
        self.units.push(new);
        Some(new)
    }

    fn direct_units(&self) -> BTreeMap<AccountId, Vec<Sscc>> {
        let ledger = self.ledger();
        let mut found: BTreeMap<AccountId, Vec<Sscc>> = BTreeMap::new();
        for sscc in &self.units {
            let Some(unit) = ledger.get::<HandlingUnit>(&StateKey::unit(sscc)) else {
                continue;
            };
            let place = match unit.private.state {
                UnitState::Held(account) => PackPlace::Account(account),
                UnitState::Inside(parent) => PackPlace::Unit(parent),
                UnitState::InShipment(id) => PackPlace::Shipment(id),
                UnitState::Resolved(_) => continue,
            };
            let (account, is_direct, _) = ledger.holder(place);
            if is_direct {
                found.entry(account).or_default().push(*sscc);
            }
        }
        found
    }

    fn some_units(&mut self, most: u32) -> Option<(Actor, Vec<Sscc>)> {
        let by_account: Vec<_> = self.direct_units().into_iter().collect();
        let (account, units) = self.dice.pick(&by_account)?.clone();
        let count = 1 + self.dice.below(most);
        let mut chosen: Vec<Sscc> = (0..count)
            .filter_map(|_| self.dice.pick(&units).copied())
            .collect();
        chosen.sort_unstable();
        chosen.dedup();
        Some((self.actor(account), chosen))
    }

    fn nest(&mut self) -> Option<(Actor, ActionBody)> {
        let (actor, mut units) = self.some_units(4)?;
        let sscc = if units.len() > 1 && self.dice.one_in(3) {
            units.pop()?
        } else {
            self.new_unit(actor)?
        };
        let action = Pack {
            sscc,
            packs: BoundedList::empty(),
            units: BoundedList::new(units).unwrap(),
        };
        Some((actor, action.into()))
    }

    fn unpack(&mut self) -> Option<(Actor, ActionBody)> {
        let (actor, units) = self.some_units(1)?;
        let sscc = units[0];
        if self.dice.one_in(2) {
            let contents = UnpackContents::All;
            return Some((actor, Unpack { sscc, contents }.into()));
        }
        let ledger = self.ledger();
        let children: Vec<Sscc> = self
            .units
            .iter()
            .copied()
            .filter(|child| {
                ledger
                    .get::<HandlingUnit>(&StateKey::unit(child))
                    .is_some_and(|unit| unit.private.state == UnitState::Inside(sscc))
            })
            .take(1)
            .collect();
        let packs = self
            .some_packs(|entry, _| entry.private.place == PackPlace::Unit(sscc))
            .map_or_else(BoundedList::empty, |(_, packs)| packs);
        let units = BoundedList::new(children).unwrap();
        let contents = UnpackContents::Some { packs, units };
        Some((actor, Unpack { sscc, contents }.into()))
    }

    fn addressee(&mut self) -> AccountId {
        let to = *self.dice.pick(&HOLDERS).unwrap();
        self.chain.consortium.account(to)
    }

    fn ship_packs(&mut self) -> Option<(Actor, ActionBody)> {
        let (actor, packs) = self.some_packs(|entry, (_, is_direct, _)| {
            is_direct && entry.public.status == PackStatus::Active
        })?;
        let purpose = if self.dice.one_in(3) {
            Purpose::Return
        } else {
            Purpose::Supply
        };
        let action = Ship {
            to: self.addressee(),
            purpose,
            packs,
            units: BoundedList::empty(),
        };
        Some((actor, action.into()))
    }

    fn ship_units(&mut self) -> Option<(Actor, ActionBody)> {
        let (actor, units) = self.some_units(3)?;
        let action = Ship {
            to: self.addressee(),
            purpose: Purpose::Return,
            packs: BoundedList::empty(),
            units: BoundedList::new(units).unwrap(),
        };
        Some((actor, action.into()))
    }

    fn open_shipment(&mut self) -> Option<(ShipmentId, Shipment)> {
        let ledger = self.ledger();
        let open: Vec<(ShipmentId, Shipment)> = self
            .shipments
            .iter()
            .filter_map(|id| {
                let shipment: Shipment = ledger.get(&StateKey::shipment(id))?;
                (shipment.private.state == ShipmentState::Open).then_some((*id, shipment))
            })
            .collect();
        self.dice.pick(&open).cloned()
    }

    fn receive(&mut self) -> Option<(Actor, ActionBody)> {
        let (id, shipment) = self.open_shipment()?;
        let actor = self.actor(shipment.private.to);
        let mut except = Vec::new();
        if self.dice.one_in(2) {
            let packs = self.some_packs(|_, (_, _, inside)| inside == Some(id));
            let ledger = self.ledger();
            let units: Vec<Sscc> = self
                .units
                .iter()
                .copied()
                .filter(|sscc| {
                    ledger
                        .get::<HandlingUnit>(&StateKey::unit(sscc))
                        .is_some_and(|unit| match unit.private.state {
                            UnitState::Inside(parent) => {
                                ledger.holder(PackPlace::Unit(parent)).2 == Some(id)
                            }
                            UnitState::InShipment(found) => found == id,
                            _ => false,
                        })
                })
                .take(2)
                .collect();
            let mut units = units;
            units.sort_unstable();
            if packs.is_some() || !units.is_empty() {
                except.push(ReceiveException {
                    packs: packs.map_or_else(BoundedList::empty, |(_, packs)| packs),
                    units: BoundedList::new(units).unwrap(),
                    reason: ReceiveExceptionReason::Short,
                });
            }
        }
        let except = BoundedList::new(except).unwrap();
        Some((
            actor,
            Receive {
                shipment: id,
                except,
            }
            .into(),
        ))
    }

    fn end_shipment(&mut self) -> Option<(Actor, ActionBody)> {
        let (shipment, record) = self.open_shipment()?;
        if self.dice.one_in(2) {
            let actor = self.actor(record.private.from);
            return Some((actor, CancelShipment { shipment }.into()));
        }
        let reason = RejectReason::Other;
        let actor = self.actor(record.private.to);
        Some((actor, Reject { shipment, reason }.into()))
    }

    fn dispense(&mut self) -> Option<(Actor, ActionBody)> {
        let pharmacy = self.chain.consortium.account(Actor::Pharmacy);
        let (_, packs) = self.some_packs(|entry, (account, _, _)| {
            account == pharmacy && entry.public.status == PackStatus::Active
        })?;
        Some((Actor::Pharmacy, Dispense { packs }.into()))
    }

    fn reactivate(&mut self) -> Option<(Actor, ActionBody)> {
        let (status, reason) = if self.dice.one_in(2) {
            (PackStatus::Dispensed, ReactivateReason::NotDispensed)
        } else {
            (PackStatus::Missing, ReactivateReason::Found)
        };
        let (actor, packs) = self.some_packs(|entry, _| entry.public.status == status)?;
        Some((actor, Reactivate { packs, reason }.into()))
    }

    fn lock_or_unlock(&mut self) -> Option<(Actor, ActionBody)> {
        if self.dice.one_in(2) {
            let (actor, packs) =
                self.some_packs(|entry, _| entry.public.status == PackStatus::Active)?;
            let actor = if self.dice.one_in(3) {
                Actor::Regulator
            } else {
                actor
            };
            let reason = LockReason::Quality;
            return Some((actor, Lock { packs, reason }.into()));
        }
        let (_, packs) = self.some_packs(|entry, _| entry.public.status == PackStatus::Locked)?;
        Some((Actor::Regulator, Unlock { packs }.into()))
    }

    fn decommission(&mut self) -> Option<(Actor, ActionBody)> {
        let reasons = [
            DecommissionReason::Destroyed,
            DecommissionReason::Exported,
            DecommissionReason::Stolen,
            DecommissionReason::Missing,
            DecommissionReason::Missing,
            DecommissionReason::Damaged,
        ];
        let reason = *self.dice.pick(&reasons)?;
        let (actor, packs) = self.some_packs(|entry, _| {
            matches!(entry.public.status, PackStatus::Active | PackStatus::Locked)
        })?;
        Some((actor, Decommission { packs, reason }.into()))
    }
}

fn is_active_and_off_the_road(
    entry: &PackEntry,
    holder: (AccountId, bool, Option<ShipmentId>),
) -> bool {
    entry.public.status == PackStatus::Active && holder.2.is_some()
}
