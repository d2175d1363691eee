use super::*;
use theriac_client::VerifiedTransaction;
use theriac_ledger::block::Parent;
use theriac_ledger::testing::{Actor, TestLedger, gtin};

use crate::stock::dispense;

fn known(id: TransactionId, height: Height, began: u64, answered: u64) -> Acknowledged {
    Acknowledged {
        id,
        height,
        index: 0,
        began,
        answered,
    }
}

/// A chain of blocks with one transaction each, as the oracle would have read them.
fn chain_of(transactions: Vec<VerifiedTransaction>) -> Chain {
    let ledger = TestLedger::new(1);
    let parent = Parent::genesis(&ledger.anchor);
    let blocks = (1..)
        .zip(transactions)
        .map(|(height, transaction)| VerifiedBlock {
            header: theriac_ledger::block::Header {
                protocol: theriac_ledger::constants::PROTOCOL,
                chain_id: parent.chain_id,
                height,
                time: ledger.time.saturating_add(height),
                parent: parent.digest,
                proposer: ledger.consortium.validator_keys[0].public_key(),
                transactions_root: parent.state_root,
                transaction_count: 1,
                state_root: parent.state_root,
                validators: parent.next_validators,
                next_validators: parent.next_validators,
            },
            certificate: theriac_proof::CommitCertificate {
                height,
                round: 0,
                block: parent.digest,
                signatures: Vec::new().try_into().unwrap(),
            },
            transactions: vec![transaction],
        });
    Chain {
        blocks: blocks.collect(),
    }
}

/// Two different transactions that dispense the same pack.
fn dispensed_twice() -> Vec<VerifiedTransaction> {
    let mut ledger = TestLedger::new(1);
    let run = ledger.commission(Actor::Maker, gtin("9506000", 1), ("A", 0), (0, 10));
    let signed = [(); 2].map(|()| ledger.sign(Actor::Pharmacy, dispense(run, 3)));
    let chain = ledger.anchor.chain_id();
    signed
        .map(|signed| VerifiedTransaction {
            id: signed.transaction.id(&chain),
            body: signed.transaction.action.decode().unwrap(),
            signed,
        })
        .to_vec()
}

#[test]
fn an_acknowledged_transaction_that_is_not_on_the_chain_is_found() {
    let transactions = dispensed_twice();
    let id = transactions[1].id;
    let chain = chain_of(transactions[..1].to_vec());
    assert_eq!(
        acknowledged::judge(&chain, &[known(id, 2, 0, 1)]),
        [Violation::Lost {
            id,
            said: (2, 0),
            found: None
        }]
    );
}

#[test]
fn an_acknowledged_transaction_at_another_height_is_found() {
    let transactions = dispensed_twice();
    let id = transactions[0].id;
    assert_eq!(
        acknowledged::judge(&chain_of(transactions), &[known(id, 2, 0, 1)]),
        [Violation::Lost {
            id,
            said: (2, 0),
            found: Some((1, 0))
        }]
    );
}

#[test]
fn a_transaction_that_is_on_the_chain_twice_is_found() {
    let transaction = dispensed_twice().swap_remove(0);
    let id = transaction.id;
    let chain = chain_of(vec![transaction.clone(), transaction]);
    assert_eq!(places(&chain).1, [Violation::Twice { id }]);
}

#[test]
fn a_pack_dispensed_twice_is_found() {
    let ledger = TestLedger::new(1);
    let chain = chain_of(dispensed_twice());
    let found = legality::judge(&ledger.consortium, &ledger.anchor, &chain);
    assert!(
        matches!(found[0], Violation::DispensedTwice { .. }),
        "{found:?}"
    );
}

#[test]
fn an_order_that_contradicts_what_users_saw_is_found() {
    let transactions = dispensed_twice();
    let [first, second] = [transactions[0].id, transactions[1].id];
    let found = acknowledged::judge(
        &chain_of(transactions),
        &[known(first, 7, 0, 1), known(second, 6, 2, 3)],
    );
    assert!(
        found.contains(&Violation::Order { id: second }),
        "{found:?}"
    );
}

#[test]
fn what_happened_at_the_same_time_may_be_in_any_order() {
    let transactions = dispensed_twice();
    let [first, second] = [transactions[0].id, transactions[1].id];
    let found = acknowledged::judge(
        &chain_of(transactions),
        &[known(first, 7, 0, 2), known(second, 6, 1, 3)],
    );
    assert!(
        !found.contains(&Violation::Order { id: second }),
        "{found:?}"
    );
}

#[test]
fn nodes_that_differ_are_found() {
    let one = chain_of(dispensed_twice());
    let mut other = one.clone();
    other.blocks[1].header.state_root = other.blocks[1].header.validators;
    assert_eq!(
        agreement::judge(&[one, other]),
        [Violation::Fork {
            height: 2,
            nodes: (0, 1)
        }]
    );
}

#[test]
fn a_validator_that_signs_two_things_for_one_step_is_found() {
    let key = TestLedger::new(1).consortium.validator_keys[0].public_key();
    let signed = |word: &[u8]| SignedStep {
        validator: key,
        height: 3,
        round: 1,
        step: theriac_consensus::guard::Step::Precommit,
        digest: theriac_crypto::digest("test", word),
    };
    assert!(signatures::judge(&[signed(b"a"), signed(b"a")]).is_empty());
    assert_eq!(signatures::judge(&[signed(b"a"), signed(b"b")]).len(), 1);
}
