//! Validators.

use theriac_ledger::action::EnactChange;
use theriac_ledger::change::{Change, NewValidator, SeatUpdate};
use theriac_ledger::encoding::BoundedText;
use theriac_ledger::execute::{Execution, check_stateless, find_seat, validators};
use theriac_ledger::record::KeyPurpose;
use theriac_ledger::testing::membership::{new_validator, seat, vote_key};
use theriac_ledger::testing::{Actor, TestLedger};

use super::{approved, authority, code, key_record};

fn addition(ledger: &TestLedger, name: &str) -> Change {
    let account = ledger.consortium.authority_account(0);
    Change::AddValidator(new_validator(&ledger.chain_id(), name, account))
}

fn removal(ledger: &TestLedger, number: usize) -> Change {
    Change::RemoveValidator {
        validator: ledger.consortium.validator_keys[number].public_key(),
    }
}

#[test]
fn a_validator_joins_and_another_leaves() {
    let mut ledger = TestLedger::new(1);
    ledger.decide(&addition(&ledger.clone(), "fifth")).unwrap();
    let fifth = vote_key("fifth");
    assert_eq!(ledger.voters().len(), 5);
    assert!(ledger.voters().contains(&fifth.public_key()));
    let record = key_record(&ledger, &fifth);
    assert!(record.public.is_active_for(KeyPurpose::Vote, ledger.time));
    let found = find_seat(&ledger.state, &fifth.public_key())
        .unwrap()
        .unwrap();
    assert_eq!(found.public, seat("fifth"));
    ledger.decide(&removal(&ledger.clone(), 3)).unwrap();
    assert_eq!(ledger.voters().len(), 4);
    let gone = ledger.consortium.validator_keys[3].clone();
    let record = key_record(&ledger, &gone);
    assert!(!record.public.is_active_for(KeyPurpose::Vote, ledger.time));
}

#[test]
fn a_removal_below_four_is_refused_unless_a_parameter_allows_it() {
    let mut ledger = TestLedger::new(1);
    let change = removal(&ledger, 3);
    assert_eq!(code(ledger.decide(&change)), "too_few_validators");
    let mut parameters = ledger.parameters();
    parameters.validators_min = 3;
    ledger
        .decide(&Change::SetParameters { parameters })
        .unwrap();
    ledger.decide(&change).unwrap();
    assert_eq!(ledger.voters().len(), 3);
}

#[test]
fn no_more_power_changes_at_once_than_may_be_faulty() {
    let mut ledger = TestLedger::new(1);
    let account = ledger.consortium.authority_account(0);
    let heavy = |power| {
        let chain = TestLedger::new(1).chain_id();
        let key = vote_key("heavy");
        Change::AddValidator(NewValidator::prove(
            &chain,
            &key,
            account,
            power,
            seat("heavy"),
        ))
    };
    assert_eq!(code(ledger.decide(&heavy(2))), "too_much_power");
    let outcome = ledger.propose(&authority(&ledger, 0), &heavy(0));
    assert_eq!(code(outcome), "validator_without_power");
    ledger.decide(&heavy(1)).unwrap();
}

#[test]
fn a_block_changes_the_validators_once() {
    let mut ledger = TestLedger::new(1);
    let changes = ["fifth", "sixth"].map(|name| addition(&ledger, name));
    let ids = [0, 1].map(|index| approved(&mut ledger, &changes[index], &[1, 2]));
    ledger.wait_ms(ledger.parameters().voting.validators.notice_ms);
    let key = authority(&ledger, 0);
    let enactments = [0, 1].map(|index| {
        let (id, change) = (ids[index], changes[index].clone());
        let signed = ledger.sign_with(&key, EnactChange { id, change });
        check_stateless(signed, &ledger.chain_id()).unwrap()
    });
    let signed: Vec<_> = enactments.iter().map(|one| one.signed().clone()).collect();
    let state = ledger.state.clone();
    let mut execution = Execution::new(&state, ledger.next_context());
    execution.apply(&enactments[0]).unwrap();
    assert_eq!(execution.next_validators().unwrap().members().len(), 5);
    // Whoever has only the transactions of the block comes to the same set.
    let after = validators(&state).unwrap().after(&signed[..1]);
    assert_eq!(after.as_ref(), execution.next_validators());
    let refused = execution.apply(&enactments[1]).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("changes the validators already")
    );
    ledger.state.apply(execution.finish());
    ledger.enact(&key, ids[1], &changes[1]).unwrap();
    assert_eq!(validators(&ledger.state).unwrap().members().len(), 6);
}

#[test]
fn a_validator_is_run_by_an_authority_and_known_by_a_key_of_its_own() {
    let mut ledger = TestLedger::new(1);
    let first = authority(&ledger, 0);
    let chain = ledger.chain_id();
    let account = ledger.consortium.account(Actor::Maker);
    let foreign = Change::AddValidator(new_validator(&chain, "fifth", account));
    assert_eq!(code(ledger.propose(&first, &foreign)), "no_authority");
    let mut doubled = seat("fifth");
    doubled.network_key = ledger.voters()[0];
    let account = ledger.consortium.authority_account(0);
    let doubled = Change::AddValidator(NewValidator::prove(
        &chain,
        &vote_key("fifth"),
        account,
        1,
        doubled,
    ));
    assert_eq!(code(ledger.propose(&first, &doubled)), "network_key_taken");
}

#[test]
fn a_validator_is_found_where_the_consortium_says() {
    let mut ledger = TestLedger::new(1);
    let validator = ledger.voters()[2];
    let mut moved = seat("third");
    let update = |seat| Change::UpdateSeat(SeatUpdate { validator, seat });
    let first = authority(&ledger, 0);
    for address in ["node.example:8601", "192.0.2.1", ""] {
        moved.peer_address = BoundedText::parse(address).unwrap();
        let outcome = ledger.propose(&first, &update(moved.clone()));
        assert_eq!(code(outcome), "validator_seat", "{address}");
    }
    moved.peer_address = BoundedText::parse("192.0.2.1:8601").unwrap();
    ledger.decide(&update(moved.clone())).unwrap();
    let found = find_seat(&ledger.state, &validator).unwrap().unwrap();
    assert_eq!(found.public, moved);
    let stranger = vote_key("stranger").public_key();
    let seat = seat("stranger");
    let outcome = ledger.propose(
        &first,
        &Change::UpdateSeat(SeatUpdate {
            validator: stranger,
            seat,
        }),
    );
    assert_eq!(code(outcome), "unknown_validator");
}

#[test]
fn a_key_that_voted_once_never_votes_again() {
    let mut ledger = TestLedger::new(1);
    ledger.decide(&addition(&ledger.clone(), "fifth")).unwrap();
    let validator = vote_key("fifth").public_key();
    ledger
        .decide(&Change::RemoveValidator { validator })
        .unwrap();
    let again = addition(&ledger, "fifth");
    assert_eq!(code(ledger.decide(&again)), "key_registered");
}
