//! Products, lots, runs.

use theriac_crypto::Digest;
use theriac_ledger::action::{CloseLot, CommissionRun, Purpose, RecallClass, RecallLot};
use theriac_ledger::constants::LOT_RUNS_MAX;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::record::{LotRecord, LotState, Product, Record as _, Run};
use theriac_ledger::state::State as _;
use theriac_ledger::state_key::StateKey;
use theriac_ledger::testing::{Actor, date, gtin, pack_keys, product, sscc};

use crate::scene::{Scene, refused};

fn next_run(scene: &Scene, number: u16, serial: u32) -> CommissionRun {
    CommissionRun {
        gtin: scene.gtin,
        lot: scene.run.lot,
        number,
        expiry: date("2027-12-31"),
        manufactured: date("2025-12-01"),
        keys: BoundedList::new(pack_keys(&scene.gtin, serial, 1)).unwrap(),
    }
}

fn recall(scene: &Scene) -> RecallLot {
    RecallLot {
        gtin: scene.gtin,
        lot: scene.run.lot,
        class: RecallClass::One,
        notice: Digest::ZERO,
    }
}

fn lot(scene: &Scene) -> LotRecord {
    let key = StateKey::lot(&scene.gtin, &scene.run.lot);
    LotRecord::load(&scene.ledger.state.record(&key).unwrap().unwrap()).unwrap()
}

#[test]
fn a_product_is_registered_once_by_a_manufacturer_under_its_own_prefix() {
    let mut scene = Scene::new();
    let ledger = &mut scene.ledger;
    let own = product(gtin("9506000", 9));
    refused(ledger, Actor::Distributor, own.clone(), "missing_role");
    refused(ledger, Actor::OtherMaker, own.clone(), "gtin_not_yours");
    ledger.act(Actor::Maker, own.clone()).unwrap();
    refused(
        ledger,
        Actor::Maker,
        own.clone(),
        "product_already_registered",
    );
    let key = StateKey::product(&own.gtin);
    let record = Product::load(&ledger.state.record(&key).unwrap().unwrap()).unwrap();
    assert_eq!(
        record.public.owner,
        ledger.consortium.organisation(Actor::Maker)
    );
}

#[test]
fn a_product_without_doses_or_with_disordered_markets_is_refused() {
    let mut scene = Scene::new();
    let mut action = product(gtin("9506000", 9));
    action.pack_size = 0;
    refused(
        &mut scene.ledger,
        Actor::Maker,
        action.clone(),
        "pack_size_zero",
    );
    action.pack_size = 1;
    action.markets = BoundedList::new(vec![action.markets[0]; 2]).unwrap();
    refused(&mut scene.ledger, Actor::Maker, action, "market_order");
}

#[test]
fn only_the_owner_commissions_and_only_the_next_run_with_the_dates_of_the_lot() {
    let mut scene = Scene::new();
    let run = next_run(&scene, 1, 900);
    refused(
        &mut scene.ledger,
        Actor::OtherMaker,
        run.clone(),
        "not_product_owner",
    );
    refused(
        &mut scene.ledger,
        Actor::Pharmacy,
        run.clone(),
        "missing_role",
    );
    for number in [0, 2] {
        let other = CommissionRun {
            number,
            ..run.clone()
        };
        refused(&mut scene.ledger, Actor::Maker, other, "run_number");
    }
    let other = CommissionRun {
        expiry: date("2027-12-30"),
        ..run.clone()
    };
    refused(&mut scene.ledger, Actor::Maker, other, "lot_dates_differ");
    let other = CommissionRun {
        manufactured: date("2025-12-02"),
        ..run.clone()
    };
    refused(&mut scene.ledger, Actor::Maker, other, "lot_dates_differ");
    let other = CommissionRun {
        manufactured: date("2028-01-01"),
        ..run.clone()
    };
    refused(
        &mut scene.ledger,
        Actor::Maker,
        other,
        "expiry_before_manufacture",
    );
    let other = CommissionRun {
        gtin: gtin("9506000", 8),
        ..run.clone()
    };
    refused(&mut scene.ledger, Actor::Maker, other, "unknown_product");
    let other = CommissionRun {
        keys: BoundedList::empty(),
        ..run.clone()
    };
    refused(&mut scene.ledger, Actor::Maker, other, "run_without_packs");
    scene.ledger.act(Actor::Maker, run.clone()).unwrap();
    assert_eq!(lot(&scene).public.runs, 2);
    let stored = scene
        .ledger
        .state
        .record(&StateKey::run(&run.run()))
        .unwrap();
    let record = Run::load(&stored.unwrap()).unwrap();
    assert_eq!(
        (record.public.count, record.public.commissioned_at),
        (1, scene.ledger.time)
    );
}

#[test]
fn a_lot_has_at_most_sixty_four_runs() {
    let mut scene = Scene::new();
    for number in 1..LOT_RUNS_MAX {
        let run = next_run(&scene, number, 900 + u32::from(number));
        scene.ledger.act(Actor::Maker, run).unwrap();
    }
    let run = next_run(&scene, LOT_RUNS_MAX, 5_000);
    refused(&mut scene.ledger, Actor::Maker, run, "too_many_runs");
}

#[test]
fn a_closed_lot_takes_no_runs_and_closes_once_by_its_maker() {
    let mut scene = Scene::new();
    let (gtin, lot) = (scene.gtin, scene.run.lot);
    let close = CloseLot { gtin, lot };
    refused(&mut scene.ledger, Actor::Regulator, close, "not_lot_maker");
    scene.ledger.act(Actor::Maker, close).unwrap();
    refused(&mut scene.ledger, Actor::Maker, close, "lot_closed");
    let run = next_run(&scene, 1, 900);
    refused(&mut scene.ledger, Actor::Maker, run, "lot_closed");
    let ship = scene.ship(Actor::Pharmacy, Purpose::Supply, &[(0, 1)]);
    scene.ledger.act(Actor::Maker, ship).unwrap();
}

#[test]
fn a_lot_is_recalled_by_its_maker_or_a_regulator_once_and_for_good() {
    let mut scene = Scene::new();
    let action = recall(&scene);
    refused(
        &mut scene.ledger,
        Actor::OtherMaker,
        action,
        "not_lot_maker",
    );
    refused(&mut scene.ledger, Actor::Pharmacy, action, "not_lot_maker");
    scene.ledger.act(Actor::Regulator, action).unwrap();
    assert_eq!(
        lot(&scene).public.state,
        LotState::Recalled {
            class: RecallClass::One,
            since: scene.ledger.time,
            notice: Digest::ZERO
        }
    );
    refused(&mut scene.ledger, Actor::Maker, action, "lot_recalled");
    let (gtin, lot) = (scene.gtin, scene.run.lot);
    refused(
        &mut scene.ledger,
        Actor::Maker,
        CloseLot { gtin, lot },
        "lot_recalled",
    );
    let run = next_run(&scene, 1, 900);
    refused(&mut scene.ledger, Actor::Maker, run, "lot_recalled");
}

#[test]
fn a_recall_blocks_supply_and_dispensing_of_packs_and_units_and_nothing_else() {
    let mut scene = Scene::new();
    let (inner, outer) = (sscc("9506000", 1), sscc("9506000", 2));
    let run = scene.run;
    scene
        .ledger
        .pack(Actor::Maker, inner, run, &[(0, 5)])
        .unwrap();
    let clean = scene
        .ledger
        .commission(Actor::Maker, scene.gtin, ("L2", 0), (5_000, 10));
    scene
        .ledger
        .pack(Actor::Maker, outer, clean, &[(0, 5)])
        .unwrap();
    scene.nest(Actor::Maker, outer, &[inner]).unwrap();
    scene
        .ledger
        .hand_over(Actor::Maker, Actor::Pharmacy, run, &[(10, 2)])
        .unwrap();
    let action = recall(&scene);
    scene.ledger.act(Actor::Maker, action).unwrap();

    let ship = scene.ship(Actor::Pharmacy, Purpose::Supply, &[(20, 1)]);
    refused(&mut scene.ledger, Actor::Maker, ship, "lot_recalled");
    let dispense = scene.dispense(10);
    refused(&mut scene.ledger, Actor::Pharmacy, dispense, "lot_recalled");
    let refusal = scene
        .ledger
        .ship_units(Actor::Maker, Actor::Pharmacy, vec![outer])
        .unwrap_err();
    assert_eq!(refusal.code(), "lot_recalled");
    assert!(refusal.to_string().contains("lot L1"), "{refusal}");
    // Even when the recalled case is out again: the unit has held packs of the lot.
    scene.take_out(Actor::Maker, outer, &[inner]).unwrap();
    let refusal = scene
        .ledger
        .ship_units(Actor::Maker, Actor::Pharmacy, vec![outer])
        .unwrap_err();
    assert_eq!(refusal.code(), "lot_recalled");

    let back = scene.ship(Actor::Maker, Purpose::Return, &[(11, 1)]);
    scene.ledger.act(Actor::Pharmacy, back).unwrap();
    let burn = scene.ship(Actor::Disposal, Purpose::Destruction, &[(10, 1)]);
    scene.ledger.act(Actor::Pharmacy, burn).unwrap();
    scene
        .ledger
        .ship(Actor::Maker, Actor::Pharmacy, clean, &[(9, 1)])
        .unwrap();
}

#[test]
fn a_withdrawal_counts_in_the_country_of_the_account_that_acts() {
    let mut scene = Scene::new();
    let run = scene.run;
    scene
        .ledger
        .hand_over(Actor::Maker, Actor::Pharmacy, run, &[(0, 1)])
        .unwrap();
    scene
        .ledger
        .hand_over(Actor::Maker, Actor::OtherPharmacy, run, &[(1, 1)])
        .unwrap();
    scene.withdraw_in(Actor::Pharmacy.country());
    let dispense = scene.dispense(0);
    refused(
        &mut scene.ledger,
        Actor::Pharmacy,
        dispense,
        "product_withdrawn",
    );
    let dispense = scene.dispense(1);
    scene.ledger.act(Actor::OtherPharmacy, dispense).unwrap();
    let ship = scene.ship(Actor::OtherPharmacy, Purpose::Supply, &[(2, 1)]);
    refused(&mut scene.ledger, Actor::Maker, ship, "product_withdrawn");
}
