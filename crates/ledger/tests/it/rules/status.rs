//! Dispense, Reactivate, Lock, Unlock, Decommission.

use theriac_ledger::action::{DecommissionReason, Purpose, ReactivateReason};
use theriac_ledger::constants::UNDO_MS_MAX;
use theriac_ledger::record::{PackPlace, PackStatus};
use theriac_ledger::testing::{Actor, sscc};

use crate::scene::{Scene, refused};

fn with_pharmacy() -> Scene {
    let mut scene = Scene::new();
    let run = scene.run;
    scene
        .ledger
        .hand_over(Actor::Maker, Actor::Pharmacy, run, &[(0, 20)])
        .unwrap();
    scene
}

#[test]
fn a_pack_is_dispensed_once() {
    let mut scene = with_pharmacy();
    let dispense = scene.dispense(0);
    refused(
        &mut scene.ledger,
        Actor::Maker,
        dispense.clone(),
        "missing_role",
    );
    scene.ledger.act(Actor::Pharmacy, dispense.clone()).unwrap();
    let refusal = refused(
        &mut scene.ledger,
        Actor::Pharmacy,
        dispense,
        "already_dispensed",
    );
    assert!(
        refusal.to_string().contains("pack 0 of run 0 of lot L1"),
        "{refusal}"
    );
}

#[test]
fn a_dispensing_is_undone_by_the_same_account_within_ten_days() {
    let mut scene = with_pharmacy();
    let dispense = scene.dispense(0);
    scene.ledger.act(Actor::Pharmacy, dispense.clone()).unwrap();
    let since = scene.entry(0).public.since;
    let undo = scene.reactivate(0, ReactivateReason::NotDispensed);
    refused(
        &mut scene.ledger,
        Actor::OtherPharmacy,
        undo.clone(),
        "reported_by_other_account",
    );
    let wrong = scene.reactivate(0, ReactivateReason::Found);
    refused(
        &mut scene.ledger,
        Actor::Pharmacy,
        wrong,
        "reactivate_reason",
    );
    scene.ledger.time = since.saturating_add(UNDO_MS_MAX - 999);
    refused(
        &mut scene.ledger,
        Actor::Pharmacy,
        undo.clone(),
        "undo_too_late",
    );
    scene.ledger.time = since.saturating_add(UNDO_MS_MAX - 1_000);
    scene.ledger.act(Actor::Pharmacy, undo).unwrap();
    assert_eq!(scene.entry(0).public.status, PackStatus::Active);
    scene.ledger.act(Actor::Pharmacy, dispense).unwrap();
}

#[test]
fn a_dispensing_is_not_undone_when_the_lot_is_recalled_or_expired_or_the_product_withdrawn() {
    let mut scene = with_pharmacy();
    scene.skip_to("2027-12-28");
    let dispense = scene.dispense(0);
    scene.ledger.act(Actor::Pharmacy, dispense).unwrap();
    let undo = scene.reactivate(0, ReactivateReason::NotDispensed);
    let mut recalled = scene.clone();
    recalled.recall();
    refused(
        &mut recalled.ledger,
        Actor::Pharmacy,
        undo.clone(),
        "lot_recalled",
    );
    let mut withdrawn = scene.clone();
    withdrawn.withdraw_in(Actor::Pharmacy.country());
    refused(
        &mut withdrawn.ledger,
        Actor::Pharmacy,
        undo.clone(),
        "product_withdrawn",
    );
    scene.skip_to("2028-01-01");
    refused(&mut scene.ledger, Actor::Pharmacy, undo, "lot_expired");
}

#[test]
fn undoing_does_not_fetch_back_a_pack_that_was_sent_to_be_destroyed() {
    let mut scene = with_pharmacy();
    let dispense = scene.dispense(0);
    scene.ledger.act(Actor::Pharmacy, dispense).unwrap();
    let ship = scene.ship(Actor::Disposal, Purpose::Destruction, &[(0, 1)]);
    let id = scene.ledger.act(Actor::Pharmacy, ship).unwrap();
    let undo = scene.reactivate(0, ReactivateReason::NotDispensed);
    refused(
        &mut scene.ledger,
        Actor::Pharmacy,
        undo.clone(),
        "pack_in_open_shipment",
    );
    let shipment = theriac_ledger::identifier::ShipmentId::of_ship(&id);
    scene.ledger.receive(Actor::Disposal, shipment).unwrap();
    refused(&mut scene.ledger, Actor::Pharmacy, undo, "pack_not_held");
}

#[test]
fn a_missing_pack_is_found_by_whoever_reported_it_without_limit_of_time() {
    let mut scene = with_pharmacy();
    scene
        .decommission(Actor::Pharmacy, 0, DecommissionReason::Missing)
        .unwrap();
    scene.recall();
    scene.skip_to("2030-01-01");
    let found = scene.reactivate(0, ReactivateReason::Found);
    refused(
        &mut scene.ledger,
        Actor::Maker,
        found.clone(),
        "reported_by_other_account",
    );
    scene.ledger.act(Actor::Pharmacy, found).unwrap();
    assert_eq!(scene.entry(0).public.status, PackStatus::Active);
}

#[test]
fn a_lock_is_ended_by_whoever_set_it_or_a_regulator() {
    let mut scene = with_pharmacy();
    scene.lock(Actor::Pharmacy, 0).unwrap();
    let code = "reported_by_other_account";
    assert_eq!(scene.unlock(Actor::Maker, 0).unwrap_err().code(), code);
    scene.unlock(Actor::Pharmacy, 0).unwrap();
    scene.lock(Actor::Regulator, 0).unwrap();
    assert_eq!(scene.unlock(Actor::Pharmacy, 0).unwrap_err().code(), code);
    scene.unlock(Actor::Regulator, 0).unwrap();
    scene.lock(Actor::Pharmacy, 0).unwrap();
    scene.unlock(Actor::Regulator, 0).unwrap();
    assert_eq!(
        scene.unlock(Actor::Regulator, 0).unwrap_err().code(),
        "pack_active"
    );
}

#[test]
fn dispensing_and_decommissioning_take_a_pack_out_of_its_unit_and_locking_does_not() {
    let mut scene = with_pharmacy();
    let (run, unit) = (scene.run, sscc("9506003", 1));
    scene
        .ledger
        .pack(Actor::Pharmacy, unit, run, &[(0, 10)])
        .unwrap();
    scene.lock(Actor::Pharmacy, 0).unwrap();
    let dispense = scene.dispense(1);
    scene.ledger.act(Actor::Pharmacy, dispense).unwrap();
    scene
        .decommission(Actor::Pharmacy, 2, DecommissionReason::Damaged)
        .unwrap();
    let pharmacy = scene.ledger.consortium.account(Actor::Pharmacy);
    assert_eq!(scene.entry(0).private.place, PackPlace::Unit(unit));
    assert_eq!(scene.entry(1).private.place, PackPlace::Account(pharmacy));
    assert_eq!(scene.entry(2).private.place, PackPlace::Account(pharmacy));
    assert_eq!(scene.entry(3).private.place, PackPlace::Unit(unit));
}

#[test]
fn statuses_change_as_listed_and_in_no_other_way() {
    use DecommissionReason::{Damaged, Destroyed, Exported, Missing, Stolen};
    let reasons = [Destroyed, Exported, Stolen, Missing, Damaged];
    for from in reasons {
        for to in reasons {
            let mut scene = with_pharmacy();
            scene.decommission(Actor::Pharmacy, 0, from).unwrap();
            let outcome = scene.decommission(Actor::Pharmacy, 0, to);
            let listed = to == Destroyed && [Stolen, Missing, Damaged].contains(&from);
            assert_eq!(outcome.is_ok(), listed, "{from:?} to {to:?}");
            assert!(scene.lock(Actor::Pharmacy, 0).is_err() || listed);
        }
        let mut locked = with_pharmacy();
        locked.lock(Actor::Pharmacy, 0).unwrap();
        locked.decommission(Actor::Pharmacy, 0, from).unwrap();
        let mut dispensed = with_pharmacy();
        let dispense = dispensed.dispense(0);
        dispensed.ledger.act(Actor::Pharmacy, dispense).unwrap();
        let outcome = dispensed.decommission(Actor::Pharmacy, 0, from);
        assert_eq!(outcome.unwrap_err().code(), "already_dispensed");
    }
}

#[test]
fn since_and_by_change_with_status_only_and_neighbours_stay_untouched() {
    let mut scene = Scene::new();
    let run = scene.run;
    let before = scene.entry(1);
    scene
        .ledger
        .hand_over(Actor::Maker, Actor::Pharmacy, run, &[(0, 1)])
        .unwrap();
    let moved = scene.entry(0);
    assert_eq!(
        (moved.public, moved.private.by),
        (before.public, before.private.by)
    );
    assert_ne!(moved.private.history, before.private.history);
    assert_eq!(scene.entry(1), before);
    let dispense = scene.dispense(0);
    scene.ledger.act(Actor::Pharmacy, dispense).unwrap();
    let changed = scene.entry(0);
    assert_eq!(changed.public.since, scene.ledger.time);
    assert_eq!(
        changed.private.by,
        scene.ledger.consortium.account(Actor::Pharmacy)
    );
    assert_eq!(scene.entry(1), before);
}
