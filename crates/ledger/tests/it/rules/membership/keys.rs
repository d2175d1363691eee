//! Keys: registered, rotated, retired, revoked.

use theriac_crypto::PublicKey;
use theriac_ledger::change::{Change, KeyRevocation, KeyRotation, NewKey};
use theriac_ledger::execute::find_key;
use theriac_ledger::identifier::Timestamp;
use theriac_ledger::record::KeyPurpose;
use theriac_ledger::testing::membership::{named_key, new_key};
use theriac_ledger::testing::{Actor, TestLedger, gtin, product};

use super::{authority, code, key_record};

const BOTH: [KeyPurpose; 2] = [KeyPurpose::Custody, KeyPurpose::Request];

fn fresh(ledger: &TestLedger, actor: Actor, purposes: &[KeyPurpose]) -> NewKey {
    let account = ledger.consortium.account(actor);
    new_key(&ledger.chain_id(), &named_key("fresh"), account, purposes)
}

#[test]
fn an_account_registers_a_key_of_its_own_without_anybodys_approval() {
    let mut ledger = TestLedger::new(1);
    let change = Change::RegisterKey(fresh(&ledger, Actor::Maker, &BOTH));
    let own = ledger.consortium.key(Actor::Maker);
    let id = ledger.propose(&own, &change).unwrap();
    let approval = ledger.approve(&authority(&ledger, 0), id);
    assert_eq!(code(approval), "needs_no_approval");
    ledger.enact(&own, id, &change).unwrap();
    let signed = ledger.sign_with(&named_key("fresh"), product(gtin("9506000", 1)));
    ledger.submit(signed).unwrap();
}

#[test]
fn a_key_is_registered_once() {
    let mut ledger = TestLedger::new(1);
    let change = Change::RegisterKey(fresh(&ledger, Actor::Maker, &BOTH));
    let own = ledger.consortium.key(Actor::Maker);
    let (first, second) = (
        ledger.propose(&own, &change).unwrap(),
        ledger.propose(&own, &change).unwrap(),
    );
    ledger.enact(&own, first, &change).unwrap();
    assert_eq!(code(ledger.enact(&own, second, &change)), "key_registered");
    assert_eq!(code(ledger.propose(&own, &change)), "key_registered");
    // Not even once it has ended.
    let key = named_key("fresh").public_key();
    let retired = Change::RetireKey { key };
    let id = ledger.propose(&own, &retired).unwrap();
    ledger.enact(&own, id, &retired).unwrap();
    assert_eq!(code(ledger.propose(&own, &change)), "key_registered");
}

#[test]
fn a_key_of_small_order_is_refused() {
    let mut ledger = TestLedger::new(1);
    let mut weak = fresh(&ledger, Actor::Maker, &BOTH);
    let mut identity = [0; 32];
    identity[0] = 1;
    weak.key = PublicKey(identity);
    let own = ledger.consortium.key(Actor::Maker);
    let outcome = ledger.propose(&own, &Change::RegisterKey(weak));
    assert_eq!(code(outcome), "weak_key");
}

#[test]
fn a_key_that_nobody_has_proven_to_hold_is_refused() {
    let mut ledger = TestLedger::new(1);
    let own = ledger.consortium.key(Actor::Maker);
    // The proof is for another account, or for other purposes.
    let mut stolen = fresh(&ledger, Actor::Distributor, &BOTH);
    stolen.account = ledger.consortium.account(Actor::Maker);
    let outcome = ledger.propose(&own, &Change::RegisterKey(stolen));
    assert_eq!(code(outcome), "possession_not_proven");
    let mut wider = fresh(&ledger, Actor::Maker, &[KeyPurpose::Request]);
    wider.purposes = fresh(&ledger, Actor::Maker, &BOTH).purposes;
    let outcome = ledger.propose(&own, &Change::RegisterKey(wider));
    assert_eq!(code(outcome), "possession_not_proven");
}

#[test]
fn a_key_for_another_account_is_refused() {
    let mut ledger = TestLedger::new(1);
    let change = Change::RegisterKey(fresh(&ledger, Actor::Maker, &BOTH));
    let other = ledger.consortium.key(Actor::Distributor);
    assert_eq!(
        code(ledger.propose(&other, &change)),
        "key_of_other_account"
    );
    let key = ledger.consortium.key(Actor::Maker).public_key();
    let outcome = ledger.propose(&other, &Change::RetireKey { key });
    assert_eq!(code(outcome), "key_of_other_account");
}

#[test]
fn the_authorities_register_a_key_for_an_account_that_has_lost_all_its_own() {
    let mut ledger = TestLedger::new(1);
    let change = Change::RegisterKey(fresh(&ledger, Actor::Maker, &BOTH));
    ledger.decide(&change).unwrap();
    assert!(
        find_key(&ledger.state, &named_key("fresh").public_key())
            .unwrap()
            .is_some()
    );
}

#[test]
fn a_rotated_key_ends_as_the_new_one_begins() {
    let mut ledger = TestLedger::new(1);
    let old = ledger.consortium.key(Actor::Maker);
    let change = Change::RotateKey(KeyRotation {
        old: old.public_key(),
        new: fresh(&ledger, Actor::Maker, &BOTH),
    });
    let id = ledger.propose(&old, &change).unwrap();
    ledger.enact(&old, id, &change).unwrap();
    let item = product(gtin("9506000", 1));
    let late = ledger.sign_with(&old, item.clone());
    assert_eq!(code(ledger.submit(late)), "key_not_active");
    let signed = ledger.sign_with(&named_key("fresh"), item);
    ledger.submit(signed).unwrap();
}

#[test]
fn a_new_key_is_for_the_purposes_of_the_old_one() {
    let mut ledger = TestLedger::new(1);
    let old = ledger.consortium.key(Actor::Maker);
    let rotation = |new| {
        Change::RotateKey(KeyRotation {
            old: old.public_key(),
            new,
        })
    };
    let narrower = rotation(fresh(&ledger, Actor::Maker, &[KeyPurpose::Custody]));
    assert_eq!(code(ledger.propose(&old, &narrower)), "key_differs");
    let elsewhere = rotation(fresh(&ledger, Actor::Distributor, &BOTH));
    assert_eq!(code(ledger.propose(&old, &elsewhere)), "key_differs");
}

#[test]
fn a_revoked_key_is_refused_from_the_next_transaction_on() {
    let mut ledger = TestLedger::new(1);
    let thief = ledger.consortium.key(Actor::Maker);
    let item = product(gtin("9506000", 1));
    let change = |compromised_since| {
        Change::RevokeKey(KeyRevocation {
            key: thief.public_key(),
            compromised_since,
        })
    };
    let future = change(ledger.time.saturating_add(3_600_000));
    assert_eq!(code(ledger.decide(&future)), "compromised_in_future");
    let since = ledger.time;
    ledger.decide(&change(since)).unwrap();
    let late = ledger.sign_with(&thief, item);
    assert_eq!(code(ledger.submit(late)), "key_not_active");
    let record = key_record(&ledger, &thief);
    assert_eq!(record.public.compromised_since, Some(since));
    assert_eq!(record.public.retired_at, Some(ledger.time));
    assert_eq!(code(ledger.decide(&change(since))), "key_ended");
    // What is learned later may reach further back.
    ledger.decide(&change(Timestamp(since.0 - 1))).unwrap();
    let record = key_record(&ledger, &thief);
    assert_eq!(
        record.public.compromised_since,
        Some(Timestamp(since.0 - 1))
    );
}

#[test]
fn a_key_to_vote_with_is_neither_registered_nor_rotated_nor_revoked_alone() {
    let mut ledger = TestLedger::new(1);
    let first = authority(&ledger, 0);
    let votes = fresh(&ledger, Actor::Maker, &[KeyPurpose::Vote]);
    let outcome = ledger.propose(&first, &Change::RegisterKey(votes));
    assert_eq!(code(outcome), "key_purposes");
    let key = ledger.voters()[1];
    let outcome = ledger.propose(&first, &Change::RetireKey { key });
    assert_eq!(code(outcome), "key_votes");
}

#[test]
fn a_stolen_key_registers_no_key_that_recovers_and_ends_none() {
    let mut ledger = TestLedger::new(1);
    let thief = ledger.consortium.key(Actor::Maker);
    let recovery = fresh(&ledger, Actor::Maker, &[KeyPurpose::Recovery]);
    let outcome = ledger.propose(&thief, &Change::RegisterKey(recovery));
    assert_eq!(code(outcome), "not_an_authority");
    let key = ledger.consortium.recovery_key(Actor::Maker).public_key();
    let outcome = ledger.propose(&thief, &Change::RetireKey { key });
    assert_eq!(code(outcome), "not_an_authority");
    let mixed = fresh(
        &ledger,
        Actor::Maker,
        &[KeyPurpose::Custody, KeyPurpose::Recovery],
    );
    let outcome = ledger.propose(&thief, &Change::RegisterKey(mixed));
    assert_eq!(code(outcome), "key_purposes");
}
