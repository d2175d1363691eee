//! Hand-overs that nobody, somebody else or an old message signs: both halves, `Ship` and `Receive`.

use theriac_crypto::Signature;
use theriac_ledger::action::{Purpose, Receive, Ship};
use theriac_ledger::constants::VALIDITY_MS_MAX;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::execute::{BlockContext, Execution, Refusal, check, check_stateless};
use theriac_ledger::identifier::{ChainId, Timestamp};
use theriac_ledger::state::State as _;
use theriac_ledger::testing::{Actor, TestLedger};
use theriac_ledger::transaction::SignedTransaction;

use super::refuse_signed;
use crate::scene::{Scene, refused};

#[test]
fn a_hand_over_signed_by_a_key_of_another_account_is_refused() {
    let mut scene = Scene::new();
    let run = scene.run;
    let shipment = scene
        .ledger
        .ship(Actor::Maker, Actor::Pharmacy, run, &[(0, 1)])
        .unwrap();
    let except = BoundedList::empty();
    let receive = Receive { shipment, except };
    refused(
        &mut scene.ledger,
        Actor::OtherPharmacy,
        receive.clone(),
        "not_addressee",
    );
    // The name of one key over the signature of another.
    let mut signed = scene.ledger.sign(Actor::OtherPharmacy, receive);
    signed.transaction.signer = scene.ledger.consortium.key(Actor::Pharmacy).public_key();
    refuse_signed(&mut scene.ledger, signed, "bad_signature");
}

/// Pack 0, on its way to the pharmacy: the first half of a hand-over.
fn giving(scene: &Scene) -> Ship {
    scene.ship(Actor::Pharmacy, Purpose::Supply, &[(0, 1)])
}

/// The second half of a hand-over: the pharmacy takes what the maker has sent.
fn taking(scene: &mut Scene) -> Receive {
    let run = scene.run;
    let sent = scene
        .ledger
        .ship(Actor::Maker, Actor::Pharmacy, run, &[(0, 1)]);
    Receive {
        shipment: sent.unwrap(),
        except: BoundedList::empty(),
    }
}

#[test]
fn any_active_key_of_the_account_may_sign_and_no_request_key() {
    let mut scene = Scene::new();
    let giving = giving(&scene);
    let ledger = &mut scene.ledger;
    let request = ledger.consortium.request_key(Actor::Maker);
    let signed = ledger.sign_with(&request, giving.clone());
    refuse_signed(ledger, signed, "key_not_active");
    let stranger = theriac_crypto::SigningKey::from_seed(&[42; 32]);
    let signed = ledger.sign_with(&stranger, giving.clone());
    refuse_signed(ledger, signed, "unknown_key");
    let second = ledger.consortium.second_key(Actor::Maker);
    let signed = ledger.sign_with(&second, giving);
    ledger.submit(signed).unwrap();
}

#[test]
fn a_hand_over_that_is_not_signed_is_refused() {
    let mut scene = Scene::new();
    let giving = giving(&scene);
    let given = scene.ledger.sign(Actor::Maker, giving);
    let taking = taking(&mut scene);
    let taken = scene.ledger.sign(Actor::Pharmacy, taking);
    let of_another_hand_over = given.signature;
    for mut signed in [given, taken.clone()] {
        signed.signature = Signature([0; 64]);
        refuse_signed(&mut scene.ledger, signed, "bad_signature");
    }
    let mut signed = taken.clone();
    signed.signature = of_another_hand_over;
    refuse_signed(&mut scene.ledger, signed, "bad_signature");
    scene.ledger.submit(taken).unwrap();
}

#[test]
fn a_replayed_hand_over_is_refused_in_the_same_block_and_in_later_ones() {
    let mut scene = Scene::new();
    let giving = giving(&scene);
    let given = scene.ledger.sign(Actor::Maker, giving);
    refuse_replay(&mut scene.clone(), given);
    let taking = taking(&mut scene);
    let taken = scene.ledger.sign(Actor::Pharmacy, taking);
    refuse_replay(&mut scene, taken);
}

fn refuse_replay(scene: &mut Scene, signed: SignedTransaction) {
    let ledger = &mut scene.ledger;
    let checked = check_stateless(signed.clone(), &ledger.state.chain_id()).unwrap();
    let mut execution = Execution::new(&ledger.state, ledger.next_context());
    execution.apply(&checked).unwrap();
    match execution.apply(&checked) {
        Err(Refusal::Rejected(rejection)) => assert_eq!(rejection.code(), "already_included"),
        other => panic!("{other:?}"),
    }
    ledger.submit(signed.clone()).unwrap();
    refuse_signed(ledger, signed.clone(), "already_included");
    ledger.wait_ms(VALIDITY_MS_MAX);
    refuse_signed(ledger, signed, "transaction_expired");
}

#[test]
fn a_hand_over_is_valid_before_valid_until_and_at_most_ten_minutes_ahead() {
    let mut scene = Scene::new();
    let giving = giving(&scene);
    let given = scene.ledger.sign(Actor::Maker, giving);
    check_validity(&scene.ledger, given);
    let taking = taking(&mut scene);
    let taken = scene.ledger.sign(Actor::Pharmacy, taking);
    check_validity(&scene.ledger, taken.clone());
    scene.ledger.wait_ms(VALIDITY_MS_MAX);
    refuse_signed(&mut scene.ledger, taken, "transaction_expired");
}

fn check_validity(ledger: &TestLedger, signed: SignedTransaction) {
    let until = signed.transaction.valid_until.0;
    let checked = check_stateless(signed, &ledger.state.chain_id()).unwrap();
    let code_at = |time: u64| {
        let time = Timestamp(time);
        match check(&ledger.state, BlockContext { height: 9, time }, &checked) {
            Ok(()) => "accepted",
            Err(Refusal::Rejected(rejection)) => rejection.code(),
            Err(Refusal::Unavailable(_)) => "unavailable",
        }
    };
    assert_eq!(code_at(until + 1), "transaction_expired");
    assert_eq!(code_at(until), "transaction_expired");
    assert_eq!(code_at(until - 1), "accepted");
    assert_eq!(code_at(until - VALIDITY_MS_MAX), "accepted");
    assert_eq!(code_at(until - VALIDITY_MS_MAX - 1), "valid_until_too_far");
}

#[test]
fn a_hand_over_for_another_chain_is_refused() {
    let mut scene = Scene::new();
    let giving = giving(&scene);
    let given = scene.ledger.sign(Actor::Maker, giving);
    let taking = taking(&mut scene);
    let taken = scene.ledger.sign(Actor::Pharmacy, taking);
    let other = ChainId(theriac_crypto::digest("genesis", b"another"));
    for signed in [given, taken.clone()] {
        let rejection = check_stateless(signed, &other).unwrap_err();
        assert_eq!(rejection.code(), "bad_signature");
        assert!(rejection.to_string().contains("this chain"));
    }
    // Signed by the right key, for a chain that is not this one.
    let key = scene.ledger.consortium.key(Actor::Pharmacy);
    let foreign = taken.transaction.sign(&other, &key);
    refuse_signed(&mut scene.ledger, foreign, "bad_signature");
}
