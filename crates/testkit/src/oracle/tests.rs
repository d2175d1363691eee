use super::*;
use theriac_client::VerifiedTransaction;
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
#[should_panic(expected = "is lost")]
fn an_acknowledged_transaction_that_is_not_on_the_chain_is_found() {
    let transactions = dispensed_twice();
    let id = transactions[1].id;
    check_acknowledged(&chain_of(transactions[..1].to_vec()), &[known(id, 2, 0, 1)]);
}

#[test]
#[should_panic(expected = "is lost")]
fn an_acknowledged_transaction_at_another_height_is_found() {
    let transactions = dispensed_twice();
    let id = transactions[0].id;
    check_acknowledged(&chain_of(transactions), &[known(id, 2, 0, 1)]);
}

#[test]
#[should_panic(expected = "on the chain twice")]
fn a_transaction_that_is_on_the_chain_twice_is_found() {
    let transaction = dispensed_twice().swap_remove(0);
    chain_of(vec![transaction.clone(), transaction]).places();
}

#[test]
#[should_panic(expected = "was dispensed twice")]
fn a_pack_dispensed_twice_is_found() {
    check_dispensed_once(&chain_of(dispensed_twice()));
}

#[test]
#[should_panic(expected = "before what was answered earlier")]
fn an_order_that_contradicts_what_users_saw_is_found() {
    let transactions = dispensed_twice();
    let [first, second] = [transactions[0].id, transactions[1].id];
    check_order(&[known(first, 7, 0, 1), known(second, 6, 2, 3)]);
}

#[test]
fn what_happened_at_the_same_time_may_be_in_any_order() {
    let transactions = dispensed_twice();
    let [first, second] = [transactions[0].id, transactions[1].id];
    check_order(&[known(first, 7, 0, 2), known(second, 6, 1, 3)]);
}

#[test]
#[should_panic(expected = "another block")]
fn nodes_that_differ_are_found() {
    let mut transactions = dispensed_twice();
    let one = chain_of(transactions.clone());
    transactions.truncate(2);
    let mut other = chain_of(transactions);
    other.blocks[1].header.state_root = other.blocks[1].header.validators;
    assert_same(&one, &other, 1);
}
