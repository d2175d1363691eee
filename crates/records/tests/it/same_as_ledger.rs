//! Random legal sequences: for every pack, unit and shipment the tables say what the ledger says.

use std::collections::BTreeMap;

use theriac_gs1::{Gtin, Lot};
use theriac_ledger::action::{ActionBody, CloseLot, RecallClass, RecallLot};
use theriac_ledger::constants::CHUNK_PACKS;
use theriac_ledger::identifier::{AccountId, RunId, ShipmentId};
use theriac_ledger::record::{
    Chunk, HandlingUnit, PackEntry, PackPlace, Record, Run, Shipment, ShipmentState, UnitState,
    chunk_of,
};
use theriac_ledger::state::State as _;
use theriac_ledger::state_key::StateKey;
use theriac_ledger::testing::{Actor, MemoryState, commission_run, gtin, product, run_id};
use theriac_records::Database;

use crate::chain::TestChain;
use crate::databases::{Kind, database, on_both_databases};
use crate::dice::Dice;

pub(crate) mod checks;
mod world;

use checks::{check_containers, check_disputes, check_same, check_stock};
use world::World;

const RUN_PACKS: u32 = 300;
const BLOCKS: u32 = 40;

/// Reads the ledger's own state.
pub(crate) struct Ledger<'s>(pub(crate) &'s MemoryState);

impl Ledger<'_> {
    fn get<R: Record>(&self, key: &StateKey) -> Option<R> {
        let stored = self.0.record(key).unwrap()?;
        Some(R::load(&stored).unwrap())
    }

    pub(crate) fn entries(&self, run: &RunId) -> Vec<PackEntry> {
        let record: Run = self.get(&StateKey::run(run)).unwrap();
        (0..record.public.count)
            .map(|position| {
                let (number, place) = chunk_of(position);
                assert!(place < CHUNK_PACKS);
                match self.0.record(&StateKey::chunk(run, number)).unwrap() {
                    Some(stored) => *Chunk::load(&stored, number).unwrap().entry(place).unwrap(),
                    None => PackEntry::untouched(&record),
                }
            })
            .collect()
    }

    /// (holder, direct, open shipment)
    fn holder(&self, place: PackPlace) -> (AccountId, bool, Option<ShipmentId>) {
        match place {
            PackPlace::Account(account) => (account, true, None),
            PackPlace::Unit(sscc) => {
                let unit: HandlingUnit = self.get(&StateKey::unit(&sscc)).unwrap();
                let parent = match unit.private.state {
                    UnitState::Resolved(account) => return (account, true, None),
                    UnitState::Held(account) => PackPlace::Account(account),
                    UnitState::Inside(parent) => PackPlace::Unit(parent),
                    UnitState::InShipment(id) => PackPlace::Shipment(id),
                };
                let (account, _, shipment) = self.holder(parent);
                (account, false, shipment)
            }
            PackPlace::Shipment(id) => {
                let shipment: Shipment = self.get(&StateKey::shipment(&id)).unwrap();
                match shipment.private.state {
                    ShipmentState::Open => (shipment.private.from, false, Some(id)),
                    ShipmentState::Resolved(account) => (account, true, None),
                }
            }
        }
    }
}

/// Late in the game the lot is closed, then recalled.
fn end_of_lot(block: u32, gtin: Gtin) -> Option<(Actor, ActionBody)> {
    let lot = Lot::parse("LOT-A").unwrap();
    if block == BLOCKS - 10 {
        return Some((Actor::Maker, CloseLot { gtin, lot }.into()));
    }
    let recall = RecallLot {
        gtin,
        lot,
        class: RecallClass::Two,
        notice: theriac_crypto::digest("test", b"notice"),
    };
    (block == BLOCKS - 5).then(|| (Actor::Regulator, recall.into()))
}

/// How often each action was legal in a game, and the chain that came of it.
pub(crate) struct Played {
    pub(crate) seen: BTreeMap<&'static str, u32>,
    pub(crate) chain: TestChain,
}

/// Plays random blocks into a database and compares.
pub(crate) async fn play(seed: u64, db: &Database, chain: TestChain) -> Played {
    let mut world = World {
        chain,
        dice: Dice::new(seed),
        runs: Vec::new(),
        units: Vec::new(),
        shipments: Vec::new(),
        next_unit: 0,
    };
    let item = gtin("9506000", 7);
    let (block, refused) = world
        .chain
        .block(vec![(Actor::Maker, product(item).into())]);
    assert!(refused.is_empty());
    block.fold(db).await.unwrap();
    let mut seen = BTreeMap::new();
    for number in 0..BLOCKS {
        let mut actions = Vec::new();
        if number % 20 == 0 {
            let number = u16::try_from(number / 20).unwrap();
            let run = run_id(item, "LOT-A", number);
            actions.push((
                Actor::Maker,
                commission_run(run, u32::from(number) * RUN_PACKS, RUN_PACKS).into(),
            ));
            let (block, refused) = world.chain.block(actions.split_off(0));
            assert_eq!(refused, Vec::<String>::new());
            block.fold(db).await.unwrap();
            world.runs.push(run);
        }
        actions.extend(end_of_lot(number, item));
        for _ in 0..=world.dice.below(8) {
            actions.extend(world.action());
        }
        let signed = world.sign(actions);
        let (block, _) = world.chain.block_of(signed);
        for (id, _, body) in &block.transactions {
            *seen.entry(body.kind().name()).or_default() += 1;
            match body {
                ActionBody::Ship(_) => world.shipments.push(ShipmentId::of_ship(id)),
                ActionBody::Receive(action) if !action.except.is_empty() => {
                    *seen.entry("receive with exceptions").or_default() += 1;
                    world.shipments.push(ShipmentId::of_rest(id));
                }
                _ => {}
            }
        }
        block.fold(db).await.unwrap();
        if number % 5 == 4 {
            world.revoke(db).await;
        }
        check_same(db, &world).await;
        check_containers(db, &world).await;
        if number % 10 == 9 {
            check_stock(db, &world).await;
            *seen.entry("disputed").or_default() += check_disputes(db, &world).await;
        }
    }
    let chain = world.chain;
    Played { seen, chain }
}

on_both_databases!(every_pack_unit_and_shipment_is_what_the_ledger_says,);

async fn every_pack_unit_and_shipment_is_what_the_ledger_says(kind: Kind) {
    let mut seen: BTreeMap<&'static str, u32> = BTreeMap::new();
    for seed in 0..4 {
        let chain = TestChain::new(seed);
        let database = database(kind, &chain).await;
        for (kind, count) in play(seed, &database.db, chain).await.seen {
            *seen.entry(kind).or_default() += count;
        }
    }
    for kind in [
        "pack",
        "unpack",
        "ship",
        "receive",
        "receive with exceptions",
        "cancel_shipment",
        "reject",
        "dispense",
        "reactivate",
        "lock",
        "unlock",
        "decommission",
        "close_lot",
        "recall_lot",
        "disputed",
    ] {
        assert!(seen.get(kind).copied().unwrap_or(0) > 0, "no legal {kind}");
    }
}
