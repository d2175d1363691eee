//! A maker with a product and a run of 300 packs, and short ways to act on it.

use theriac_gs1::{Gtin, Sscc};
use theriac_ledger::action::{
    ActionBody, Country, Decommission, DecommissionReason, Dispense, Lock, LockReason, Pack,
    Purpose, Reactivate, ReactivateReason, RecallClass, RecallLot, Ship, Unlock, Unpack,
    UnpackContents,
};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{RunId, TransactionId};
use theriac_ledger::record::{
    Account, AccountState, Chunk, HandlingUnit, Organisation, PackEntry, Product, Record as _, Run,
    Standing, StoredRecord, UnitState, chunk_of,
};
use theriac_ledger::state::State as _;
use theriac_ledger::state_key::StateKey;
use theriac_ledger::testing::{Actor, Refused, TestLedger, date, gtin, packs, sscc};

#[derive(Debug, Clone)]
pub(crate) struct Scene {
    pub(crate) ledger: TestLedger,
    pub(crate) gtin: Gtin,
    pub(crate) run: RunId,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let mut ledger = TestLedger::new(1);
        let gtin = gtin("9506000", 1);
        let run = ledger.commission(Actor::Maker, gtin, ("L1", 0), (0, 300));
        Self { ledger, gtin, run }
    }

    pub(crate) fn dispense(&self, position: u32) -> Dispense {
        Dispense {
            packs: packs(self.run, &[(position, 1)]),
        }
    }

    pub(crate) fn ship(&self, to: Actor, purpose: Purpose, ranges: &[(u32, u32)]) -> Ship {
        Ship {
            to: self.ledger.consortium.account(to),
            purpose,
            packs: packs(self.run, ranges),
            units: BoundedList::empty(),
        }
    }

    pub(crate) fn decommission(
        &mut self,
        actor: Actor,
        position: u32,
        reason: DecommissionReason,
    ) -> Result<TransactionId, Refused> {
        let packs = packs(self.run, &[(position, 1)]);
        self.ledger.act(actor, Decommission { packs, reason })
    }

    pub(crate) fn lock(&mut self, actor: Actor, position: u32) -> Result<TransactionId, Refused> {
        let packs = packs(self.run, &[(position, 1)]);
        let reason = LockReason::Suspect;
        self.ledger.act(actor, Lock { packs, reason })
    }

    pub(crate) fn unlock(&mut self, actor: Actor, position: u32) -> Result<TransactionId, Refused> {
        let packs = packs(self.run, &[(position, 1)]);
        self.ledger.act(actor, Unlock { packs })
    }

    pub(crate) fn reactivate(&self, position: u32, reason: ReactivateReason) -> Reactivate {
        let packs = packs(self.run, &[(position, 1)]);
        Reactivate { packs, reason }
    }

    pub(crate) fn recall(&mut self) {
        let action = RecallLot {
            gtin: self.gtin,
            lot: self.run.lot,
            class: RecallClass::Two,
            notice: theriac_crypto::Digest::ZERO,
        };
        self.ledger.act(Actor::Regulator, action).unwrap();
    }

    /// Puts units into a unit.
    pub(crate) fn nest(
        &mut self,
        actor: Actor,
        sscc: Sscc,
        units: &[Sscc],
    ) -> Result<TransactionId, Refused> {
        let action = Pack {
            sscc,
            packs: BoundedList::empty(),
            units: BoundedList::new(units.to_vec()).unwrap(),
        };
        self.ledger.act(actor, action)
    }

    /// Takes units out of a unit.
    pub(crate) fn take_out(
        &mut self,
        actor: Actor,
        sscc: Sscc,
        units: &[Sscc],
    ) -> Result<TransactionId, Refused> {
        let contents = UnpackContents::Some {
            packs: BoundedList::empty(),
            units: BoundedList::new(units.to_vec()).unwrap(),
        };
        self.ledger.act(actor, Unpack { sscc, contents })
    }

    /// The entry of a pack of the run.
    pub(crate) fn entry(&self, position: u32) -> PackEntry {
        let (number, place) = chunk_of(position);
        let run = Run::load(&self.stored(&StateKey::run(&self.run)).unwrap()).unwrap();
        let chunk = match self.stored(&StateKey::chunk(&self.run, number)) {
            Some(stored) => Chunk::load(&stored, number).unwrap(),
            None => Chunk::untouched(&run, number),
        };
        *chunk.entry(place).unwrap()
    }

    pub(crate) fn unit_state(&self, number: u32) -> UnitState {
        let key = StateKey::unit(&sscc("9506000", number));
        let unit = HandlingUnit::load(&self.stored(&key).unwrap()).unwrap();
        unit.private.state
    }

    pub(crate) fn withdraw_in(&mut self, country: Country) {
        let key = StateKey::product(&self.gtin);
        let mut record = Product::load(&self.stored(&key).unwrap()).unwrap();
        record.public.withdrawn = BoundedList::new(vec![country]).unwrap();
        self.ledger.state.put(key, record.store());
    }

    pub(crate) fn suspend(&mut self, actor: Actor) {
        let key = StateKey::organisation(&self.ledger.consortium.organisation(actor));
        let mut record = Organisation::load(&self.stored(&key).unwrap()).unwrap();
        record.public.standing = Standing::Suspended;
        self.ledger.state.put(key, record.store());
    }

    pub(crate) fn close(&mut self, actor: Actor) {
        let key = StateKey::account(&self.ledger.consortium.account(actor));
        let mut record = Account::load(&self.stored(&key).unwrap()).unwrap();
        record.private.state = AccountState::Closed;
        self.ledger.state.put(key, record.store());
    }

    fn stored(&self, key: &StateKey) -> Option<StoredRecord> {
        self.ledger.state.record(key).unwrap()
    }

    /// Moves block time to the last minutes of a day.
    pub(crate) fn skip_to(&mut self, day: &str) {
        let days = u64::try_from(date(day).days_since_epoch()).unwrap();
        self.ledger.time.0 = (days + 1) * 86_400_000 - 600_000;
    }
}

/// Demands that an action is refused with a code, and that nothing changes.
pub(crate) fn refused(
    ledger: &mut TestLedger,
    actor: Actor,
    action: impl Into<ActionBody>,
    code: &str,
) -> Refused {
    let before = ledger.state.clone();
    let refused = ledger.act(actor, action).unwrap_err();
    assert_eq!(refused.code(), code, "{refused}");
    assert!(before == ledger.state, "a refused action changes nothing");
    refused
}
