//! Hand-overs: `Ship`, `Receive`, `Reject`, `CancelShipment`.

use theriac_ledger::action::{
    CancelShipment, DecommissionReason, Purpose, Receive, Reject, RejectReason, Unpack,
    UnpackContents,
};
use theriac_ledger::custody::{Hold, of_place};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::ShipmentId;
use theriac_ledger::record::{PackPlace, PackStatus};
use theriac_ledger::testing::{Actor, sscc};

use crate::scene::{Scene, refused};

mod exceptions;

fn reject(shipment: ShipmentId) -> Reject {
    Reject {
        shipment,
        reason: RejectReason::NotArrived,
    }
}

fn receive(shipment: ShipmentId) -> Receive {
    Receive {
        shipment,
        except: BoundedList::empty(),
    }
}

/// Case 1 with packs 0 to 4 on pallet 2, which is sent with pack 9.
fn pallet_on_its_way(scene: &mut Scene) -> ShipmentId {
    let run = scene.run;
    scene
        .ledger
        .pack(Actor::Maker, sscc("9506000", 1), run, &[(0, 5)])
        .unwrap();
    scene
        .nest(Actor::Maker, sscc("9506000", 2), &[sscc("9506000", 1)])
        .unwrap();
    let mut ship = scene.ship(Actor::Distributor, Purpose::Supply, &[(9, 1)]);
    ship.units = BoundedList::new(vec![sscc("9506000", 2)]).unwrap();
    ShipmentId::of_ship(&scene.ledger.act(Actor::Maker, ship).unwrap())
}

#[test]
fn custody_passes_when_the_addressee_signs_and_not_before() {
    let mut scene = Scene::new();
    let run = scene.run;
    let ledger = &mut scene.ledger;
    let shipment = ledger
        .ship(Actor::Maker, Actor::Distributor, run, &[(0, 9)])
        .unwrap();
    let refusal = ledger
        .ship(Actor::Distributor, Actor::Pharmacy, run, &[(0, 9)])
        .unwrap_err();
    assert_eq!(refusal.code(), "pack_not_held");
    let refusal = ledger
        .ship(Actor::Maker, Actor::Pharmacy, run, &[(0, 9)])
        .unwrap_err();
    assert_eq!(refusal.code(), "pack_in_open_shipment");
    refused(ledger, Actor::Pharmacy, receive(shipment), "not_addressee");
    ledger.receive(Actor::Distributor, shipment).unwrap();
    ledger
        .ship(Actor::Distributor, Actor::Pharmacy, run, &[(0, 9)])
        .unwrap();
}

#[test]
fn a_shipment_ends_once() {
    let mut scene = Scene::new();
    let run = scene.run;
    let ledger = &mut scene.ledger;
    let shipment = ledger
        .ship(Actor::Maker, Actor::Distributor, run, &[(0, 9)])
        .unwrap();
    ledger.receive(Actor::Distributor, shipment).unwrap();
    refused(
        ledger,
        Actor::Distributor,
        receive(shipment),
        "shipment_resolved",
    );
    refused(
        ledger,
        Actor::Distributor,
        reject(shipment),
        "shipment_resolved",
    );
    refused(
        ledger,
        Actor::Maker,
        CancelShipment { shipment },
        "shipment_resolved",
    );
    let nowhere = ShipmentId(theriac_crypto::Digest::ZERO);
    refused(
        ledger,
        Actor::Distributor,
        receive(nowhere),
        "unknown_shipment",
    );
}

#[test]
fn a_rejected_or_cancelled_shipment_is_the_senders_again() {
    let mut scene = Scene::new();
    let run = scene.run;
    let ledger = &mut scene.ledger;
    let shipment = ledger
        .ship(Actor::Maker, Actor::Distributor, run, &[(0, 9)])
        .unwrap();
    refused(ledger, Actor::Maker, reject(shipment), "not_addressee");
    refused(
        ledger,
        Actor::Distributor,
        CancelShipment { shipment },
        "not_sender",
    );
    ledger.act(Actor::Distributor, reject(shipment)).unwrap();
    let shipment = ledger
        .ship(Actor::Maker, Actor::Distributor, run, &[(0, 9)])
        .unwrap();
    ledger
        .act(Actor::Maker, CancelShipment { shipment })
        .unwrap();
    ledger
        .ship(Actor::Maker, Actor::Distributor, run, &[(0, 9)])
        .unwrap();
}

#[test]
fn addressees_need_the_role_for_the_purpose() {
    let mut scene = Scene::new();
    for (to, purpose, code) in [
        (Actor::Regulator, Purpose::Supply, "addressee_role"),
        (Actor::Regulator, Purpose::Return, "addressee_role"),
        (Actor::Pharmacy, Purpose::Destruction, "addressee_role"),
        (Actor::Maker, Purpose::Supply, "ship_to_self"),
    ] {
        let ship = scene.ship(to, purpose, &[(0, 1)]);
        refused(&mut scene.ledger, Actor::Maker, ship, code);
    }
    let mut ship = scene.ship(Actor::Pharmacy, Purpose::Supply, &[(0, 1)]);
    ship.to = theriac_ledger::identifier::AccountId(theriac_crypto::Digest::ZERO);
    refused(&mut scene.ledger, Actor::Maker, ship, "unknown_addressee");
    scene.suspend(Actor::Pharmacy);
    let ship = scene.ship(Actor::Pharmacy, Purpose::Supply, &[(0, 1)]);
    refused(&mut scene.ledger, Actor::Maker, ship, "addressee_inactive");
    scene.close(Actor::OtherPharmacy);
    let ship = scene.ship(Actor::OtherPharmacy, Purpose::Supply, &[(0, 1)]);
    refused(&mut scene.ledger, Actor::Maker, ship, "addressee_inactive");
}

#[test]
fn each_purpose_takes_packs_of_its_statuses() {
    use DecommissionReason::{Damaged, Destroyed, Exported, Missing, Stolen};
    use Purpose::{Destruction, Return, Supply};
    let mut scene = Scene::new();
    let run = scene.run;
    scene
        .ledger
        .hand_over(Actor::Maker, Actor::Pharmacy, run, &[(0, 20)])
        .unwrap();
    let dispense = scene.dispense(1);
    scene.ledger.act(Actor::Pharmacy, dispense).unwrap();
    scene.lock(Actor::Pharmacy, 2).unwrap();
    for (position, reason) in [
        (3, Destroyed),
        (4, Exported),
        (5, Stolen),
        (6, Missing),
        (7, Damaged),
    ] {
        scene
            .decommission(Actor::Pharmacy, position, reason)
            .unwrap();
    }
    let allowed = [
        (Supply, Actor::Distributor, vec![0]),
        (Return, Actor::Distributor, vec![0, 2, 7]),
        (Destruction, Actor::Disposal, vec![0, 1, 2, 7]),
    ];
    for (purpose, to, positions) in allowed {
        for position in 0..8 {
            let mut trial = scene.ledger.clone();
            let ship = scene.ship(to, purpose, &[(position, 1)]);
            let outcome = trial.act(Actor::Pharmacy, ship);
            assert_eq!(
                outcome.is_ok(),
                positions.contains(&position),
                "{purpose:?} {position}"
            );
        }
    }
}

#[test]
fn a_lock_travels_with_its_pack_inside_a_unit() {
    let mut scene = Scene::new();
    let (run, unit) = (scene.run, sscc("9506000", 1));
    scene
        .ledger
        .pack(Actor::Maker, unit, run, &[(0, 5)])
        .unwrap();
    scene.lock(Actor::Maker, 2).unwrap();
    let shipment = scene
        .ledger
        .ship_units(Actor::Maker, Actor::Pharmacy, vec![unit])
        .unwrap();
    scene.ledger.receive(Actor::Pharmacy, shipment).unwrap();
    let dispense = scene.dispense(2);
    refused(&mut scene.ledger, Actor::Pharmacy, dispense, "pack_locked");
    scene.unlock(Actor::Maker, 2).unwrap();
    let dispense = scene.dispense(2);
    scene.ledger.act(Actor::Pharmacy, dispense).unwrap();
}

#[test]
fn in_an_open_shipment_the_sender_may_only_lock_unlock_decommission_and_cancel() {
    let mut scene = Scene::new();
    let shipment = pallet_on_its_way(&mut scene);
    scene.lock(Actor::Maker, 0).unwrap();
    scene.unlock(Actor::Maker, 0).unwrap();
    assert_eq!(
        scene.lock(Actor::Distributor, 0).unwrap_err().code(),
        "pack_not_held"
    );
    scene
        .decommission(Actor::Maker, 1, DecommissionReason::Damaged)
        .unwrap();
    let outcome = scene.decommission(Actor::Distributor, 2, DecommissionReason::Damaged);
    assert_eq!(outcome.unwrap_err().code(), "pack_not_held");
    let refusal = scene.take_out(Actor::Maker, sscc("9506000", 2), &[sscc("9506000", 1)]);
    assert_eq!(refusal.unwrap_err().code(), "unit_in_open_shipment");
    scene
        .ledger
        .act(Actor::Maker, CancelShipment { shipment })
        .unwrap();
}

#[test]
fn in_an_open_shipment_the_addressee_does_not_end_the_lock_that_it_set_before() {
    let mut scene = Scene::new();
    let (run, unit) = (scene.run, sscc("9506002", 1));
    scene
        .ledger
        .hand_over(Actor::Maker, Actor::Distributor, run, &[(0, 2)])
        .unwrap();
    // The lock travels with the pack to the pharmacy, which sends the case back.
    let ledger = &mut scene.ledger;
    ledger
        .pack(Actor::Distributor, unit, run, &[(0, 2)])
        .unwrap();
    scene.lock(Actor::Distributor, 0).unwrap();
    scene.lock(Actor::Distributor, 1).unwrap();
    let ledger = &mut scene.ledger;
    let there = ledger
        .ship_units(Actor::Distributor, Actor::Pharmacy, vec![unit])
        .unwrap();
    ledger.receive(Actor::Pharmacy, there).unwrap();
    let back = ledger
        .ship_units(Actor::Pharmacy, Actor::Distributor, vec![unit])
        .unwrap();
    let refused = scene.unlock(Actor::Distributor, 0).unwrap_err();
    assert_eq!(refused.code(), "pack_in_open_shipment");
    // A regulator may, wherever the pack is; the addressee may once it is the holder again.
    scene.unlock(Actor::Regulator, 0).unwrap();
    scene.ledger.receive(Actor::Distributor, back).unwrap();
    scene.unlock(Actor::Distributor, 1).unwrap();
}

#[test]
fn whoever_locked_a_pack_unlocks_it_after_it_has_moved_on_but_not_on_the_road_of_others() {
    let mut scene = Scene::new();
    let (run, unit) = (scene.run, sscc("9506000", 1));
    let ledger = &mut scene.ledger;
    ledger.pack(Actor::Maker, unit, run, &[(0, 2)]).unwrap();
    scene.lock(Actor::Maker, 0).unwrap();
    scene.lock(Actor::Maker, 1).unwrap();
    let ledger = &mut scene.ledger;
    let first = ledger
        .ship_units(Actor::Maker, Actor::Distributor, vec![unit])
        .unwrap();
    ledger.receive(Actor::Distributor, first).unwrap();
    scene.unlock(Actor::Maker, 0).unwrap();
    let second = scene
        .ledger
        .ship_units(Actor::Distributor, Actor::Pharmacy, vec![unit])
        .unwrap();
    let refused = scene.unlock(Actor::Maker, 1).unwrap_err();
    assert_eq!(refused.code(), "pack_in_open_shipment");
    scene.ledger.receive(Actor::Pharmacy, second).unwrap();
    scene.unlock(Actor::Maker, 1).unwrap();
}

#[test]
fn a_pharmacy_dispenses_from_an_open_shipment_to_it_and_that_is_receipt_of_that_pack() {
    let mut scene = Scene::new();
    let (run, unit) = (scene.run, sscc("9506000", 1));
    scene
        .ledger
        .pack(Actor::Maker, unit, run, &[(0, 5)])
        .unwrap();
    let shipment = scene
        .ledger
        .ship_units(Actor::Maker, Actor::Pharmacy, vec![unit])
        .unwrap();
    let dispense = scene.dispense(2);
    refused(
        &mut scene.ledger,
        Actor::OtherPharmacy,
        dispense.clone(),
        "pack_not_held",
    );
    scene.ledger.act(Actor::Pharmacy, dispense).unwrap();
    let entry = scene.entry(2);
    let pharmacy = scene.ledger.consortium.account(Actor::Pharmacy);
    assert_eq!(entry.public.status, PackStatus::Dispensed);
    assert_eq!(entry.private.place, PackPlace::Account(pharmacy));
    scene
        .ledger
        .act(Actor::Maker, CancelShipment { shipment })
        .unwrap();
    let refusal = scene
        .ledger
        .ship(Actor::Maker, Actor::Pharmacy, run, &[(2, 1)]);
    assert_eq!(refusal.unwrap_err().code(), "pack_not_held");
}

#[test]
fn a_suspended_organisation_may_only_wind_down() {
    let mut scene = Scene::new();
    let run = scene.run;
    let unit = sscc("9506000", 1);
    scene
        .ledger
        .pack(Actor::Maker, unit, run, &[(0, 5)])
        .unwrap();
    let out = scene
        .ledger
        .ship(Actor::Maker, Actor::Distributor, run, &[(9, 1)])
        .unwrap();
    scene
        .ledger
        .hand_over(Actor::Maker, Actor::Distributor, run, &[(8, 1)])
        .unwrap();
    let back = scene.ship(Actor::Maker, Purpose::Return, &[(8, 1)]);
    let back = ShipmentId::of_ship(&scene.ledger.act(Actor::Distributor, back).unwrap());
    scene.suspend(Actor::Maker);
    let ledger = &mut scene.ledger;
    let code = "organisation_suspended";
    refused(ledger, Actor::Maker, receive(back), code);
    ledger.act(Actor::Maker, reject(back)).unwrap();
    ledger
        .act(Actor::Maker, CancelShipment { shipment: out })
        .unwrap();
    let refusal = ledger
        .pack(Actor::Maker, unit, run, &[(20, 1)])
        .unwrap_err();
    assert_eq!(refusal.code(), code);
    let contents = UnpackContents::All;
    let unpack = Unpack {
        sscc: unit,
        contents,
    };
    ledger.act(Actor::Maker, unpack).unwrap();
    let maker = ledger.consortium.account(Actor::Maker);
    let custody = of_place(&scene.ledger.state, scene.entry(1).private.place).unwrap();
    assert_eq!((custody.holder, custody.hold), (maker, Hold::Direct));
    let ship = scene.ship(Actor::Distributor, Purpose::Supply, &[(20, 1)]);
    refused(&mut scene.ledger, Actor::Maker, ship, code);
    let ship = scene.ship(Actor::Disposal, Purpose::Destruction, &[(20, 1)]);
    scene.ledger.act(Actor::Maker, ship).unwrap();
    scene.lock(Actor::Maker, 0).unwrap();
    assert_eq!(scene.unlock(Actor::Maker, 0).unwrap_err().code(), code);
    scene
        .decommission(Actor::Maker, 0, DecommissionReason::Destroyed)
        .unwrap();
}

#[test]
fn committed_state_says_who_holds_a_pack_and_how() {
    let mut scene = Scene::new();
    let (case, pallet) = (sscc("9506000", 1), sscc("9506000", 2));
    let maker = scene.ledger.consortium.account(Actor::Maker);
    let distributor = scene.ledger.consortium.account(Actor::Distributor);
    let custody = |scene: &Scene| {
        let place = scene.entry(0).private.place;
        of_place(&scene.ledger.state, place).unwrap()
    };

    let in_hand = custody(&scene);
    assert_eq!((in_hand.holder, in_hand.hold), (maker, Hold::Direct));

    let run = scene.run;
    scene
        .ledger
        .pack(Actor::Maker, case, run, &[(0, 10)])
        .unwrap();
    scene.nest(Actor::Maker, pallet, &[case]).unwrap();
    let packed = custody(&scene);
    assert_eq!((packed.holder, packed.hold), (maker, Hold::InUnit));

    let shipment = scene
        .ledger
        .ship_units(Actor::Maker, Actor::Distributor, vec![pallet])
        .unwrap();
    let on_its_way = custody(&scene);
    assert_eq!(on_its_way.holder, maker);
    assert_eq!(on_its_way.addressee(), Some(distributor));
    assert!(on_its_way.is_in_unit());

    scene.ledger.receive(Actor::Distributor, shipment).unwrap();
    let received = custody(&scene);
    assert_eq!(
        (received.holder, received.hold),
        (distributor, Hold::InUnit)
    );
    assert_eq!(received.addressee(), None);
}
