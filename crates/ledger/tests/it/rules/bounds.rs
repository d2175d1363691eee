//! Bounds of one action and of one block.

use theriac_gs1::Sscc;
use theriac_ledger::action::{
    ActionBody, CommissionRun, Lock, LockReason, Pack, Purpose, Receive, ReceiveException,
    ReceiveExceptionReason, Unlock,
};
use theriac_ledger::constants::{ACTION_RANGES_MAX, ACTION_UNITS_MAX, CHUNK_PACKS, RUN_PACKS_MAX};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::execute::{Execution, Refusal, check_stateless};
use theriac_ledger::identifier::{ShipmentId, TransactionId};
use theriac_ledger::pack_set::{PackRange, PackSet, PackSetError, check_pack_sets};
use theriac_ledger::state::State as _;
use theriac_ledger::testing::{Actor, date, pack_keys, packs, run_id, sscc};

use crate::scene::{Scene, refused};

fn bound(bound: usize) -> u32 {
    u32::try_from(bound).unwrap()
}

fn set(number: u16, ranges: Vec<(u32, u32)>) -> PackSet {
    let run = run_id(theriac_ledger::testing::gtin("9506000", 1), "L1", number);
    let ranges = ranges
        .into_iter()
        .map(|(first, count)| PackRange { first, count })
        .collect();
    PackSet {
        run,
        ranges: BoundedList::new(ranges).unwrap(),
    }
}

#[test]
fn ranges_and_chunks_of_one_action_are_bounded_over_all_its_runs() {
    let half: Vec<(u32, u32)> = (0..bound(ACTION_RANGES_MAX) / 2)
        .map(|n| (n * 2, 1))
        .collect();
    let full = [set(0, half.clone()), set(1, half.clone())];
    check_pack_sets(&full).unwrap();
    let over = [set(0, half.clone()), set(1, half), set(2, vec![(0, 1)])];
    assert_eq!(check_pack_sets(&over), Err(PackSetError::TooManyRanges));

    let whole = u32::try_from(RUN_PACKS_MAX).unwrap();
    let full: Vec<PackSet> = (0..4).map(|number| set(number, vec![(0, whole)])).collect();
    check_pack_sets(&full).unwrap();
    let mut over = full;
    over.push(set(4, vec![(0, 1)]));
    assert_eq!(check_pack_sets(&over), Err(PackSetError::TooManyChunks));
    // Two ranges in one chunk touch it once.
    check_pack_sets(&[set(0, vec![(0, 1), (5, 1), (CHUNK_PACKS - 1, 2)])]).unwrap();
    let past = [set(0, vec![(whole - 1, 2)])];
    assert!(matches!(
        check_pack_sets(&past),
        Err(PackSetError::Range { .. })
    ));
    let wrapping = [set(0, vec![(u32::MAX, 2)])];
    assert!(matches!(
        check_pack_sets(&wrapping),
        Err(PackSetError::Range { .. })
    ));
}

#[test]
fn units_of_one_action_are_bounded_ascending_and_unique() {
    let many: Vec<Sscc> = (0..=bound(ACTION_UNITS_MAX))
        .map(|n| sscc("9506000", n))
        .collect();
    assert!(BoundedList::<Sscc, ACTION_UNITS_MAX>::new(many).is_err());
    let mut scene = Scene::new();
    for units in [vec![2, 1], vec![1, 1]] {
        let units = units.into_iter().map(|n| sscc("9506000", n)).collect();
        let action = Pack {
            sscc: sscc("9506000", 9),
            packs: BoundedList::empty(),
            units: BoundedList::new(units).unwrap(),
        };
        refused(&mut scene.ledger, Actor::Maker, action, "unit_order");
    }
}

#[test]
fn the_work_of_a_block_is_bounded_and_what_has_no_room_may_stand_in_the_next() {
    let mut scene = Scene::new();
    let whole = u32::try_from(RUN_PACKS_MAX).unwrap();
    let runs: Vec<_> = (1..3)
        .map(|number| {
            let lot = ("L1", number);
            let serials = (u32::from(number) * 100_000, whole);
            scene
                .ledger
                .commission(Actor::Maker, scene.gtin, lot, serials)
        })
        .collect();
    let ledger = &mut scene.ledger;
    let chain = ledger.state.chain_id();
    let context = ledger.next_context();
    let mut transactions = Vec::new();
    for round in 0..20u32 {
        let run = runs[round as usize % 2];
        let ranges: Vec<(u32, u32)> = (0..256).map(|n| (n * CHUNK_PACKS + round, 1)).collect();
        let packs = packs(run, &ranges);
        let reason = LockReason::Order;
        let signed = ledger.sign(Actor::Regulator, Lock { packs, reason });
        transactions.push(check_stateless(signed, &chain).unwrap());
    }
    let mut execution = Execution::new(&ledger.state, context);
    let mut accepted = 0;
    for transaction in &transactions {
        match execution.apply(transaction) {
            Ok(()) => accepted += 1,
            Err(Refusal::Rejected(rejection)) => {
                assert_eq!(rejection.code(), "block_full");
                assert!(rejection.is_block_full());
                break;
            }
            Err(other) => panic!("{other}"),
        }
    }
    // One for the transaction, one for the run, 256 for the chunks.
    let work_max = u64::from(ledger.parameters().block_work_max);
    assert_eq!(accepted, usize::try_from(work_max / 258).unwrap());
    assert_eq!(execution.len(), accepted);
    let changeset = execution.finish();
    assert!(changeset.work <= work_max);
    ledger.state.apply(changeset);
    let mut next = Execution::new(&ledger.state, context);
    next.apply(&transactions[accepted]).unwrap();
}

#[test]
fn a_pallet_of_ten_thousand_packs_ships_as_cheaply_as_one_of_ten() {
    let mut scene = Scene::new();
    let (gtin, large, small) = (scene.gtin, sscc("9506000", 1), sscc("9506000", 2));
    let run = scene
        .ledger
        .commission(Actor::Maker, gtin, ("BIG", 0), (50_000, 10_010));
    scene
        .ledger
        .pack(Actor::Maker, large, run, &[(0, 10_000)])
        .unwrap();
    scene
        .ledger
        .pack(Actor::Maker, small, run, &[(10_000, 10)])
        .unwrap();
    let mut costs = Vec::new();
    for unit in [large, small] {
        let mut ship = scene.ship(
            Actor::Distributor,
            theriac_ledger::action::Purpose::Supply,
            &[],
        );
        ship.units = BoundedList::new(vec![unit]).unwrap();
        let signed = scene.ledger.sign(Actor::Maker, ship);
        let checked = check_stateless(signed, &scene.ledger.state.chain_id()).unwrap();
        let mut execution = Execution::new(&scene.ledger.state, scene.ledger.next_context());
        execution.apply(&checked).unwrap();
        let changeset = execution.finish();
        costs.push((changeset.work, changeset.writes.len()));
    }
    assert_eq!(costs[0], costs[1]);
    assert_eq!(costs[0].1, 2, "the unit and the shipment");
}

/// The work of an action as the only one of a block, which is then committed.
fn work_of(scene: &mut Scene, actor: Actor, action: impl Into<ActionBody>) -> (u64, TransactionId) {
    let ledger = &mut scene.ledger;
    let signed = ledger.sign(actor, action);
    let checked = check_stateless(signed, &ledger.state.chain_id()).unwrap();
    let mut execution = Execution::new(&ledger.state, ledger.next_context());
    execution.apply(&checked).unwrap();
    let changeset = execution.finish();
    let work = changeset.work;
    ledger.state.apply(changeset);
    (work, *checked.id())
}

#[test]
fn work_counts_what_is_looked_up_and_not_what_is_new_by_itself() {
    let mut scene = Scene::new();
    let (gtin, run, case) = (scene.gtin, scene.run, sscc("9506000", 1));
    let commission = |number, lot: &str| CommissionRun {
        gtin,
        lot: run_id(gtin, lot, number).lot,
        number,
        expiry: date("2027-12-31"),
        manufactured: date("2025-12-01"),
        keys: BoundedList::new(pack_keys(&gtin, 1_000 * (u32::from(number) + 1), 300)).unwrap(),
    };
    // One, the product, the lot; the run is new by itself, and a lot costs the same when it is new.
    assert_eq!(work_of(&mut scene, Actor::Maker, commission(1, "L1")).0, 3);
    assert_eq!(work_of(&mut scene, Actor::Maker, commission(0, "L2")).0, 3);

    // One, the unit that is not there yet, the run, two chunks.
    let pack = Pack {
        sscc: case,
        packs: packs(run, &[(100, 100)]),
        units: BoundedList::empty(),
    };
    assert_eq!(work_of(&mut scene, Actor::Maker, pack).0, 5);

    // One, the run, its lot and product, a chunk, the unit, whose lot is the same.
    let mut ship = scene.ship(Actor::Distributor, Purpose::Supply, &[(0, 10)]);
    ship.units = BoundedList::new(vec![case]).unwrap();
    let (work, id) = work_of(&mut scene, Actor::Maker, ship);
    assert_eq!(work, 6);

    // One, the shipment, the run, two chunks, the unit that a pack leaves; no rest shipment.
    let exception = ReceiveException {
        packs: packs(run, &[(5, 1), (150, 1)]),
        units: BoundedList::empty(),
        reason: ReceiveExceptionReason::Short,
    };
    let receive = Receive {
        shipment: ShipmentId::of_ship(&id),
        except: BoundedList::new(vec![exception]).unwrap(),
    };
    assert_eq!(work_of(&mut scene, Actor::Distributor, receive).0, 6);
}

#[test]
fn unlocking_looks_up_the_way_up_of_each_pack_as_locking_does_unless_a_regulator_asks() {
    let mut scene = Scene::new();
    let (run, case, pallet) = (scene.run, sscc("9506000", 1), sscc("9506000", 2));
    let ledger = &mut scene.ledger;
    ledger.pack(Actor::Maker, case, run, &[(0, 2)]).unwrap();
    scene.nest(Actor::Maker, pallet, &[case]).unwrap();
    scene
        .ledger
        .ship_units(Actor::Maker, Actor::Distributor, vec![pallet])
        .unwrap();
    // One, the run, a chunk; then the case, the pallet and the shipment, once for both packs.
    for (actor, work) in [(Actor::Maker, 6), (Actor::Regulator, 3)] {
        let (packs, reason) = (packs(run, &[(0, 2)]), LockReason::Order);
        let lock = Lock {
            packs: packs.clone(),
            reason,
        };
        assert_eq!(work_of(&mut scene, actor, lock).0, work);
        assert_eq!(work_of(&mut scene, actor, Unlock { packs }).0, work);
    }
}
