//! A key kept offline replaces a lost one, unless somebody objects in time.

use theriac_ledger::action::{AnchorDigest, AnchorKind};
use theriac_ledger::change::{Change, KeyRevocation, KeyRotation};
use theriac_ledger::identifier::ChangeId;
use theriac_ledger::record::KeyPurpose;
use theriac_ledger::testing::membership::{named_key, new_key};
use theriac_ledger::testing::{Actor, TestLedger, gtin, product};

use super::{authority, code, suspension};

fn recovery(ledger: &TestLedger, actor: Actor) -> Change {
    let account = ledger.consortium.account(actor);
    let purposes = [KeyPurpose::Custody, KeyPurpose::Request];
    let new = new_key(&ledger.chain_id(), &named_key("fresh"), account, &purposes);
    let old = ledger.consortium.key(actor).public_key();
    Change::RotateKey(KeyRotation { old, new })
}

fn proposed(ledger: &mut TestLedger) -> (Change, ChangeId) {
    let change = recovery(ledger, Actor::Maker);
    let key = ledger.consortium.recovery_key(Actor::Maker);
    let id = ledger.propose(&key, &change).unwrap();
    (change, id)
}

#[test]
fn a_lost_key_is_replaced_after_the_delay() {
    let mut ledger = TestLedger::new(1);
    let (change, id) = proposed(&mut ledger);
    let key = ledger.consortium.recovery_key(Actor::Maker);
    assert_eq!(code(ledger.enact(&key, id, &change)), "change_too_early");
    ledger.wait_ms(ledger.parameters().recovery_delay_ms);
    ledger.enact(&key, id, &change).unwrap();
    let signed = ledger.sign_with(&named_key("fresh"), product(gtin("9506000", 1)));
    ledger.submit(signed).unwrap();
}

#[test]
fn a_recovery_that_is_vetoed_is_not_enacted() {
    for is_authority in [false, true] {
        let mut ledger = TestLedger::new(1);
        let (change, id) = proposed(&mut ledger);
        let veto = if is_authority {
            authority(&ledger, 2)
        } else {
            ledger.consortium.key(Actor::Maker)
        };
        ledger.withdraw(&veto, id).unwrap();
        ledger.wait_ms(ledger.parameters().recovery_delay_ms);
        let key = ledger.consortium.recovery_key(Actor::Maker);
        assert_eq!(code(ledger.enact(&key, id, &change)), "change_withdrawn");
    }
}

#[test]
fn another_organisation_has_no_veto() {
    let mut ledger = TestLedger::new(1);
    let (_, id) = proposed(&mut ledger);
    let other = ledger.consortium.key(Actor::Distributor);
    assert_eq!(code(ledger.withdraw(&other, id)), "no_part_in_change");
}

#[test]
fn a_recovery_key_does_nothing_else() {
    let mut ledger = TestLedger::new(1);
    let key = ledger.consortium.recovery_key(Actor::Maker);
    let action = AnchorDigest {
        kind: AnchorKind::Document,
        digest: theriac_crypto::Digest::ZERO,
    };
    let signed = ledger.sign_with(&key, action);
    assert_eq!(code(ledger.submit(signed)), "key_not_active");
    let other = suspension(&ledger, Actor::Distributor);
    assert_eq!(code(ledger.propose(&key, &other)), "recovery_key");
    let foreign = recovery(&ledger, Actor::Distributor);
    assert_eq!(code(ledger.propose(&key, &foreign)), "recovery_key");
    let retired = Change::RetireKey {
        key: ledger.consortium.key(Actor::Maker).public_key(),
    };
    assert_eq!(code(ledger.propose(&key, &retired)), "recovery_key");
}

#[test]
fn an_account_whose_keys_a_thief_has_rotated_comes_back_with_the_authorities_help() {
    let mut ledger = TestLedger::new(1);
    let stolen = ledger.consortium.key(Actor::Maker);
    let account = ledger.consortium.account(Actor::Maker);
    let purposes = [KeyPurpose::Custody, KeyPurpose::Request];
    let thief = named_key("thief");
    let theft = Change::RotateKey(KeyRotation {
        old: stolen.public_key(),
        new: new_key(&ledger.chain_id(), &thief, account, &purposes),
    });
    let id = ledger.propose(&stolen, &theft).unwrap();
    ledger.enact(&stolen, id, &theft).unwrap();
    let revoked = Change::RevokeKey(KeyRevocation {
        key: thief.public_key(),
        compromised_since: ledger.time,
    });
    ledger.decide(&revoked).unwrap();
    let (change, id) = proposed(&mut ledger);
    assert_eq!(code(ledger.withdraw(&thief, id)), "key_not_active");
    ledger.wait_ms(ledger.parameters().recovery_delay_ms);
    let key = ledger.consortium.recovery_key(Actor::Maker);
    ledger.enact(&key, id, &change).unwrap();
}

#[test]
fn a_recovery_key_has_no_part_in_the_changes_of_others() {
    let mut ledger = TestLedger::new(1);
    let own = ledger.consortium.key(Actor::Maker);
    let recovery = ledger.consortium.recovery_key(Actor::Maker);
    let retired = Change::RetireKey {
        key: ledger.consortium.second_key(Actor::Maker).public_key(),
    };
    // Not even of its own account, unless it is a recovery.
    let id = ledger.propose(&own, &retired).unwrap();
    assert_eq!(code(ledger.enact(&recovery, id, &retired)), "recovery_key");
    assert_eq!(code(ledger.withdraw(&recovery, id)), "recovery_key");
    ledger.enact(&own, id, &retired).unwrap();
}

#[test]
fn what_a_thief_has_proposed_ends_with_his_key() {
    let mut ledger = TestLedger::new(1);
    let stolen = ledger.consortium.key(Actor::Maker);
    let account = ledger.consortium.account(Actor::Maker);
    let since = ledger.time;
    let purposes = [KeyPurpose::Custody];
    let theft = Change::RegisterKey(new_key(
        &ledger.chain_id(),
        &named_key("thief"),
        account,
        &purposes,
    ));
    let id = ledger.propose(&stolen, &theft).unwrap();
    let revoked = Change::RevokeKey(KeyRevocation {
        key: stolen.public_key(),
        compromised_since: since,
    });
    ledger.decide(&revoked).unwrap();
    for key in [
        authority(&ledger, 0),
        ledger.consortium.second_key(Actor::Maker),
    ] {
        assert_eq!(code(ledger.enact(&key, id, &theft)), "change_disputed");
    }
}
