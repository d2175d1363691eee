//! Bad input, one named test each: a clear answer, and nothing left behind.

use theriac_crypto::Digest;
use theriac_ledger::action::{
    Action, ActionKind, AnchorDigest, AnchorKind, CommissionRun, Decommission, DecommissionReason,
    Dispense, Pack, Purpose, Ship, Unpack, UnpackContents,
};
use theriac_ledger::constants::{RUN_PACKS_MAX, TRANSACTION_BYTES_MAX};
use theriac_ledger::encoding::{BoundedBytes, BoundedList, DecodeError, decode, encode};
use theriac_ledger::execute::{Execution, Refusal, StatelessRejection, check_stateless};
use theriac_ledger::identifier::{PackKey, RunId};
use theriac_ledger::state::State as _;
use theriac_ledger::testing::{
    Actor, Refused, TestLedger, date, gtin, pack_keys, packs, run_id, sscc,
};
use theriac_ledger::transaction::{SignedTransaction, Transaction};

use crate::scene::{Scene, refused};

mod hand_over;

fn commission(run: RunId, expiry: &str, keys: Vec<PackKey>) -> CommissionRun {
    CommissionRun {
        gtin: run.gtin,
        lot: run.lot,
        number: run.number,
        expiry: date(expiry),
        manufactured: date("2025-12-01"),
        keys: BoundedList::new(keys).unwrap(),
    }
}

fn anchor_digest() -> AnchorDigest {
    AnchorDigest {
        kind: AnchorKind::Document,
        digest: Digest::ZERO,
    }
}

#[test]
fn duplicate_serials_in_one_run_are_refused_by_position() {
    let mut scene = Scene::new();
    let mut keys = pack_keys(&scene.gtin, 1_000, 5);
    keys[4] = keys[1];
    let action = commission(run_id(scene.gtin, "NEW", 0), "2027-12-31", keys);
    let refused = refused(&mut scene.ledger, Actor::Maker, action, "duplicate_serial");
    assert!(refused.to_string().contains("packs 1 and 4"), "{refused}");
}

#[test]
fn duplicate_serials_in_a_lot_are_refused_by_position_and_run() {
    let mut scene = Scene::new();
    let mut keys = pack_keys(&scene.gtin, 1_000, 3);
    keys[2] = pack_keys(&scene.gtin, 7, 1)[0];
    let run = RunId {
        number: 1,
        ..scene.run
    };
    let action = commission(run, "2027-12-31", keys);
    let refused = refused(&mut scene.ledger, Actor::Maker, action, "duplicate_serial");
    let text = refused.to_string();
    assert!(
        text.contains("pack 2") && text.contains("pack 7 of run 0"),
        "{text}"
    );
}

#[test]
fn duplicate_serials_across_lots_of_a_product_are_refused() {
    let mut scene = Scene::new();
    let keys = pack_keys(&scene.gtin, 7, 1);
    let action = commission(run_id(scene.gtin, "OTHER", 0), "2027-12-31", keys);
    let refused = refused(&mut scene.ledger, Actor::Maker, action, "duplicate_serial");
    assert!(refused.to_string().contains("lot L1"), "{refused}");
}

#[test]
fn duplicate_serials_within_one_block_are_refused() {
    let mut scene = Scene::new();
    let keys = pack_keys(&scene.gtin, 1_000, 1);
    let ledger = &mut scene.ledger;
    let first = commission(run_id(scene.gtin, "A", 0), "2027-12-31", keys.clone());
    let second = commission(run_id(scene.gtin, "B", 0), "2027-12-31", keys);
    let chain = ledger.state.chain_id();
    let first = check_stateless(ledger.sign(Actor::Maker, first), &chain).unwrap();
    let second = check_stateless(ledger.sign(Actor::Maker, second), &chain).unwrap();
    let mut execution = Execution::new(&ledger.state, ledger.next_context());
    execution.apply(&first).unwrap();
    match execution.apply(&second) {
        Err(Refusal::Rejected(rejection)) => assert_eq!(rejection.code(), "duplicate_serial"),
        other => panic!("{other:?}"),
    }
    assert_eq!(execution.finish().transactions, [*first.id()]);
}

#[test]
fn the_same_serial_of_another_product_is_another_pack() {
    let mut scene = Scene::new();
    let other = gtin("9506000", 2);
    scene
        .ledger
        .commission(Actor::Maker, other, ("L1", 0), (7, 1));
}

#[test]
fn an_expired_lot_is_neither_commissioned_nor_shipped_nor_dispensed() {
    let mut scene = Scene::new();
    let action = commission(
        run_id(scene.gtin, "OLD", 0),
        "2025-12-31",
        pack_keys(&scene.gtin, 900, 1),
    );
    refused(&mut scene.ledger, Actor::Maker, action, "lot_expired");
    scene
        .ledger
        .hand_over(Actor::Maker, Actor::Pharmacy, scene.run, &[(0, 1)])
        .unwrap();
    scene.skip_to("2027-12-31");
    let last_day = scene.dispense(0);
    scene.ledger.act(Actor::Pharmacy, last_day).unwrap();
    scene
        .ledger
        .hand_over(Actor::Maker, Actor::Pharmacy, scene.run, &[(1, 1)])
        .unwrap();
    scene.skip_to("2028-01-01");
    let too_late = scene.dispense(1);
    refused(&mut scene.ledger, Actor::Pharmacy, too_late, "lot_expired");
    let ship = scene.ship(Actor::Pharmacy, Purpose::Supply, &[(2, 1)]);
    refused(&mut scene.ledger, Actor::Maker, ship, "lot_expired");
    let send_back = scene.ship(Actor::Distributor, Purpose::Return, &[(2, 1)]);
    scene.ledger.act(Actor::Maker, send_back).unwrap();
}

#[test]
fn an_unknown_parent_unit_is_refused() {
    let mut scene = Scene::new();
    let action = Unpack {
        sscc: sscc("9506000", 404),
        contents: UnpackContents::All,
    };
    refused(&mut scene.ledger, Actor::Maker, action, "unknown_unit");
    let action = Pack {
        sscc: sscc("9506000", 1),
        packs: BoundedList::empty(),
        units: BoundedList::new(vec![sscc("9506000", 404)]).unwrap(),
    };
    refused(&mut scene.ledger, Actor::Maker, action, "unknown_unit");
}

#[test]
fn a_unit_that_someone_else_holds_is_refused() {
    let mut scene = Scene::new();
    let unit = sscc("9506000", 1);
    scene
        .ledger
        .pack(Actor::Maker, unit, scene.run, &[(0, 5)])
        .unwrap();
    let action = Unpack {
        sscc: unit,
        contents: UnpackContents::All,
    };
    refused(
        &mut scene.ledger,
        Actor::Distributor,
        action,
        "unit_not_held",
    );
    let action = Ship {
        to: scene.ledger.consortium.account(Actor::Pharmacy),
        purpose: Purpose::Supply,
        packs: BoundedList::empty(),
        units: BoundedList::new(vec![unit]).unwrap(),
    };
    refused(
        &mut scene.ledger,
        Actor::Distributor,
        action,
        "unit_not_held",
    );
}

#[test]
fn a_body_over_the_limit_is_refused_before_it_is_read() {
    let mut scene = Scene::new();
    let too_long = vec![0; TRANSACTION_BYTES_MAX + 1];
    assert!(matches!(
        SignedTransaction::decode(&too_long),
        Err(DecodeError::TooLong { .. })
    ));
    assert!(BoundedBytes::<TRANSACTION_BYTES_MAX>::new(too_long).is_err());
    let body = vec![0; TRANSACTION_BYTES_MAX];
    let signed = sign_action(&mut scene.ledger, ActionKind::AnchorDigest.number(), body);
    refuse_signed(&mut scene.ledger, signed, "transaction_too_long");
    // A length that the bytes do not have allocates nothing.
    let mut lying = scene.ledger.sign(Actor::Maker, anchor_digest()).encode();
    let length_at = 32 + 16 + 8 + 2;
    let length = u32::try_from(TRANSACTION_BYTES_MAX).unwrap();
    lying[length_at..length_at + 4].copy_from_slice(&length.to_le_bytes());
    assert!(SignedTransaction::decode(&lying).is_err());
}

#[test]
fn the_largest_run_fits_a_transaction() {
    let mut scene = Scene::new();
    let count = u32::try_from(RUN_PACKS_MAX).unwrap();
    let mut keys = pack_keys(&scene.gtin, 100_000, count);
    let run = run_id(scene.gtin, "LARGE", 0);
    let action = commission(run, "2027-12-31", keys.clone());
    scene.ledger.act(Actor::Maker, action).unwrap();
    keys.push(PackKey([0; 16]));
    assert!(BoundedList::<PackKey, RUN_PACKS_MAX>::new(keys).is_err());
}

#[test]
fn trailing_bytes_and_missing_bytes_are_refused() {
    let mut scene = Scene::new();
    let action = scene.dispense(0);
    let mut body = encode(&action);
    body.push(0);
    let kind = ActionKind::Dispense.number();
    let signed = sign_action(&mut scene.ledger, kind, body.clone());
    refuse_signed(&mut scene.ledger, signed, "malformed_action");
    body.truncate(body.len() - 2);
    let signed = sign_action(&mut scene.ledger, kind, body);
    refuse_signed(&mut scene.ledger, signed, "malformed_action");
    let mut bytes = scene.ledger.sign(Actor::Maker, anchor_digest()).encode();
    bytes.push(0);
    assert!(SignedTransaction::decode(&bytes).is_err());
}

#[test]
fn bytes_that_are_not_canonical_are_refused() {
    // Packs out of order decode, but name the same thing in a second way.
    let mut scene = Scene::new();
    let mut action = scene.dispense(0);
    action.packs = packs(scene.run, &[(5, 1), (3, 1)]);
    refused(
        &mut scene.ledger,
        Actor::Pharmacy,
        action.clone(),
        "malformed_packs",
    );
    action.packs = packs(scene.run, &[(3, 1), (4, 1)]);
    refused(
        &mut scene.ledger,
        Actor::Pharmacy,
        action.clone(),
        "malformed_packs",
    );
    action.packs = packs(scene.run, &[(3, 0)]);
    refused(
        &mut scene.ledger,
        Actor::Pharmacy,
        action.clone(),
        "malformed_packs",
    );
    action.packs = BoundedList::empty();
    refused(&mut scene.ledger, Actor::Pharmacy, action, "nothing_named");
    // An option that is neither none nor some.
    let mut bytes = scene.ledger.sign(Actor::Maker, anchor_digest()).encode();
    let option_at = bytes.len() - 64 - 1;
    assert_eq!(bytes[option_at], 0);
    bytes[option_at] = 2;
    assert!(SignedTransaction::decode(&bytes).is_err());
    assert!(decode::<bool>(&[2], 1).is_err());
}

#[test]
fn every_reserved_kind_answers_not_enabled_with_its_body_unread() {
    let mut scene = Scene::new();
    let reserved: Vec<&ActionKind> = ActionKind::ALL
        .iter()
        .filter(|kind| is_reserved(kind.number()))
        .collect();
    assert_eq!(reserved.len(), 5);
    for kind in reserved {
        let signed = sign_action(&mut scene.ledger, kind.number(), vec![0xff; 300]);
        let refused = refuse_signed(&mut scene.ledger, signed, "not_enabled");
        assert!(refused.to_string().contains(kind.name()), "{refused}");
    }
    let signed = sign_action(&mut scene.ledger, 999, Vec::new());
    refuse_signed(&mut scene.ledger, signed, "unknown_action");
}

fn is_reserved(number: u16) -> bool {
    [2, 3, 19, 65, 81].contains(&number)
}

#[test]
fn reserved_reasons_of_decommission_are_not_enabled() {
    use DecommissionReason::{CheckedOut, FreeSample, Sample};
    let mut scene = Scene::new();
    for reason in [Sample, FreeSample, CheckedOut] {
        let packs = packs(scene.run, &[(0, 1)]);
        let action = Decommission { packs, reason };
        refused(&mut scene.ledger, Actor::Maker, action, "not_enabled");
    }
}

#[test]
fn a_pack_past_the_end_of_its_run_or_of_an_unknown_run_is_refused() {
    let mut scene = Scene::new();
    let mut action = scene.dispense(0);
    action.packs = packs(scene.run, &[(299, 2)]);
    let refusal = refused(
        &mut scene.ledger,
        Actor::Pharmacy,
        action.clone(),
        "pack_beyond_run",
    );
    assert!(refusal.to_string().contains("pack 300"), "{refusal}");
    action.packs = packs(run_id(scene.gtin, "NONE", 0), &[(0, 1)]);
    refused(&mut scene.ledger, Actor::Pharmacy, action, "unknown_run");
}

#[test]
fn one_bad_pack_refuses_the_whole_action() {
    let mut scene = Scene::new();
    let run = scene.run;
    scene
        .ledger
        .hand_over(Actor::Maker, Actor::Pharmacy, run, &[(0, 10)])
        .unwrap();
    let action = scene.dispense(9);
    scene.ledger.act(Actor::Pharmacy, action).unwrap();
    let action = Dispense {
        packs: packs(run, &[(0, 10)]),
    };
    let refusal = refused(
        &mut scene.ledger,
        Actor::Pharmacy,
        action,
        "already_dispensed",
    );
    assert!(refusal.to_string().contains("pack 9"), "{refusal}");
    let action = Dispense {
        packs: packs(run, &[(0, 9)]),
    };
    scene.ledger.act(Actor::Pharmacy, action).unwrap();
}

fn sign_action(ledger: &mut TestLedger, kind: u16, body: Vec<u8>) -> SignedTransaction {
    let key = ledger.consortium.key(Actor::Maker);
    Transaction {
        signer: key.public_key(),
        salt: [0; 16],
        valid_until: ledger.time.saturating_add(60_000),
        action: Action {
            kind,
            body: BoundedBytes::new(body).unwrap(),
        },
        details: None,
    }
    .sign(&ledger.state.chain_id(), &key)
}

fn refuse_signed(ledger: &mut TestLedger, signed: SignedTransaction, code: &str) -> Refused {
    let before = ledger.state.clone();
    let refused = ledger.submit(signed).unwrap_err();
    assert_eq!(refused.code(), code, "{refused}");
    assert!(before == ledger.state);
    if let Refused::Stateless(rejection) = &refused {
        assert_ne!(StatelessRejection::hint(rejection), "");
    }
    refused
}
