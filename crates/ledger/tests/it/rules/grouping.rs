//! Pack and Unpack.

use theriac_ledger::action::{DecommissionReason, Pack, Unpack, UnpackContents};
use theriac_ledger::constants::UNIT_LOTS_MAX;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::record::{HandlingUnit, PackPlace, Record as _, UnitState};
use theriac_ledger::state::State as _;
use theriac_ledger::state_key::StateKey;
use theriac_ledger::testing::{Actor, packs, sscc};

use crate::scene::{Scene, refused};

fn unit_record(scene: &Scene, number: u32) -> HandlingUnit {
    let key = StateKey::unit(&sscc("9506000", number));
    HandlingUnit::load(&scene.ledger.state.record(&key).unwrap().unwrap()).unwrap()
}

#[test]
fn the_first_pack_of_an_sscc_needs_the_prefix_and_later_ones_do_not() {
    let mut scene = Scene::new();
    let (run, unit) = (scene.run, sscc("9506000", 1));
    let foreign = Pack {
        sscc: sscc("9506001", 1),
        packs: packs(run, &[(0, 1)]),
        units: BoundedList::empty(),
    };
    refused(&mut scene.ledger, Actor::Maker, foreign, "sscc_not_yours");
    scene
        .ledger
        .pack(Actor::Maker, unit, run, &[(0, 5)])
        .unwrap();
    scene
        .ledger
        .hand_over(Actor::Maker, Actor::Distributor, run, &[(5, 1)])
        .unwrap();
    let shipment = scene
        .ledger
        .ship_units(Actor::Maker, Actor::Distributor, vec![unit])
        .unwrap();
    scene.ledger.receive(Actor::Distributor, shipment).unwrap();
    scene
        .ledger
        .pack(Actor::Distributor, unit, run, &[(5, 1)])
        .unwrap();
    // Adding moves nothing: the unit still names the shipment that brought it.
    let state = unit_record(&scene, 1).private.state;
    assert_eq!(state, UnitState::InShipment(shipment));
}

#[test]
fn an_sscc_is_never_used_twice() {
    let mut scene = Scene::new();
    let (run, unit) = (scene.run, sscc("9506000", 1));
    scene
        .ledger
        .pack(Actor::Maker, unit, run, &[(0, 5)])
        .unwrap();
    let all = Unpack {
        sscc: unit,
        contents: UnpackContents::All,
    };
    scene.ledger.act(Actor::Maker, all.clone()).unwrap();
    refused(&mut scene.ledger, Actor::Maker, all, "unit_resolved");
    let refusal = scene
        .ledger
        .pack(Actor::Maker, unit, run, &[(9, 1)])
        .unwrap_err();
    assert_eq!(refusal.code(), "unit_resolved");
    let refusal = scene
        .ledger
        .ship_units(Actor::Maker, Actor::Pharmacy, vec![unit])
        .unwrap_err();
    assert_eq!(refusal.code(), "unit_resolved");
    // What was in it is in hand, although no entry was written.
    assert_eq!(scene.entry(0).private.place, PackPlace::Unit(unit));
    scene
        .ledger
        .pack(Actor::Maker, sscc("9506000", 2), run, &[(0, 5)])
        .unwrap();
}

#[test]
fn nothing_goes_into_itself_and_nothing_is_not_packed() {
    let mut scene = Scene::new();
    let unit = sscc("9506000", 1);
    let itself = Pack {
        sscc: unit,
        packs: BoundedList::empty(),
        units: BoundedList::new(vec![unit]).unwrap(),
    };
    refused(&mut scene.ledger, Actor::Maker, itself, "unit_in_itself");
    let nothing = Pack {
        sscc: unit,
        packs: BoundedList::empty(),
        units: BoundedList::empty(),
    };
    refused(&mut scene.ledger, Actor::Maker, nothing, "nothing_named");
}

#[test]
fn units_nest_five_deep_and_no_deeper() {
    let mut scene = Scene::new();
    let run = scene.run;
    scene
        .ledger
        .pack(Actor::Maker, sscc("9506000", 1), run, &[(0, 1)])
        .unwrap();
    for level in 2..=5 {
        let inner = sscc("9506000", level - 1);
        scene
            .nest(Actor::Maker, sscc("9506000", level), &[inner])
            .unwrap();
        assert_eq!(u32::from(unit_record(&scene, level).private.nesting), level);
    }
    let refusal = scene
        .nest(Actor::Maker, sscc("9506000", 6), &[sscc("9506000", 5)])
        .unwrap_err();
    assert_eq!(refusal.code(), "unit_too_deep");
    // A unit inside another is not packed into, so nothing deepens from below.
    let refusal = scene
        .ledger
        .pack(Actor::Maker, sscc("9506000", 1), run, &[(9, 1)])
        .unwrap_err();
    assert_eq!(refusal.code(), "unit_inside_unit");
}

#[test]
fn a_unit_remembers_at_most_two_hundred_and_fifty_six_lots() {
    let mut scene = Scene::new();
    let unit = sscc("9506000", 1);
    let run = scene.run;
    scene
        .ledger
        .pack(Actor::Maker, unit, run, &[(0, 1)])
        .unwrap();
    for number in 1..=UNIT_LOTS_MAX {
        let serial = 10_000 + u32::try_from(number).unwrap();
        let lot = format!("M{number}");
        let run = scene
            .ledger
            .commission(Actor::Maker, scene.gtin, (&lot, 0), (serial, 1));
        let outcome = scene.ledger.pack(Actor::Maker, unit, run, &[(0, 1)]);
        if number < UNIT_LOTS_MAX {
            outcome.unwrap();
        } else {
            assert_eq!(outcome.unwrap_err().code(), "unit_too_many_lots");
        }
    }
    let lots = unit_record(&scene, 1).private.lots;
    assert_eq!(lots.len(), UNIT_LOTS_MAX);
    assert!(lots.windows(2).all(|pair| pair[0] < pair[1]));
}

#[test]
fn what_is_unpacked_must_be_directly_inside() {
    let mut scene = Scene::new();
    let run = scene.run;
    let (inner, outer) = (sscc("9506000", 1), sscc("9506000", 2));
    scene
        .ledger
        .pack(Actor::Maker, inner, run, &[(0, 5)])
        .unwrap();
    scene.nest(Actor::Maker, outer, &[inner]).unwrap();
    let some = |sscc, ranges: &[(u32, u32)], units| Unpack {
        sscc,
        contents: UnpackContents::Some {
            packs: packs(run, ranges),
            units: BoundedList::new(units).unwrap(),
        },
    };
    let action = some(outer, &[(0, 1)], vec![]);
    refused(&mut scene.ledger, Actor::Maker, action, "pack_not_in_unit");
    let action = some(inner, &[(0, 1)], vec![]);
    refused(&mut scene.ledger, Actor::Maker, action, "unit_inside_unit");
    let action = some(outer, &[], vec![inner]);
    scene.ledger.act(Actor::Maker, action.clone()).unwrap();
    refused(&mut scene.ledger, Actor::Maker, action, "unit_not_in_unit");
    let action = some(inner, &[(0, 2)], vec![]);
    scene.ledger.act(Actor::Maker, action).unwrap();
    let maker = scene.ledger.consortium.account(Actor::Maker);
    assert_eq!(scene.entry(1).private.place, PackPlace::Account(maker));
    assert_eq!(scene.entry(2).private.place, PackPlace::Unit(inner));
}

#[test]
fn packs_that_nobody_has_in_hand_are_not_packed() {
    use DecommissionReason::{Damaged, Destroyed, Exported, Missing, Stolen};
    let mut scene = Scene::new();
    let run = scene.run;
    let unit = sscc("9506000", 1);
    for (position, reason, code) in [
        (0, Destroyed, "pack_destroyed"),
        (1, Exported, "pack_exported"),
        (2, Stolen, "pack_stolen"),
        (3, Missing, "pack_missing"),
    ] {
        scene.decommission(Actor::Maker, position, reason).unwrap();
        let refusal = scene
            .ledger
            .pack(Actor::Maker, unit, run, &[(position, 1)])
            .unwrap_err();
        assert_eq!(refusal.code(), code);
    }
    scene.decommission(Actor::Maker, 4, Damaged).unwrap();
    scene
        .ledger
        .pack(Actor::Maker, unit, run, &[(4, 1)])
        .unwrap();
}
