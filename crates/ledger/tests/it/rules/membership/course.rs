//! The course of a change: proposed, approved, enacted or withdrawn.

use theriac_crypto::Digest;
use theriac_ledger::change::{Change, KeyRevocation};
use theriac_ledger::execute::{find_change, review};
use theriac_ledger::identifier::ChangeId;
use theriac_ledger::record::{ChangeAuthority, ChangeState};
use theriac_ledger::testing::membership::{new_validator, vote_key};
use theriac_ledger::testing::{Actor, TestLedger};

use super::{approved, authority, code, suspension};

#[test]
fn a_change_is_enacted_once_three_of_four_authorities_approve() {
    let mut ledger = TestLedger::new(1);
    let change = suspension(&ledger, Actor::Pharmacy);
    let id = approved(&mut ledger, &change, &[1]);
    let key = authority(&ledger, 0);
    assert_eq!(code(ledger.enact(&key, id, &change)), "too_few_approvals");
    ledger.approve(&authority(&ledger, 2), id).unwrap();
    ledger.enact(&key, id, &change).unwrap();
    let record = find_change(&ledger.state, &id).unwrap().unwrap();
    assert_eq!(record.public.authority, ChangeAuthority::Authorities);
    assert_eq!(record.public.approvals.len(), 3);
    let at = ledger.time;
    assert_eq!(record.public.state, ChangeState::Enacted { at });
    assert_eq!(code(ledger.enact(&key, id, &change)), "change_enacted");
}

#[test]
fn a_review_says_how_many_approvals_are_missing() {
    let mut ledger = TestLedger::new(1);
    let change = suspension(&ledger, Actor::Pharmacy);
    let id = approved(&mut ledger, &change, &[1]);
    let record = find_change(&ledger.state, &id).unwrap().unwrap();
    let review = review(&ledger.state, ledger.next_context(), &record.public).unwrap();
    assert_eq!((review.approvals, review.needed), (2, 3));
    assert_eq!(review.authorities, 4);
}

#[test]
fn somebody_who_is_no_authority_neither_proposes_nor_approves_nor_enacts() {
    let mut ledger = TestLedger::new(1);
    let change = suspension(&ledger, Actor::Pharmacy);
    let outsider = ledger.consortium.key(Actor::Regulator);
    assert_eq!(code(ledger.propose(&outsider, &change)), "not_an_authority");
    let id = approved(&mut ledger, &change, &[1, 2]);
    assert_eq!(code(ledger.approve(&outsider, id)), "not_an_authority");
    let outcome = ledger.enact(&outsider, id, &change);
    assert_eq!(code(outcome), "no_part_in_change");
    assert_eq!(code(ledger.withdraw(&outsider, id)), "no_part_in_change");
}

#[test]
fn an_authority_approves_once() {
    let mut ledger = TestLedger::new(1);
    let change = suspension(&ledger, Actor::Pharmacy);
    let id = approved(&mut ledger, &change, &[1]);
    for number in [0, 1] {
        let key = authority(&ledger, number);
        assert_eq!(code(ledger.approve(&key, id)), "already_approved");
    }
}

#[test]
fn a_change_that_has_expired_is_neither_approved_nor_enacted() {
    let mut ledger = TestLedger::new(1);
    let change = suspension(&ledger, Actor::Pharmacy);
    let id = approved(&mut ledger, &change, &[1, 2]);
    ledger.wait_ms(ledger.parameters().change_lifetime_ms);
    let key = authority(&ledger, 3);
    assert_eq!(code(ledger.approve(&key, id)), "change_expired");
    assert_eq!(code(ledger.enact(&key, id, &change)), "change_expired");
}

#[test]
fn a_withdrawn_change_is_not_enacted() {
    let mut ledger = TestLedger::new(1);
    let change = suspension(&ledger, Actor::Pharmacy);
    let id = approved(&mut ledger, &change, &[1, 2]);
    // Only its proposer takes back what needs the authorities' approval.
    let other = authority(&ledger, 3);
    assert_eq!(code(ledger.withdraw(&other, id)), "no_part_in_change");
    let key = authority(&ledger, 0);
    ledger.withdraw(&key, id).unwrap();
    assert_eq!(code(ledger.enact(&key, id, &change)), "change_withdrawn");
    assert_eq!(code(ledger.approve(&other, id)), "change_withdrawn");
}

#[test]
fn nothing_but_what_was_proposed_is_enacted() {
    let mut ledger = TestLedger::new(1);
    let change = suspension(&ledger, Actor::Pharmacy);
    let id = approved(&mut ledger, &change, &[1, 2]);
    let other = suspension(&ledger, Actor::Distributor);
    let key = authority(&ledger, 0);
    assert_eq!(code(ledger.enact(&key, id, &other)), "change_differs");
    let unknown = ChangeId(Digest::ZERO);
    assert_eq!(code(ledger.approve(&key, unknown)), "unknown_change");
}

#[test]
fn a_change_waits_for_its_notice_period() {
    let mut ledger = TestLedger::new(1);
    let change = Change::RemoveValidator {
        validator: ledger.voters()[3],
    };
    let id = approved(&mut ledger, &change, &[1, 2]);
    let key = authority(&ledger, 0);
    assert_eq!(code(ledger.enact(&key, id, &change)), "change_too_early");
}

#[test]
fn the_approval_of_an_authority_that_was_removed_does_not_count() {
    let mut ledger = TestLedger::new(1);
    let account = ledger.consortium.authority_account(0);
    let chain = ledger.chain_id();
    let fifth = Change::AddValidator(new_validator(&chain, "fifth", account));
    ledger.decide(&fifth).unwrap();
    let change = suspension(&ledger, Actor::Pharmacy);
    // Approved by three of four, of which the last is about to go.
    let id = ledger.propose(&authority(&ledger, 1), &change).unwrap();
    for number in [2, 3] {
        ledger.approve(&authority(&ledger, number), id).unwrap();
    }
    let validator = ledger.consortium.validator_keys[3].public_key();
    ledger
        .decide(&Change::RemoveValidator { validator })
        .unwrap();
    let key = authority(&ledger, 1);
    // Three authorities are left, of which two must approve; of the three approvals two are theirs.
    let review = {
        let record = find_change(&ledger.state, &id).unwrap().unwrap();
        review(&ledger.state, ledger.next_context(), &record.public).unwrap()
    };
    assert_eq!((review.approvals, review.needed), (2, 2));
    let gone = authority(&ledger, 3);
    assert_eq!(code(ledger.approve(&gone, id)), "not_an_authority");
    ledger.enact(&key, id, &change).unwrap();
    assert!(!ledger.voters().contains(&validator));
    assert!(ledger.voters().contains(&vote_key("fifth").public_key()));
}

#[test]
fn a_change_that_lost_an_approval_with_its_authority_is_below_the_threshold() {
    let mut ledger = TestLedger::new(1);
    let change = suspension(&ledger, Actor::Pharmacy);
    let id = approved(&mut ledger, &change, &[1, 3]);
    let suspended = Change::SuspendOrganisation {
        organisation: ledger.consortium.authority(3),
    };
    ledger.decide(&suspended).unwrap();
    let key = authority(&ledger, 0);
    assert_eq!(code(ledger.enact(&key, id, &change)), "too_few_approvals");
}

#[test]
fn an_approval_by_a_stolen_key_does_not_count() {
    let mut ledger = TestLedger::new(1);
    let before = ledger.time;
    let change = suspension(&ledger, Actor::Pharmacy);
    let id = approved(&mut ledger, &change, &[1, 3]);
    let stolen = Change::RevokeKey(KeyRevocation {
        key: authority(&ledger, 3).public_key(),
        compromised_since: before,
    });
    ledger.decide(&stolen).unwrap();
    let key = authority(&ledger, 0);
    assert_eq!(code(ledger.enact(&key, id, &change)), "too_few_approvals");
}

#[test]
fn of_two_changes_that_conflict_only_the_first_is_enacted() {
    let mut ledger = TestLedger::new(1);
    let mut quick = ledger.parameters();
    quick.idle_block_ms = 1_000;
    let mut slow = ledger.parameters();
    slow.idle_block_ms = 60_000;
    let changes = [quick, slow].map(|parameters| Change::SetParameters { parameters });
    let ids = [0, 1].map(|index| approved(&mut ledger, &changes[index], &[1, 2]));
    ledger.wait_ms(ledger.parameters().voting.parameters.notice_ms);
    let key = authority(&ledger, 0);
    ledger.enact(&key, ids[0], &changes[0]).unwrap();
    let outcome = ledger.enact(&key, ids[1], &changes[1]);
    assert_eq!(code(outcome), "change_outdated");
    assert_eq!(ledger.parameters().idle_block_ms, 1_000);
}
