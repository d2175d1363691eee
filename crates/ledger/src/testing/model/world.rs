//! What the model knows: plain maps, nothing shared with the rules.

use std::collections::{BTreeMap, BTreeSet};

use crate::action::{Country, Purpose};
use crate::identifier::{AccountId, PackKey, PackLocation, ShipmentId, TransactionId};
use crate::record::{LotName, PackStatus};
use crate::state_key::StateKey;
use crate::testing::Actor;
use theriac_crypto::{Digest, Digester};
use theriac_gs1::{CalendarDate, Gtin, Sscc};

/// Where a pack or unit is, said outright.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    With(Actor),
    In(Sscc),
    On(ShipmentId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PackNote {
    pub(super) status: PackStatus,
    pub(super) since: u64,
    pub(super) by: Actor,
    pub(super) at: Where,
    pub(super) history: Digest,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UnitNote {
    /// None once it was unpacked whole.
    pub(super) at: Option<Where>,
    pub(super) depth: usize,
    pub(super) lots: BTreeSet<LotName>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ShipmentNote {
    pub(super) from: Actor,
    pub(super) to: Actor,
    pub(super) purpose: Purpose,
    pub(super) open: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LotLife {
    Open,
    Closed,
    Recalled,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LotNote {
    pub(super) maker: Actor,
    pub(super) expiry: CalendarDate,
    pub(super) made: CalendarDate,
    pub(super) life: LotLife,
    pub(super) runs: u16,
}

/// The step of a transaction.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Block time, in milliseconds since 1970.
    pub time: u64,
    /// Height of its block.
    pub height: u64,
    /// Its position in the block, from zero.
    pub index: u32,
    /// Its id.
    pub id: TransactionId,
}

#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) salt: Digest,
    pub(super) accounts: BTreeMap<Actor, AccountId>,
    pub(super) suspended: BTreeSet<Actor>,
    pub(super) closed: BTreeSet<Actor>,
    pub(super) withdrawn: BTreeSet<(Gtin, Country)>,
    pub(super) products: BTreeMap<Gtin, Actor>,
    pub(super) lots: BTreeMap<LotName, LotNote>,
    pub(super) serials: BTreeSet<PackKey>,
    pub(super) packs: BTreeMap<PackLocation, PackNote>,
    pub(super) units: BTreeMap<Sscc, UnitNote>,
    pub(super) shipments: BTreeMap<ShipmentId, ShipmentNote>,
    /// History of every record but packs.
    pub(super) histories: BTreeMap<StateKey, Digest>,
}

/// Who holds something: the account, and the shipment it travels in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Grip {
    pub(super) holder: Actor,
    pub(super) travels: Option<ShipmentId>,
}

impl World {
    pub(super) fn new(salt: Digest, accounts: BTreeMap<Actor, AccountId>) -> Self {
        Self {
            salt,
            accounts,
            suspended: BTreeSet::new(),
            closed: BTreeSet::new(),
            withdrawn: BTreeSet::new(),
            products: BTreeMap::new(),
            lots: BTreeMap::new(),
            serials: BTreeSet::new(),
            packs: BTreeMap::new(),
            units: BTreeMap::new(),
            shipments: BTreeMap::new(),
            histories: BTreeMap::new(),
        }
    }

    pub(super) fn grip(&self, at: Where) -> Grip {
        match at {
            Where::With(holder) => Grip {
                holder,
                travels: None,
            },
            Where::In(sscc) => {
                let outer = self.units[&sscc]
                    .at
                    .expect("nothing is inside a unit that is gone");
                self.grip(outer)
            }
            Where::On(shipment) => Grip {
                holder: self.shipments[&shipment].from,
                travels: Some(shipment),
            },
        }
    }

    /// One step of a record's history.
    pub(super) fn touch(&mut self, key: StateKey, moment: &Moment) -> Digest {
        let previous = *self.histories.get(&key).unwrap_or(&self.salt);
        let next = step(previous, moment);
        self.histories.insert(key, next);
        next
    }

    /// Moves everything that is in a shipment, or in a unit, somewhere else.
    pub(super) fn move_all(&mut self, from: Where, to: Where) {
        for pack in self.packs.values_mut().filter(|pack| pack.at == from) {
            pack.at = to;
        }
        for unit in self.units.values_mut().filter(|unit| unit.at == Some(from)) {
            unit.at = Some(to);
        }
    }
}

/// The step of a history, written out anew.
pub(super) fn step(previous: Digest, moment: &Moment) -> Digest {
    Digester::new("history")
        .chain(&previous.0)
        .chain(&moment.height.to_le_bytes())
        .chain(&moment.index.to_le_bytes())
        .chain(&moment.id.0.0)
        .finish()
}
