//! Parameters and protocol.

use theriac_ledger::change::Change;
use theriac_ledger::constants::PROTOCOL;
use theriac_ledger::record::{Parameters, VotingRule};
use theriac_ledger::testing::{Actor, TestLedger};

use super::{approved, authority, code, suspension};

#[test]
fn a_higher_threshold_holds_from_the_next_enactment_on() {
    let mut ledger = TestLedger::new(1);
    let change = suspension(&ledger, Actor::Pharmacy);
    let id = approved(&mut ledger, &change, &[1, 2]);
    let mut parameters = ledger.parameters();
    parameters.voting.standing = VotingRule {
        numerator: 1,
        denominator: 1,
        notice_ms: 0,
    };
    ledger
        .decide(&Change::SetParameters { parameters })
        .unwrap();
    let key = authority(&ledger, 0);
    assert_eq!(code(ledger.enact(&key, id, &change)), "too_few_approvals");
    ledger.approve(&authority(&ledger, 3), id).unwrap();
    ledger.enact(&key, id, &change).unwrap();
}

#[test]
fn parameters_with_which_a_chain_would_stand_still_are_refused() {
    let mut ledger = TestLedger::new(1);
    let first = authority(&ledger, 0);
    let edits: [fn(&mut Parameters); 8] = [
        |parameters| parameters.propose_timeout_ms = 0,
        |parameters| parameters.idle_block_ms = u32::MAX,
        |parameters| parameters.block_bytes_max = 1_000,
        |parameters| parameters.block_work_max = 1,
        |parameters| parameters.validators_min = 0,
        |parameters| parameters.voting.keys.numerator = 1,
        |parameters| parameters.voting.parameters.denominator = 0,
        |parameters| parameters.change_lifetime_ms = 1,
    ];
    for (number, edit) in edits.into_iter().enumerate() {
        let mut parameters = ledger.parameters();
        edit(&mut parameters);
        let outcome = ledger.propose(&first, &Change::SetParameters { parameters });
        assert_eq!(code(outcome), "parameter_out_of_bounds", "edit {number}");
    }
}

#[test]
fn a_share_of_authorities_is_rounded_up() {
    let rule = VotingRule {
        numerator: 2,
        denominator: 3,
        notice_ms: 0,
    };
    let needed: Vec<u32> = (1..=7)
        .map(|authorities| rule.needed(authorities))
        .collect();
    assert_eq!(needed, [1, 2, 2, 3, 4, 4, 5]);
}

#[test]
fn a_protocol_that_nobody_knows_is_agreed_on_and_not_enacted() {
    let mut ledger = TestLedger::new(1);
    let next = Change::SetProtocol {
        protocol: PROTOCOL + 1,
    };
    let id = approved(&mut ledger, &next, &[1, 2]);
    ledger.wait_ms(ledger.parameters().voting.parameters.notice_ms);
    let key = authority(&ledger, 0);
    assert_eq!(code(ledger.enact(&key, id, &next)), "unknown_protocol");
    let outcome = ledger.propose(&key, &Change::SetProtocol { protocol: PROTOCOL });
    assert_eq!(code(outcome), "unknown_protocol");
}
