//! Which records a transaction writes. Every one of them takes one step of history in it.
//!
//! It follows from the action and its id alone, so that a list of steps can be made for blocks that
//! were executed long ago. Wherever debug assertions are on, each execution compares this with what
//! its rule really wrote.

use std::collections::BTreeMap;

use theriac_gs1::{CompanyPrefix, Sscc};

use crate::action::{ActionBody, UnpackContents};
use crate::change::Change;
use crate::constants::CHUNK_PACKS;
use crate::identifier::{ChangeId, ShipmentId, TransactionId};
use crate::pack_set::PackSet;
use crate::record::{PrefixBucket, chunk_of};
use crate::state_key::StateKey;

/// Which packs of a chunk a transaction writes: the lowest bit is the first of the 128. No bit is
/// set for a record that is no chunk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PackMask(pub u128);

impl PackMask {
    /// Whether the pack at a place in the chunk (below 128) is written.
    pub fn contains(self, place: u32) -> bool {
        self.0.checked_shr(place).is_some_and(|bits| bits & 1 == 1)
    }

    /// `count` packs from `first` on, as far as the chunk reaches.
    fn of(first: u32, count: u32) -> Self {
        let below = |end: u32| 1u128.checked_shl(end).map_or(u128::MAX, |bit| bit - 1);
        Self(below(first.saturating_add(count)) & !below(first))
    }
}

/// The records that a transaction writes.
pub type WrittenRecords = BTreeMap<StateKey, PackMask>;

/// The records that the rule of an action writes when it allows the transaction of this id.
pub fn written(body: &ActionBody, id: &TransactionId) -> WrittenRecords {
    let mut list = List::default();
    match body {
        ActionBody::RegisterProduct(action) => list.add(StateKey::product(&action.gtin)),
        ActionBody::CommissionRun(action) => {
            list.add(StateKey::lot(&action.gtin, &action.lot));
            list.add(StateKey::run(&action.run()));
        }
        ActionBody::CloseLot(action) => list.add(StateKey::lot(&action.gtin, &action.lot)),
        ActionBody::RecallLot(action) => list.add(StateKey::lot(&action.gtin, &action.lot)),
        ActionBody::Pack(action) => {
            list.add(StateKey::unit(&action.sscc));
            list.add_contents(&action.packs, &action.units);
        }
        ActionBody::Unpack(action) => match &action.contents {
            UnpackContents::All => list.add(StateKey::unit(&action.sscc)),
            UnpackContents::Some { packs, units } => list.add_contents(packs, units),
        },
        ActionBody::Ship(action) => {
            list.add_shipment(&ShipmentId::of_ship(id));
            list.add_contents(&action.packs, &action.units);
        }
        ActionBody::CancelShipment(action) => list.add_shipment(&action.shipment),
        ActionBody::Receive(action) => {
            list.add_shipment(&action.shipment);
            if !action.except.is_empty() {
                list.add_shipment(&ShipmentId::of_rest(id));
            }
            for exception in &action.except {
                list.add_contents(&exception.packs, &exception.units);
            }
        }
        ActionBody::Reject(action) => list.add_shipment(&action.shipment),
        ActionBody::Dispense(action) => list.add_packs(&action.packs),
        ActionBody::Reactivate(action) => list.add_packs(&action.packs),
        ActionBody::Lock(action) => list.add_packs(&action.packs),
        ActionBody::Unlock(action) => list.add_packs(&action.packs),
        ActionBody::Decommission(action) => list.add_packs(&action.packs),
        ActionBody::AnchorDigest(_) => {}
        ActionBody::ProposeChange(_) => list.add(StateKey::change(&ChangeId::of_proposal(id))),
        ActionBody::ApproveChange(action) => list.add(StateKey::change(&action.id)),
        ActionBody::WithdrawChange(action) => list.add(StateKey::change(&action.id)),
        ActionBody::EnactChange(action) => {
            list.add(StateKey::change(&action.id));
            list.add_change(&action.change);
        }
    }
    list.0
}

#[derive(Default)]
struct List(WrittenRecords);

impl List {
    fn add(&mut self, key: StateKey) {
        self.0.entry(key).or_default();
    }

    fn add_change(&mut self, change: &Change) {
        match change {
            Change::AdmitOrganisation(new) => {
                self.add(StateKey::organisation(&new.organisation));
                self.add_prefixes(&new.gs1_prefixes);
                for account in &new.accounts {
                    self.add(StateKey::account(&account.account));
                }
                for key in &new.keys {
                    self.add(StateKey::key(&key.key));
                }
            }
            Change::SuspendOrganisation { organisation }
            | Change::RestoreOrganisation { organisation } => {
                self.add(StateKey::organisation(organisation));
            }
            Change::UpdateOrganisation(update) => {
                self.add(StateKey::organisation(&update.organisation));
                self.add_prefixes(&update.added_prefixes);
            }
            Change::OpenAccount(opening) => self.add(StateKey::account(&opening.opened.account)),
            Change::CloseAccount { account } | Change::ReopenAccount { account } => {
                self.add(StateKey::account(account));
            }
            Change::RegisterKey(new) => self.add(StateKey::key(&new.key)),
            Change::RotateKey(rotation) => {
                self.add(StateKey::key(&rotation.old));
                self.add(StateKey::key(&rotation.new.key));
            }
            Change::RetireKey { key } => self.add(StateKey::key(key)),
            Change::RevokeKey(revocation) => self.add(StateKey::key(&revocation.key)),
            Change::AddValidator(new) => {
                self.add(StateKey::key(&new.validator));
                self.add(StateKey::seat(&new.validator));
                self.add(StateKey::validators());
            }
            Change::RemoveValidator { validator } => {
                self.add(StateKey::key(validator));
                self.add(StateKey::validators());
            }
            Change::UpdateSeat(update) => self.add(StateKey::seat(&update.validator)),
            Change::SetParameters { .. } => self.add(StateKey::parameters()),
            Change::SetProtocol { .. } => {}
        }
    }

    fn add_prefixes(&mut self, prefixes: &[CompanyPrefix]) {
        for prefix in prefixes {
            self.add(StateKey::prefixes(&PrefixBucket::of(prefix)));
        }
    }

    fn add_shipment(&mut self, id: &ShipmentId) {
        self.add(StateKey::shipment(id));
    }

    fn add_contents(&mut self, packs: &[PackSet], units: &[Sscc]) {
        self.add_packs(packs);
        for sscc in units {
            self.add(StateKey::unit(sscc));
        }
    }

    fn add_packs(&mut self, sets: &[PackSet]) {
        for set in sets {
            for range in &set.ranges {
                let mut position = range.first;
                while position < range.end() {
                    let (number, place) = chunk_of(position);
                    let room = CHUNK_PACKS.saturating_sub(place);
                    let count = range.end().saturating_sub(position).min(room);
                    let mask = self.0.entry(StateKey::chunk(&set.run, number)).or_default();
                    mask.0 |= PackMask::of(place, count).0;
                    position = position.saturating_add(room);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
