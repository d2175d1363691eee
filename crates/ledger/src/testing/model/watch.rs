//! Promises about packs that hold whatever the rules are, looked up in the committed state and in
//! the accepted transactions alone.

use std::collections::{BTreeMap, BTreeSet};

use theriac_crypto::PublicKey;

use crate::action::{ActionBody, ReactivateReason};
use crate::execute::CheckedTransaction;
use crate::identifier::{AccountId, PackLocation, RunId};
use crate::record::{
    Chunk, HandlingUnit, PackEntry, PackPlace, PackStatus, Record as _, Run, Shipment,
    ShipmentState, UnitState, chunk_of,
};
use crate::state::State as _;
use crate::state_key::StateKey;
use crate::testing::{Actor, Consortium, MemoryState};

use super::judge::named;

/// What was seen so far.
#[derive(Debug)]
pub(super) struct Watch {
    accounts: BTreeMap<PublicKey, AccountId>,
    /// Who holds each pack that there is.
    holders: BTreeMap<PackLocation, AccountId>,
    /// Packs dispensed, and not brought back since.
    dispensed: BTreeSet<PackLocation>,
    /// Who took custody of something since the last look.
    takers: BTreeSet<AccountId>,
}

impl Watch {
    pub(super) fn new(consortium: &Consortium) -> Self {
        let of = |actor| {
            (
                consortium.key(actor).public_key(),
                consortium.account(actor),
            )
        };
        Self {
            accounts: Actor::ALL.into_iter().map(of).collect(),
            holders: BTreeMap::new(),
            dispensed: BTreeSet::new(),
            takers: BTreeSet::new(),
        }
    }

    /// Notes what the accepted transactions of a block say.
    pub(super) fn note(&mut self, accepted: &[&CheckedTransaction]) {
        for transaction in accepted {
            let signer = self.accounts[&transaction.signed().transaction.signer];
            match transaction.body() {
                ActionBody::CommissionRun(action) => {
                    let run = action.run();
                    for position in (0..).take(action.keys.len()) {
                        self.holders.insert(PackLocation { run, position }, signer);
                    }
                }
                ActionBody::Receive(_) => _ = self.takers.insert(signer),
                ActionBody::Dispense(action) => {
                    // A pharmacy may dispense what was sent to it without receiving it first.
                    self.takers.insert(signer);
                    for pack in named(&action.packs) {
                        assert!(self.dispensed.insert(pack), "{pack} is dispensed twice");
                    }
                }
                ActionBody::Reactivate(action)
                    if action.reason == ReactivateReason::NotDispensed =>
                {
                    for pack in named(&action.packs) {
                        assert!(self.dispensed.remove(&pack), "{pack} was not dispensed");
                    }
                }
                _ => {}
            }
        }
    }

    /// Looks at the state after the blocks that were noted.
    pub(super) fn look(&mut self, state: &MemoryState) {
        let takers = std::mem::take(&mut self.takers);
        let mut look = Look::at(state);
        for (pack, holder) in &mut self.holders {
            let entry = look.entry(pack);
            let is_dispensed = entry.public.status == PackStatus::Dispensed;
            assert_eq!(is_dispensed, self.dispensed.contains(pack), "{pack}");
            let now = look.holder(entry.private.place);
            assert!(
                now == *holder || takers.contains(&now),
                "{pack} went to one who did not take it"
            );
            *holder = now;
        }
    }
}

/// Records of one state, each read once.
pub(super) struct Look<'s> {
    state: &'s MemoryState,
    chunks: BTreeMap<(RunId, u32), Chunk>,
    holders: BTreeMap<PackPlace, AccountId>,
}

impl<'s> Look<'s> {
    pub(super) fn at(state: &'s MemoryState) -> Self {
        Self {
            state,
            chunks: BTreeMap::new(),
            holders: BTreeMap::new(),
        }
    }

    pub(super) fn entry(&mut self, pack: &PackLocation) -> PackEntry {
        let (number, place) = chunk_of(pack.position);
        let state = self.state;
        let chunk = self.chunks.entry((pack.run, number)).or_insert_with(|| {
            if let Some(stored) = state.record(&StateKey::chunk(&pack.run, number)).unwrap() {
                return Chunk::load(&stored, number).unwrap();
            }
            let stored = state.record(&StateKey::run(&pack.run)).unwrap().unwrap();
            Chunk::untouched(&Run::load(&stored).unwrap(), number)
        });
        *chunk.entry(place).unwrap()
    }

    /// The one account that holds what is at a place.
    pub(super) fn holder(&mut self, place: PackPlace) -> AccountId {
        if let Some(holder) = self.holders.get(&place) {
            return *holder;
        }
        let holder = match place {
            PackPlace::Account(account) => account,
            PackPlace::Unit(sscc) => {
                let stored = self.state.record(&StateKey::unit(&sscc)).unwrap().unwrap();
                match HandlingUnit::load(&stored).unwrap().private.state {
                    UnitState::Held(account) | UnitState::Resolved(account) => account,
                    UnitState::Inside(parent) => self.holder(PackPlace::Unit(parent)),
                    UnitState::InShipment(id) => self.holder(PackPlace::Shipment(id)),
                }
            }
            PackPlace::Shipment(id) => {
                let stored = self
                    .state
                    .record(&StateKey::shipment(&id))
                    .unwrap()
                    .unwrap();
                let shipment = Shipment::load(&stored).unwrap().private;
                match shipment.state {
                    ShipmentState::Open => shipment.from,
                    ShipmentState::Resolved(account) => account,
                }
            }
        };
        self.holders.insert(place, holder);
        holder
    }
}
