//! A run of packs on its way: into a case and a pallet, shipped, received with exceptions,
//! unpacked, shipped on, dispensed, undone, rejected.

use theriac_gs1::{SerialNumber, Sscc};
use theriac_ledger::action::{
    ActionBody, Dispense, Lock, LockReason, Pack, Purpose, Reactivate, ReactivateReason, Receive,
    ReceiveException, ReceiveExceptionReason, Reject, RejectReason, Ship, Unlock, Unpack,
    UnpackContents,
};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{Height, RunId, ShipmentId, Timestamp, TransactionId};
use theriac_ledger::pack_set::PackSets;
use theriac_ledger::testing::{Actor, commission_run, packs, product, run_id, sscc};
use theriac_ledger::transaction::SignedTransaction;

use crate::fixture::{World, medicine};

/// The pack that stays in its case to the distributor, is unpacked and dispensed.
pub(crate) const DISPENSED: u32 = 12;
/// The pack that does not arrive with its case, and is packed and shipped again.
pub(crate) const EXCEPTED: u32 = 5;
/// A pack of the case that does not arrive.
pub(crate) const IN_CASE: u32 = 25;
/// A pack that stays, of a chunk with packs that moved.
pub(crate) const RESTING: u32 = 100;
/// A pack of a chunk in which nothing happened.
pub(crate) const UNTOUCHED: u32 = 200;

/// Every pack that a test follows, with the heights at which it has an event.
pub(crate) const FOLLOWED: [(u32, &[Height]); 5] = [
    (
        DISPENSED,
        &[2, 4, 6, 7, 8, 9, 10, 12, 13, 15, 16, 17, 18, 19],
    ),
    (EXCEPTED, &[2, 3, 4, 6, 9, 10, 11, 14, 20, 21, 22]),
    (IN_CASE, &[2, 5, 6, 9, 10, 11]),
    (RESTING, &[2]),
    (UNTOUCHED, &[2]),
];

/// The case that most of them are in.
pub(crate) fn case() -> Sscc {
    sscc("9506000", 1)
}

/// The case that does not arrive.
fn other_case() -> Sscc {
    sscc("9506000", 2)
}

/// The pallet with both.
pub(crate) fn pallet() -> Sscc {
    sscc("9506000", 3)
}

pub(crate) fn run() -> RunId {
    run_id(medicine(), "LOT1", 0)
}

/// The serial number of a pack of the run.
pub(crate) fn serial(position: u32) -> SerialNumber {
    let text = theriac_crypto::digest("testing-serial", &position.to_le_bytes()).to_string();
    SerialNumber::parse(&text[..20]).unwrap()
}

/// Signs the story's transactions, block by block.
pub(crate) struct Teller<'w> {
    pub(crate) world: &'w mut World,
    /// Ids of the transactions told, by block.
    told: Vec<Vec<TransactionId>>,
}

impl<'w> Teller<'w> {
    pub(crate) fn new(world: &'w mut World) -> Self {
        Self {
            world,
            told: Vec::new(),
        }
    }

    /// The transactions of a height; none after the last.
    pub(crate) fn block(&mut self, height: Height, now: Timestamp) -> Vec<SignedTransaction> {
        let mut signed: Vec<_> = self
            .bodies(height)
            .into_iter()
            .map(|(actor, body)| self.world.sign(actor, body, now))
            .collect();
        // In some blocks others come first, so that indices are not all zero.
        if height.is_multiple_of(2) {
            signed.insert(0, self.world.note(Actor::Regulator, now));
        }
        let chain = self.world.chain_id();
        let ids = signed.iter().map(|one| one.transaction.id(&chain));
        self.told.push(ids.collect());
        signed
    }

    /// The id of the last transaction of a height.
    fn id(&self, height: usize) -> TransactionId {
        *self.told[height - 1].last().unwrap()
    }

    fn shipped(&self, height: usize) -> ShipmentId {
        ShipmentId::of_ship(&self.id(height))
    }

    fn bodies(&self, height: Height) -> Vec<(Actor, ActionBody)> {
        let (maker, distributor, pharmacy) = (Actor::Maker, Actor::Distributor, Actor::Pharmacy);
        match height {
            1 => vec![(maker, product(medicine()).into())],
            2 => vec![(maker, commission_run(run(), 0, 300).into())],
            3 => vec![(maker, fill(case(), some(0, 10)))],
            4 => vec![(maker, fill(case(), some(10, 10)))],
            5 => vec![(maker, fill(other_case(), some(20, 20)))],
            6 => vec![(maker, stack(pallet(), vec![case(), other_case()]))],
            7 => vec![(Actor::Regulator, lock(some(DISPENSED, 1)))],
            8 => vec![(
                Actor::Regulator,
                Unlock {
                    packs: some(DISPENSED, 1),
                }
                .into(),
            )],
            9 => vec![(maker, self.ship_units(distributor, vec![pallet()]))],
            10 => vec![(distributor, self.receive_partly())],
            11 => vec![(
                distributor,
                receive(ShipmentId::of_rest(&self.id(10)), Vec::new()),
            )],
            12 => vec![(distributor, unpack_units(pallet(), vec![case()]))],
            13 => vec![(distributor, unpack_packs(case(), some(10, 5)))],
            14 => vec![(distributor, fill(case(), some(EXCEPTED, 2)))],
            15 => vec![(distributor, self.ship_packs(pharmacy, some(DISPENSED, 2)))],
            16 => vec![(pharmacy, receive(self.shipped(15), Vec::new()))],
            17 | 19 => vec![(pharmacy, dispense(some(DISPENSED, 1)))],
            18 => vec![(pharmacy, undo(some(DISPENSED, 1)))],
            20 => vec![(distributor, self.ship_units(pharmacy, vec![case()]))],
            21 => vec![(
                pharmacy,
                Reject {
                    shipment: self.shipped(20),
                    reason: RejectReason::NotOrdered,
                }
                .into(),
            )],
            22 => vec![(distributor, unpack_all(case()))],
            23 => vec![(distributor, unpack_all(pallet()))],
            _ => Vec::new(),
        }
    }

    fn receive_partly(&self) -> ActionBody {
        let except = vec![
            ReceiveException {
                packs: some(EXCEPTED, 2),
                units: BoundedList::empty(),
                reason: ReceiveExceptionReason::Short,
            },
            ReceiveException {
                packs: BoundedList::empty(),
                units: list(vec![other_case()]),
                reason: ReceiveExceptionReason::Damaged,
            },
        ];
        receive(self.shipped(9), except)
    }

    fn ship_units(&self, to: Actor, units: Vec<Sscc>) -> ActionBody {
        self.ship(to, BoundedList::empty(), units)
    }

    fn ship_packs(&self, to: Actor, packs: PackSets) -> ActionBody {
        self.ship(to, packs, Vec::new())
    }

    fn ship(&self, to: Actor, packs: PackSets, units: Vec<Sscc>) -> ActionBody {
        Ship {
            to: self.world.consortium.account(to),
            purpose: Purpose::Supply,
            packs,
            units: list(units),
        }
        .into()
    }
}

/// The last height of the story.
pub(crate) const LAST: Height = 23;

fn some(first: u32, count: u32) -> PackSets {
    packs(run(), &[(first, count)])
}

fn list<T, const MAX: usize>(items: Vec<T>) -> BoundedList<T, MAX> {
    BoundedList::new(items).unwrap()
}

fn fill(sscc: Sscc, packs: PackSets) -> ActionBody {
    let units = BoundedList::empty();
    Pack { sscc, packs, units }.into()
}

fn stack(sscc: Sscc, units: Vec<Sscc>) -> ActionBody {
    Pack {
        sscc,
        packs: BoundedList::empty(),
        units: list(units),
    }
    .into()
}

fn unpack_all(sscc: Sscc) -> ActionBody {
    let contents = UnpackContents::All;
    Unpack { sscc, contents }.into()
}

fn unpack_units(sscc: Sscc, units: Vec<Sscc>) -> ActionBody {
    let (packs, units) = (BoundedList::empty(), list(units));
    let contents = UnpackContents::Some { packs, units };
    Unpack { sscc, contents }.into()
}

fn unpack_packs(sscc: Sscc, packs: PackSets) -> ActionBody {
    let units = BoundedList::empty();
    let contents = UnpackContents::Some { packs, units };
    Unpack { sscc, contents }.into()
}

fn receive(shipment: ShipmentId, except: Vec<ReceiveException>) -> ActionBody {
    let except = list(except);
    Receive { shipment, except }.into()
}

fn dispense(packs: PackSets) -> ActionBody {
    Dispense { packs }.into()
}

fn undo(packs: PackSets) -> ActionBody {
    let reason = ReactivateReason::NotDispensed;
    Reactivate { packs, reason }.into()
}

fn lock(packs: PackSets) -> ActionBody {
    let reason = LockReason::Order;
    Lock { packs, reason }.into()
}
