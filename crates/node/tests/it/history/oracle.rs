//! Histories against an oracle: after every transaction of a random life of packs, the records
//! themselves say what each pack is in. What belongs to its history is then a matter of looking:
//! whatever writes the pack, or something that it is in just before or just after.

use std::collections::{BTreeMap, BTreeSet};

use theriac_gs1::Sscc;
use theriac_ledger::action::{
    ActionBody, CancelShipment, Decommission, DecommissionReason, Dispense, Lock, LockReason, Pack,
    Purpose, Reactivate, ReactivateReason, Receive, ReceiveException, ReceiveExceptionReason,
    Reject, RejectReason, Ship, Unlock, Unpack, UnpackContents,
};
use theriac_ledger::custody::of_place;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::execute::{BlockContext, check, check_stateless};
use theriac_ledger::identifier::{Height, ShipmentId};
use theriac_ledger::pack_set::PackSets;
use theriac_ledger::record::{
    Chunk, HandlingUnit, PackPlace, Record as _, Shipment, ShipmentState, UnitState,
};
use theriac_ledger::state::State as _;
use theriac_ledger::state_key::StateKey;
use theriac_ledger::testing::{Actor, commission_run, packs, product, sscc};
use theriac_ledger::transaction::SignedTransaction;
use theriac_node::store::View;
use theriac_proof::history::HistoryVerdict;

use super::story::run;
use super::{bundle, checked, heights};
use crate::fixture::{Node, World, medicine};

const PACKS: u32 = 8;
/// Units tried at a time; later ones take their place, because none is used twice.
const UNITS: u32 = 4;
const ATTEMPTS: u32 = 1_500;
const ACTORS: [Actor; 3] = [Actor::Maker, Actor::Distributor, Actor::Pharmacy];

/// Numbers from a seed, leaning towards what can be done with one pack.
struct Dice {
    state: u64,
    /// The first of the units that are tried.
    first_unit: u32,
    /// The pack.
    pack: u32,
    /// The units that it is in.
    near: Vec<Sscc>,
}

impl Dice {
    fn new(seed: u64) -> Self {
        Self {
            state: seed,
            first_unit: 0,
            pack: 0,
            near: Vec::new(),
        }
    }

    fn below(&mut self, bound: u32) -> u32 {
        // Knuth's MMIX generator; the upper bits are the good ones.
        self.state = self
            .state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.state >> 33).unwrap() % bound
    }

    fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        let count = u32::try_from(items.len()).unwrap();
        items[usize::try_from(self.below(count)).unwrap()]
    }

    fn some(&mut self) -> PackSets {
        if self.below(3) > 0 {
            return packs(run(), &[(self.pack, 1)]);
        }
        let first = self.below(PACKS);
        let count = 1 + self.below((PACKS - first).min(3));
        packs(run(), &[(first, count)])
    }

    fn some_or_none(&mut self) -> PackSets {
        match self.below(3) {
            0 => self.some(),
            _ => BoundedList::empty(),
        }
    }

    fn unit(&mut self) -> Sscc {
        let near = self.near.clone();
        if !near.is_empty() && self.below(3) > 0 {
            return self.pick(&near);
        }
        let prefix = self.pick(&["9506000", "9506002", "9506003"]);
        sscc(prefix, self.first_unit + self.below(UNITS))
    }

    fn units(&mut self) -> Vec<Sscc> {
        let count = self.below(3);
        let units: BTreeSet<Sscc> = (0..count).map(|_| self.unit()).collect();
        units.into_iter().collect()
    }
}

/// What each pack is in, by the records of a height.
type Inside = BTreeMap<u32, BTreeSet<StateKey>>;

struct Life<'w> {
    world: &'w mut World,
    node: Node,
    dice: Dice,
    shipments: Vec<ShipmentId>,
    /// Heights in each pack's history.
    expected: BTreeMap<u32, Vec<Height>>,
}

impl Life<'_> {
    fn begin(world: &mut World, seed: u64) -> Life<'_> {
        let node = Node::new(world);
        let now = node.chain.parent().time;
        for body in [
            ActionBody::from(product(medicine())),
            ActionBody::from(commission_run(run(), 0, PACKS)),
        ] {
            let signed = world.sign(Actor::Maker, body, now);
            node.advance(world, vec![signed]);
        }
        let height = node.chain.parent().height;
        Life {
            world,
            node,
            dice: Dice::new(seed),
            shipments: Vec::new(),
            expected: (0..PACKS).map(|pack| (pack, vec![height])).collect(),
        }
    }

    /// One attempt: most are against the rules.
    fn attempt(&mut self) -> bool {
        let actor = self.lean();
        let body = self.body();
        let parent = self.node.chain.parent();
        let signed = self.world.sign(actor, body, parent.time);
        let context = BlockContext {
            height: parent.height + 1,
            time: parent.time.saturating_add(1_000),
        };
        let view = self.node.store.view();
        let Ok(alone) = check_stateless(signed.clone(), &self.world.chain_id()) else {
            return false;
        };
        if check(&*view, context, &alone).is_err() {
            return false;
        }
        let before = inside(&view);
        self.node.advance(self.world, vec![signed.clone()]);
        self.observe(&signed, &view, &before);
        self.dice.first_unit = u32::try_from(context.height / 16).unwrap();
        true
    }

    /// Chooses a pack, and mostly an actor that can do something with it.
    fn lean(&mut self) -> Actor {
        let view = self.node.store.view();
        let dice = &mut self.dice;
        dice.pack = dice.below(PACKS);
        let mut place = entry(&view, dice.pack).0;
        let custody = of_place(&*view, place).unwrap();
        dice.near.clear();
        while let PackPlace::Unit(sscc) = place {
            dice.near.push(sscc);
            let record = view.record(&StateKey::unit(&sscc)).unwrap().unwrap();
            place = above(&HandlingUnit::load(&record).unwrap());
        }
        let account = match custody.addressee() {
            Some(addressee) if dice.below(3) > 0 => addressee,
            _ => custody.holder,
        };
        let mut actors = ACTORS.into_iter();
        let known = actors.find(|actor| self.world.consortium.account(*actor) == account);
        known.unwrap_or(Actor::Maker)
    }

    fn observe(&mut self, signed: &SignedTransaction, was: &View, before: &Inside) {
        let is = self.node.store.view();
        let after = inside(&is);
        let height = is.parent().height;
        for (pack, heights) in &mut self.expected {
            let around = before[pack].union(&after[pack]);
            let mut written =
                around.filter(|key| was.record(key).unwrap() != is.record(key).unwrap());
            if entry(was, *pack) != entry(&is, *pack) || written.next().is_some() {
                heights.push(height);
            }
        }
        let id = signed.transaction.id(&self.world.chain_id());
        for shipment in [ShipmentId::of_ship(&id), ShipmentId::of_rest(&id)] {
            if is.record(&StateKey::shipment(&shipment)).unwrap().is_some() {
                self.shipments.push(shipment);
            }
        }
    }

    fn body(&mut self) -> ActionBody {
        let dice = &mut self.dice;
        match dice.below(14) {
            0 | 1 => Pack {
                sscc: dice.unit(),
                packs: dice.some(),
                units: BoundedList::empty(),
            }
            .into(),
            2 => Pack {
                sscc: dice.unit(),
                packs: dice.some_or_none(),
                units: dice.units().try_into().unwrap(),
            }
            .into(),
            3 => Unpack {
                sscc: dice.unit(),
                contents: UnpackContents::All,
            }
            .into(),
            4 => Unpack {
                sscc: dice.unit(),
                contents: UnpackContents::Some {
                    packs: dice.some_or_none(),
                    units: dice.units().try_into().unwrap(),
                },
            }
            .into(),
            5..=7 => self.ship(),
            8..=10 => self.end_of_shipment(),
            _ => self.status(),
        }
    }

    fn ship(&mut self) -> ActionBody {
        let dice = &mut self.dice;
        Ship {
            to: self.world.consortium.account(dice.pick(&ACTORS)),
            purpose: dice.pick(&[Purpose::Supply, Purpose::Return]),
            packs: dice.some_or_none(),
            units: dice.units().try_into().unwrap(),
        }
        .into()
    }

    fn end_of_shipment(&mut self) -> ActionBody {
        let Some(shipment) = self.open_shipment() else {
            return self.ship();
        };
        let dice = &mut self.dice;
        match dice.below(6) {
            0 => CancelShipment { shipment }.into(),
            1 => Reject {
                shipment,
                reason: RejectReason::Other,
            }
            .into(),
            2..=3 => Receive {
                shipment,
                except: BoundedList::empty(),
            }
            .into(),
            _ => Receive {
                shipment,
                except: vec![ReceiveException {
                    packs: dice.some_or_none(),
                    units: dice.units().try_into().unwrap(),
                    reason: ReceiveExceptionReason::Short,
                }]
                .try_into()
                .unwrap(),
            }
            .into(),
        }
    }

    fn open_shipment(&mut self) -> Option<ShipmentId> {
        let view = self.node.store.view();
        let open: Vec<ShipmentId> = self
            .shipments
            .iter()
            .copied()
            .filter(|id| {
                let record = view.record(&StateKey::shipment(id)).unwrap().unwrap();
                Shipment::load(&record).unwrap().private.state == ShipmentState::Open
            })
            .collect();
        (!open.is_empty()).then(|| self.dice.pick(&open))
    }

    fn status(&mut self) -> ActionBody {
        let packs = self.dice.some();
        match self.dice.below(6) {
            0 => Dispense { packs }.into(),
            1 => Reactivate {
                packs,
                reason: self
                    .dice
                    .pick(&[ReactivateReason::NotDispensed, ReactivateReason::Found]),
            }
            .into(),
            2 | 3 => Lock {
                packs,
                reason: LockReason::Quality,
            }
            .into(),
            4 => Unlock { packs }.into(),
            _ => Decommission {
                packs,
                reason: DecommissionReason::Missing,
            }
            .into(),
        }
    }
}

/// Follows the names of each pack's place upwards, through what is resolved as well.
fn inside(view: &View) -> Inside {
    (0..PACKS)
        .map(|pack| {
            let mut within = BTreeSet::new();
            let mut place = entry(view, pack).0;
            while let Some(key) = key_of(place) {
                within.insert(key);
                let record = view.record(&key).unwrap().unwrap();
                place = match place {
                    PackPlace::Unit(_) => above(&HandlingUnit::load(&record).unwrap()),
                    PackPlace::Shipment(_) | PackPlace::Account(_) => break,
                };
            }
            (pack, within)
        })
        .collect()
}

fn key_of(place: PackPlace) -> Option<StateKey> {
    match place {
        PackPlace::Account(_) => None,
        PackPlace::Unit(sscc) => Some(StateKey::unit(&sscc)),
        PackPlace::Shipment(id) => Some(StateKey::shipment(&id)),
    }
}

fn above(unit: &HandlingUnit) -> PackPlace {
    match unit.private.state {
        UnitState::Held(account) | UnitState::Resolved(account) => PackPlace::Account(account),
        UnitState::Inside(parent) => PackPlace::Unit(parent),
        UnitState::InShipment(id) => PackPlace::Shipment(id),
    }
}

/// Place and history of a pack.
fn entry(view: &View, pack: u32) -> (PackPlace, theriac_ledger::record::History) {
    let chunk = view.record(&StateKey::chunk(&run(), 0)).unwrap();
    let entry = if let Some(record) = chunk {
        *Chunk::load(&record, 0).unwrap().entry(pack).unwrap()
    } else {
        let record = view.record(&StateKey::run(&run())).unwrap().unwrap();
        let run = theriac_ledger::record::Run::load(&record).unwrap();
        theriac_ledger::record::PackEntry::untouched(&run)
    };
    (entry.private.place, entry.private.history)
}

#[test]
fn the_histories_of_random_lives_are_what_the_records_of_every_height_say() {
    let (mut done, mut events, mut deepest) = (0, 0, 0);
    for seed in 1..=4 {
        let mut world = World::new();
        let mut life = Life::begin(&mut world, seed);
        for _ in 0..ATTEMPTS {
            done += u32::from(life.attempt());
        }
        for (pack, expected) in &life.expected {
            let bundle = bundle(&life.node, *pack);
            let checked = checked(life.world, &bundle);
            assert_eq!(
                (&checked.failed, &checked.verdict),
                (&None, &HistoryVerdict::Complete),
                "pack {pack}, seed {seed}"
            );
            assert_eq!(heights(&checked), *expected, "pack {pack}, seed {seed}");
            events += expected.len();
            deepest = deepest.max(bundle.units.len() + bundle.shipments.len());
        }
    }
    println!("{done} transactions, {events} events; one pack was in {deepest} units and shipments");
    assert!(done > 200 && deepest > 8, "{done} {deepest}");
}
