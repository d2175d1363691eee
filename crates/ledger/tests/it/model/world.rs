//! What the model knows: plain maps, nothing shared with the rules.

use std::collections::{BTreeMap, BTreeSet};

use theriac_crypto::{Digest, Digester};
use theriac_gs1::{CalendarDate, Gtin, Sscc};
use theriac_ledger::action::{Country, Purpose};
use theriac_ledger::identifier::{AccountId, PackKey, PackLocation, ShipmentId, TransactionId};
use theriac_ledger::record::{LotName, PackStatus};
use theriac_ledger::state_key::StateKey;
use theriac_ledger::testing::Actor;

/// Where a pack or unit is, said outright.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Where {
    With(Actor),
    In(Sscc),
    On(ShipmentId),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PackNote {
    pub(crate) status: PackStatus,
    pub(crate) since: u64,
    pub(crate) by: Actor,
    pub(crate) at: Where,
    pub(crate) history: Digest,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnitNote {
    /// None once it was unpacked whole.
    pub(crate) at: Option<Where>,
    pub(crate) depth: usize,
    pub(crate) lots: BTreeSet<LotName>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ShipmentNote {
    pub(crate) from: Actor,
    pub(crate) to: Actor,
    pub(crate) purpose: Purpose,
    pub(crate) open: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LotLife {
    Open,
    Closed,
    Recalled,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LotNote {
    pub(crate) maker: Actor,
    pub(crate) expiry: CalendarDate,
    pub(crate) made: CalendarDate,
    pub(crate) life: LotLife,
    pub(crate) runs: u16,
}

/// The step of a transaction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) time: u64,
    pub(crate) height: u64,
    pub(crate) index: u32,
    pub(crate) id: TransactionId,
}

#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) salt: Digest,
    pub(crate) accounts: BTreeMap<Actor, AccountId>,
    pub(crate) suspended: BTreeSet<Actor>,
    pub(crate) closed: BTreeSet<Actor>,
    pub(crate) withdrawn: BTreeSet<(Gtin, Country)>,
    pub(crate) products: BTreeMap<Gtin, Actor>,
    pub(crate) lots: BTreeMap<LotName, LotNote>,
    pub(crate) serials: BTreeSet<PackKey>,
    pub(crate) packs: BTreeMap<PackLocation, PackNote>,
    pub(crate) units: BTreeMap<Sscc, UnitNote>,
    pub(crate) shipments: BTreeMap<ShipmentId, ShipmentNote>,
    /// History of every record but packs.
    pub(crate) histories: BTreeMap<StateKey, Digest>,
}

/// Who holds something: the account, and the shipment it travels in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grip {
    pub(crate) holder: Actor,
    pub(crate) travels: Option<ShipmentId>,
}

impl World {
    pub(crate) fn new(salt: Digest, accounts: BTreeMap<Actor, AccountId>) -> Self {
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

    pub(crate) fn grip(&self, at: Where) -> Grip {
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
    pub(crate) fn touch(&mut self, key: StateKey, moment: &Moment) -> Digest {
        let previous = *self.histories.get(&key).unwrap_or(&self.salt);
        let next = step(previous, moment);
        self.histories.insert(key, next);
        next
    }

    /// Moves everything that is in a shipment, or in a unit, somewhere else.
    pub(crate) fn move_all(&mut self, from: Where, to: Where) {
        for pack in self.packs.values_mut().filter(|pack| pack.at == from) {
            pack.at = to;
        }
        for unit in self.units.values_mut().filter(|unit| unit.at == Some(from)) {
            unit.at = Some(to);
        }
    }
}

/// The step of a history, written out anew.
pub(crate) fn step(previous: Digest, moment: &Moment) -> Digest {
    Digester::new("history")
        .chain(&previous.0)
        .chain(&moment.height.to_le_bytes())
        .chain(&moment.index.to_le_bytes())
        .chain(&moment.id.0.0)
        .finish()
}
