//! A maker with a product and a run of 300 packs, and short ways to act on it.

use theriac_gs1::Gtin;
use theriac_ledger::action::{ActionBody, Dispense, Purpose, Ship};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::RunId;
use theriac_ledger::testing::{Actor, Refused, TestLedger, date, gtin, packs};

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

    /// Moves block time to the last minutes of a day.
    pub(crate) fn to_day(&mut self, day: &str) {
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
