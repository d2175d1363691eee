//! Packs for tests to act on.

use theriac_gs1::Gtin;
use theriac_ledger::action::{ActionBody, CommissionRun, Dispense, Purpose, Receive, Ship};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{AccountId, Height, RunId, ShipmentId};
use theriac_ledger::testing::{Actor, date, gtin, pack_keys, packs, product, run_id};

use crate::actor::{Pen, Signed};
use crate::network::Network;

/// A run of packs that a pharmacy holds.
#[derive(Debug, Clone)]
pub struct Stock {
    /// The run.
    pub run: RunId,
    /// How many packs it has.
    pub count: u32,
    /// Height at which the pharmacy received them.
    pub height: Height,
}

/// The product of the tests.
pub fn test_product() -> Gtin {
    gtin("9506000", 1)
}

/// Commissions packs of a lot that nobody has commissioned yet.
pub fn commission(lot: &str, count: u32) -> CommissionRun {
    let gtin = test_product();
    // Serials of different lots must differ: number them from a place that the lot decides.
    let first = lot.bytes().fold(0u32, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(byte.into())
    });
    CommissionRun {
        gtin,
        lot: run_id(gtin, lot, 0).lot,
        number: 0,
        expiry: date("2029-12-31"),
        manufactured: date("2026-01-01"),
        keys: BoundedList::new(pack_keys(&gtin, first % 1_000_000_000, count)).expect("one run"),
    }
}

/// Ships ranges of (first, count) of a run for supply.
pub fn ship(to: AccountId, run: RunId, ranges: &[(u32, u32)]) -> Ship {
    Ship {
        to,
        purpose: Purpose::Supply,
        packs: packs(run, ranges),
        units: BoundedList::empty(),
    }
}

/// Receives the whole of what a transaction shipped.
pub fn receive(shipped: &Signed) -> Receive {
    Receive {
        shipment: ShipmentId::of_ship(&shipped.id),
        except: BoundedList::empty(),
    }
}

/// Dispenses one pack.
pub fn dispense(run: RunId, position: u32) -> Dispense {
    Dispense {
        packs: packs(run, &[(position, 1)]),
    }
}

impl Stock {
    /// Registers the test product, commissions a lot, ships it to the pharmacy, which receives it.
    pub async fn at_pharmacy(network: &Network, lot: &str, count: u32) -> Self {
        let (maker, pharmacy) = (network.pen(Actor::Maker), network.pen(Actor::Pharmacy));
        accept(network, &maker, product(test_product())).await;
        let run = run_id(test_product(), lot, 0);
        accept(network, &maker, commission(lot, count)).await;
        let shipped = maker.sign(ship(pharmacy.account, run, &[(0, count)]));
        accept_signed(network, &shipped).await;
        let height = accept(network, &pharmacy, receive(&shipped)).await;
        Self { run, count, height }
    }
}

/// Signs, submits to the first node, and gives the height at which it became final.
pub async fn accept(network: &Network, pen: &Pen, body: impl Into<ActionBody>) -> Height {
    accept_signed(network, &pen.sign(body)).await
}

/// Submits to the first node, and gives the height at which it became final.
pub async fn accept_signed(network: &Network, signed: &Signed) -> Height {
    let answer = network.client(0).submit_and_wait(&signed.bytes).await;
    let answer = answer.expect("the network accepts a legal transaction");
    answer.height.expect("the network agrees in time")
}
