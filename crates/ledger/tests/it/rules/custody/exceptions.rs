//! Receipts with exceptions.

use theriac_ledger::action::{
    DecommissionReason, Purpose, Receive, ReceiveException, ReceiveExceptionReason,
};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::ShipmentId;
use theriac_ledger::record::{PackPlace, Record as _, Shipment, ShipmentState, UnitState};
use theriac_ledger::state::State as _;
use theriac_ledger::state_key::StateKey;
use theriac_ledger::testing::{Actor, packs, sscc};

use super::pallet_on_its_way;
use crate::scene::{Scene, refused};

fn exception(scene: &Scene, ranges: &[(u32, u32)], units: &[u32]) -> ReceiveException {
    let units = units
        .iter()
        .map(|number| sscc("9506000", *number))
        .collect();
    ReceiveException {
        packs: packs(scene.run, ranges),
        units: BoundedList::new(units).unwrap(),
        reason: ReceiveExceptionReason::Short,
    }
}

fn receive_except(shipment: ShipmentId, except: Vec<ReceiveException>) -> Receive {
    Receive {
        shipment,
        except: BoundedList::new(except).unwrap(),
    }
}

#[test]
fn exceptions_at_any_depth_go_to_a_rest_shipment_between_the_same_parties() {
    let mut scene = Scene::new();
    let shipment = pallet_on_its_way(&mut scene);
    let except = vec![exception(&scene, &[(3, 1), (9, 1)], &[])];
    let action = receive_except(shipment, except);
    let id = scene.ledger.act(Actor::Distributor, action).unwrap();
    let rest = ShipmentId::of_rest(&id);
    let key = StateKey::shipment(&rest);
    let record = Shipment::load(&scene.ledger.state.record(&key).unwrap().unwrap()).unwrap();
    let consortium = &scene.ledger.consortium;
    assert_eq!(record.private.from, consortium.account(Actor::Maker));
    assert_eq!(record.private.to, consortium.account(Actor::Distributor));
    assert_eq!(record.private.purpose, Purpose::Supply);
    assert_eq!(record.private.state, ShipmentState::Open);
    assert_eq!(scene.entry(3).private.place, PackPlace::Shipment(rest));
    assert_eq!(scene.entry(9).private.place, PackPlace::Shipment(rest));
    // The sender reports one missing; the other comes a day later after all.
    scene
        .decommission(Actor::Maker, 9, DecommissionReason::Missing)
        .unwrap();
    scene.ledger.receive(Actor::Distributor, rest).unwrap();
    let maker = scene.ledger.consortium.account(Actor::Maker);
    assert_eq!(scene.entry(9).private.place, PackPlace::Account(maker));
    let run = scene.run;
    scene
        .ledger
        .ship(Actor::Distributor, Actor::Pharmacy, run, &[(3, 1)])
        .unwrap();
}

#[test]
fn the_order_of_exceptions_does_not_matter_even_for_a_pack_of_a_unit_that_is_named_too() {
    let mut first = Scene::new();
    let shipment = pallet_on_its_way(&mut first);
    let mut second = first.clone();
    let parts = [
        exception(&first, &[(3, 1)], &[]),
        exception(&first, &[], &[1]),
        exception(&first, &[], &[2]),
    ];
    let forward = receive_except(shipment, parts.to_vec());
    let backward = receive_except(shipment, parts.into_iter().rev().collect());
    let one = ShipmentId::of_rest(&first.ledger.act(Actor::Distributor, forward).unwrap());
    let other = ShipmentId::of_rest(&second.ledger.act(Actor::Distributor, backward).unwrap());
    for (scene, rest) in [(&first, one), (&second, other)] {
        assert_eq!(scene.entry(3).private.place, PackPlace::Shipment(rest));
        assert_eq!(scene.unit_state(1), UnitState::InShipment(rest));
        assert_eq!(scene.unit_state(2), UnitState::InShipment(rest));
    }
}

#[test]
fn an_exception_that_is_not_inside_or_named_twice_refuses_the_receipt() {
    let mut scene = Scene::new();
    let shipment = pallet_on_its_way(&mut scene);
    let cases = [
        (
            vec![exception(&scene, &[(10, 1)], &[])],
            "pack_not_in_shipment",
        ),
        (vec![exception(&scene, &[], &[7])], "unknown_unit"),
        (vec![exception(&scene, &[], &[])], "nothing_named"),
        (
            vec![
                exception(&scene, &[(0, 3)], &[]),
                exception(&scene, &[(2, 1)], &[]),
            ],
            "pack_named_twice",
        ),
        (
            vec![exception(&scene, &[], &[1]), exception(&scene, &[], &[1])],
            "unit_named_twice",
        ),
    ];
    for (except, code) in cases {
        let action = receive_except(shipment, except);
        refused(&mut scene.ledger, Actor::Distributor, action, code);
    }
    let other = pallet_free_unit(&mut scene);
    let action = receive_except(shipment, vec![exception(&scene, &[], &[other])]);
    refused(
        &mut scene.ledger,
        Actor::Distributor,
        action,
        "unit_not_in_shipment",
    );
}

fn pallet_free_unit(scene: &mut Scene) -> u32 {
    let run = scene.run;
    scene
        .ledger
        .pack(Actor::Maker, sscc("9506000", 5), run, &[(20, 1)])
        .unwrap();
    5
}
