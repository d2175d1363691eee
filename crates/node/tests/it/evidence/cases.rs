//! A chain of seeded keys on which a pack of every kind is to be found, and evidence for each.

use theriac_gs1::{CalendarDate, Gtin, Lot, SerialNumber};
use theriac_ledger::action::{
    CommissionRun, Dispense, Lock, LockReason, Purpose, RecallClass, RecallLot, Receive, Ship,
};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::{RunId, ShipmentId, Timestamp};
use theriac_ledger::testing::{Actor, date, gtin, pack_keys, packs, product, run_id};
use theriac_ledger::transaction::SignedTransaction;
use theriac_node::evidence::EvidenceMaker;
use theriac_proof::{EvidenceBundle, Question};

use super::changes::{Course, Refused};
use crate::fixture::{Node, World, medicine};

/// A question and the evidence for its answer.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) bundle: EvidenceBundle,
}

/// A chain and the evidence of its cases.
#[derive(Debug)]
pub(crate) struct Cases {
    pub(crate) anchor: Anchor,
    pub(crate) all: Vec<Case>,
    /// What servers that lie make of the last of them.
    pub(crate) refused: Vec<Refused>,
}

const GOOD: &str = "GOOD1";
const RECALLED: &str = "BAD1";
const OLD: &str = "OLD1";
/// Lots of the two dates on which packs expire.
const LATE: &str = "2027-12-31";
const EARLY: &str = "2026-01-31";
/// The day after the early one.
const AFTERWARDS: Timestamp = Timestamp(1_769_990_400_000);

impl Cases {
    pub(crate) fn new() -> Self {
        Self::of_seed(1)
    }

    /// The same story on the chain of another consortium.
    pub(crate) fn of_seed(seed: u64) -> Self {
        let mut world = World::of_seed(seed);
        let node = Node::new(&world);
        for block in story(&mut world) {
            node.advance(&world, block);
        }
        let maker = EvidenceMaker::default();
        let make = |(name, question): (&'static str, Question)| Case {
            name,
            bundle: maker.make(&node.store.view(), &question).unwrap().unwrap(),
        };
        let mut all: Vec<Case> = questions().into_iter().map(make).collect();
        node.advance_at(&world, Vec::new(), AFTERWARDS);
        all.push(make(("expired", pack(OLD, 500, EARLY))));
        let mut course = Course::new(&mut world, &node);
        course.grow();
        all.push(make(("active-amid-changes", pack(GOOD, 200, LATE))));
        course.shrink();
        let last = make(("active-after-changes", pack(GOOD, 200, LATE)));
        let refused = course.refused(&last.bundle);
        all.push(last);
        Self {
            anchor: world.genesis.anchor,
            all,
            refused,
        }
    }

    pub(crate) fn find(&self, name: &str) -> &EvidenceBundle {
        let found = self.all.iter().find(|case| case.name == name);
        &found.unwrap().bundle
    }
}

fn questions() -> Vec<(&'static str, Question)> {
    let other_month = Question {
        expiry: Some(date("2028-01-31")),
        ..pack(GOOD, 200, LATE)
    };
    vec![
        ("active", pack(GOOD, 200, LATE)),
        ("active-beside-others", pack(GOOD, 5, LATE)),
        ("active-in-a-short-run", pack(GOOD, 310, LATE)),
        ("dispensed", pack(GOOD, 0, LATE)),
        ("locked", pack(GOOD, 1, LATE)),
        ("recalled", pack(RECALLED, 400, LATE)),
        ("wrong-lot", pack(RECALLED, 200, LATE)),
        ("expiry-of-another-month", other_month),
        ("unknown-serial", pack(GOOD, 9_999, LATE)),
        ("unknown-lot", pack("NONE1", 9_998, LATE)),
        ("unknown-product", of_product(gtin("9506000", 7), GOOD, 200)),
        ("lot", lot(GOOD)),
        ("lot-recalled", lot(RECALLED)),
    ]
}

fn pack(name: &str, number: u32, expiry: &str) -> Question {
    Question {
        serial: Some(serial(number)),
        expiry: Some(date(expiry)),
        ..lot(name)
    }
}

fn of_product(gtin: Gtin, lot: &str, number: u32) -> Question {
    Question {
        gtin,
        ..pack(lot, number, LATE)
    }
}

fn lot(name: &str) -> Question {
    Question {
        gtin: medicine(),
        lot: Some(Lot::parse(name).unwrap()),
        serial: None,
        expiry: None,
    }
}

/// The serial that `pack_keys` gives to a number.
fn serial(number: u32) -> SerialNumber {
    let text = theriac_crypto::digest("testing-serial", &number.to_le_bytes()).to_string();
    SerialNumber::parse(&text[..20]).unwrap()
}

fn commission(run: RunId, expiry: CalendarDate, first: u32, count: u32) -> CommissionRun {
    CommissionRun {
        gtin: run.gtin,
        lot: run.lot,
        number: run.number,
        expiry,
        manufactured: date("2025-12-01"),
        keys: BoundedList::new(pack_keys(&run.gtin, first, count)).unwrap(),
    }
}

fn story(world: &mut World) -> Vec<Vec<SignedTransaction>> {
    let now = world.genesis.anchor.time;
    let medicine = medicine();
    let good = run_id(medicine, GOOD, 0);
    let maker = Actor::Maker;
    let commissions = [
        commission(good, date(LATE), 0, 300),
        commission(run_id(medicine, GOOD, 1), date(LATE), 300, 50),
        commission(run_id(medicine, RECALLED, 0), date(LATE), 400, 40),
        commission(run_id(medicine, OLD, 0), date(EARLY), 500, 3),
    ];
    let ship = Ship {
        to: world.consortium.account(Actor::Pharmacy),
        purpose: Purpose::Supply,
        packs: packs(good, &[(0, 10)]),
        units: BoundedList::empty(),
    };
    let ship = world.sign(maker, ship, now);
    let receive = Receive {
        shipment: ShipmentId::of_ship(&ship.transaction.id(&world.chain_id())),
        except: BoundedList::empty(),
    };
    let recall = RecallLot {
        gtin: medicine,
        lot: Lot::parse(RECALLED).unwrap(),
        class: RecallClass::One,
        notice: theriac_crypto::digest("recall-notice", b"Wrong strength"),
    };
    let lock = Lock {
        packs: packs(good, &[(1, 1)]),
        reason: LockReason::Suspect,
    };
    let dispense = Dispense {
        packs: packs(good, &[(0, 1)]),
    };
    let register = world.sign(maker, product(medicine), now);
    let commissions = commissions.map(|action| world.sign(maker, action, now));
    let receive = world.sign(Actor::Pharmacy, receive, now);
    let dispense = world.sign(Actor::Pharmacy, dispense, now);
    let lock = world.sign(Actor::Pharmacy, lock, now);
    let recall = world.sign(maker, recall, now);
    vec![
        vec![register],
        commissions.to_vec(),
        vec![ship],
        vec![receive],
        vec![dispense, lock],
        vec![recall],
    ]
}
