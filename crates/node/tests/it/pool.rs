//! Waiting transactions.

use theriac_ledger::action::{CancelShipment, Purpose, Ship};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{ShipmentId, Timestamp, TransactionId};
use theriac_ledger::testing::{Actor, Consortium, commission_run, packs, product, run_id};
use theriac_ledger::transaction::SignedTransaction;
use theriac_node::pool::{PoolLimits, SubmitError, TxStatus};

use crate::fixture::{Node, World, medicine, note};

const NOW: Timestamp = Consortium::START;

impl World {
    fn id(&self, signed: &SignedTransaction) -> TransactionId {
        signed.transaction.id(&self.chain_id())
    }
}

fn commit_next(world: &World, node: &Node, time: Timestamp) -> usize {
    let built = node.chain.build(time, world.proposer()).unwrap();
    node.decide(world, built.block.header.height, &built.digest);
    built.block.transactions.len()
}

#[test]
fn a_submitted_transaction_is_pending_then_final_and_the_same_bytes_get_the_same_id() {
    let mut world = World::new();
    let node = Node::new(&world);
    let signed = world.note(Actor::Maker, NOW);
    let bytes = signed.encode();
    let id = node.pool.submit(&bytes, NOW).unwrap();
    assert_eq!(id, world.id(&signed));
    assert_eq!(node.pool.status(&id).unwrap(), TxStatus::Pending);
    assert_eq!(node.pool.submit(&bytes, NOW).unwrap(), id);
    assert_eq!(node.pool.watch().borrow().transactions, 1);
    assert_eq!(commit_next(&world, &node, NOW), 1);
    let done = TxStatus::Final {
        height: 1,
        index: 0,
    };
    assert_eq!(node.pool.status(&id).unwrap(), done);
    assert_eq!(node.pool.submit(&bytes, NOW).unwrap(), id);
    assert_eq!(node.pool.watch().borrow().transactions, 0);
    let node = node.restart();
    assert_eq!(node.pool.status(&id).unwrap(), done);
    assert_eq!(node.pool.submit(&bytes, NOW).unwrap(), id);
    assert_eq!(node.pool.watch().borrow().transactions, 0);
}

#[tokio::test]
async fn whoever_waits_is_told_when_it_is_final() {
    let mut world = World::new();
    let node = Node::new(&world);
    let signed = world.note(Actor::Maker, NOW);
    let id = node.pool.submit(&signed.encode(), NOW).unwrap();
    let pool = std::sync::Arc::clone(&node.pool);
    let (status, count) = tokio::join!(pool.wait_final(&id), async {
        commit_next(&world, &node, NOW)
    });
    assert_eq!(count, 1);
    assert_eq!(
        status.unwrap(),
        TxStatus::Final {
            height: 1,
            index: 0
        }
    );
    let unknown = world.note(Actor::Maker, NOW);
    let unknown = world.id(&unknown);
    assert_eq!(pool.wait_final(&unknown).await.unwrap(), TxStatus::Unknown);
}

#[test]
fn what_is_not_signed_by_its_signer_for_this_chain_is_not_taken() {
    let mut world = World::new();
    let elsewhere = World::of_seed(2).chain_id();
    let node = Node::new(&world);
    let mut altered = world.note(Actor::Maker, NOW);
    altered.transaction.salt = [7; 16];
    let foreign = world.sign_for(elsewhere, Actor::Maker, note(), NOW);
    for signed in [altered, foreign] {
        let refused = node.pool.submit(&signed.encode(), NOW);
        assert!(matches!(refused, Err(SubmitError::Stateless(_))));
    }
    let refused = node.pool.submit(&[1, 2, 3], NOW);
    assert!(matches!(refused, Err(SubmitError::Malformed { .. })));
    assert_eq!(node.pool.watch().borrow().transactions, 0);
}

#[test]
fn a_key_that_nobody_registered_is_refused_before_its_signature_is_checked() {
    let world = World::new();
    let node = Node::new(&world);
    let mut stranger = World::of_seed(2).note(Actor::Maker, NOW);
    stranger.signature.0 = [0; 64];
    let refused = node.pool.submit(&stranger.encode(), NOW).unwrap_err();
    let SubmitError::Rejected(rejection) = refused else {
        panic!("it was refused as {refused:?}");
    };
    assert_eq!(rejection.code(), "unknown_key");
    assert_eq!(
        node.pool.status(&world.id(&stranger)).unwrap(),
        TxStatus::Unknown
    );
}

#[test]
fn what_the_rules_refuse_is_refused_with_its_code_and_leaves_only_a_status() {
    let mut world = World::new();
    let node = Node::new(&world);
    let signed = world.sign(Actor::Pharmacy, product(medicine()), NOW);
    let refused = node.pool.submit(&signed.encode(), NOW);
    assert!(matches!(refused, Err(SubmitError::Rejected(_))));
    assert!(matches!(
        node.pool.status(&world.id(&signed)).unwrap(),
        TxStatus::Rejected { .. }
    ));
    assert_eq!(node.pool.watch().borrow().transactions, 0);
    assert_eq!(commit_next(&world, &node, NOW), 0);
}

#[test]
fn a_service_need_not_wait_between_actions_that_build_on_each_other() {
    let mut world = World::new();
    let node = Node::new(&world);
    let mut actions = vec![world.sign(Actor::Maker, product(medicine()), NOW)];
    for number in 0..4u16 {
        let run = run_id(medicine(), "LOT1", number);
        let first = u32::from(number) * 100;
        actions.push(world.sign(Actor::Maker, commission_run(run, first, 100), NOW));
    }
    for signed in &actions {
        node.pool.submit(&signed.encode(), NOW).unwrap();
    }
    assert_eq!(commit_next(&world, &node, NOW), 5);
}

#[test]
fn of_two_that_exclude_each_other_the_later_is_refused_when_the_first_is_final() {
    let mut world = World::new();
    let node = Node::new(&world);
    let run = run_id(medicine(), "LOT1", 0);
    let setup = vec![
        world.sign(Actor::Maker, product(medicine()), NOW),
        world.sign(Actor::Maker, commission_run(run, 0, 10), NOW),
    ];
    node.advance(&world, setup);
    let to = world.consortium.account(Actor::Distributor);
    let ship = |range| Ship {
        to,
        purpose: Purpose::Supply,
        packs: packs(run, &[range]),
        units: BoundedList::empty(),
    };
    let first = world.sign(Actor::Maker, ship((0, 5)), NOW);
    let second = world.consortium.second_key(Actor::Maker);
    let second = {
        // Another key of the same account, so that neither knows of the other.
        let mut transaction = world.sign(Actor::Maker, ship((4, 2)), NOW).transaction;
        transaction.signer = second.public_key();
        transaction.sign(&world.chain_id(), &second)
    };
    node.pool.submit(&first.encode(), NOW).unwrap();
    node.pool.submit(&second.encode(), NOW).unwrap();
    let built = node
        .chain
        .build(NOW.saturating_add(5_000), world.proposer())
        .unwrap();
    assert_eq!(built.block.transactions.len(), 1);
    // The block is not decided yet, so the second may still be the one that counts.
    assert_eq!(
        node.pool.status(&world.id(&second)).unwrap(),
        TxStatus::Pending
    );
    node.decide(&world, 2, &built.digest);
    assert!(matches!(
        node.pool.status(&world.id(&second)).unwrap(),
        TxStatus::Rejected { .. }
    ));
    let cancel = CancelShipment {
        shipment: ShipmentId::of_ship(&world.id(&first)),
    };
    let cancel = world.sign(Actor::Maker, cancel, NOW);
    node.pool.submit(&cancel.encode(), NOW).unwrap();
}

#[test]
fn a_transaction_past_its_time_in_a_final_block_is_expired() {
    let mut world = World::new();
    let node = Node::new(&world);
    let signed = world.note(Actor::Maker, NOW);
    let id = node.pool.submit(&signed.encode(), NOW).unwrap();
    let other = Node::new(&world);
    let late = other
        .chain
        .build_from(&[], signed.transaction.valid_until, world.proposer())
        .unwrap();
    node.accept(&world, &late.block);
    assert_eq!(node.pool.status(&id).unwrap(), TxStatus::Expired);
    let again = node.pool.submit(&signed.encode(), NOW);
    assert!(matches!(again, Err(SubmitError::Rejected(_))));
}

#[test]
fn the_pool_and_each_share_of_it_are_bounded_and_room_returns() {
    let mut world = World::new();
    let length = world.note(Actor::Maker, NOW).encode().len();
    let limits = PoolLimits {
        bytes: length * 5,
        account_bytes: length * 3,
    };
    let node = Node::with_limits(&world, limits);
    let mut submit = |actor| {
        let signed = world.note(actor, NOW);
        node.pool.submit(&signed.encode(), NOW)
    };
    for _ in 0..3 {
        submit(Actor::Maker).unwrap();
    }
    assert!(matches!(
        submit(Actor::Maker),
        Err(SubmitError::Full {
            retry_after_ms: 1..
        })
    ));
    submit(Actor::Pharmacy).unwrap();
    submit(Actor::Regulator).unwrap();
    assert!(matches!(
        submit(Actor::Distributor),
        Err(SubmitError::Full { .. })
    ));
    assert_eq!(commit_next(&world, &node, NOW), 5);
    let signed = world.note(Actor::Maker, NOW);
    node.pool.submit(&signed.encode(), NOW).unwrap();
}

#[test]
fn blocks_are_filled_in_order_of_arrival_and_stay_within_their_bytes() {
    let mut world = World::new();
    let node = Node::new(&world);
    let ids: Vec<_> = (0..10)
        .map(|_| {
            let signed = world.note(Actor::Maker, NOW);
            node.pool.submit(&signed.encode(), NOW).unwrap()
        })
        .collect();
    let length = world.note(Actor::Maker, NOW).encode().len();
    let chosen = node.pool.next_for_block(length * 4);
    let chosen: Vec<_> = chosen.iter().map(|one| *one.id()).collect();
    assert_eq!(chosen, ids[..4]);
}

#[test]
fn what_clients_sent_is_passed_on_once_and_what_peers_sent_is_not() {
    let mut world = World::new();
    let node = Node::new(&world);
    let own = world.note(Actor::Maker, NOW).encode();
    let passed = world.note(Actor::Pharmacy, NOW).encode();
    node.pool.submit(&own, NOW).unwrap();
    node.pool.receive_from_peer(&passed, NOW).unwrap();
    assert_eq!(node.pool.watch().borrow().fresh, 1);
    assert_eq!(node.pool.fresh(1_000_000), [own]);
    assert!(node.pool.fresh(1_000_000).is_empty());
    assert_eq!(commit_next(&world, &node, NOW), 2);
}

#[test]
fn what_waits_in_vain_is_passed_on_again_whoever_sent_it() {
    let mut world = World::new();
    let node = Node::new(&world);
    let own = world.note(Actor::Maker, NOW).encode();
    let passed = world.note(Actor::Pharmacy, NOW).encode();
    let last = world.note(Actor::Maker, NOW).encode();
    node.pool.submit(&own, NOW).unwrap();
    node.pool.receive_from_peer(&passed, NOW).unwrap();
    assert_eq!(node.pool.fresh(1_000_000), std::slice::from_ref(&own));
    node.pool.submit(&last, NOW).unwrap();
    node.pool.pass_on_again();
    assert_eq!(node.pool.watch().borrow().fresh, 3);
    assert_eq!(node.pool.fresh(1_000_000), [own, passed, last]);
    assert_eq!(commit_next(&world, &node, NOW), 3);
    node.pool.pass_on_again();
    assert!(node.pool.fresh(1_000_000).is_empty());
}

/// The serials of a waiting run are compared with those of runs committed since it came.
#[test]
fn a_serial_committed_while_a_run_waits_refuses_the_run() {
    let mut world = World::new();
    let node = Node::new(&world);
    let setup = vec![world.sign(Actor::Maker, product(medicine()), NOW)];
    node.advance(&world, setup);
    let clean = commission_run(run_id(medicine(), "LOT1", 0), 0, 100);
    let overlapping = commission_run(run_id(medicine(), "LOT2", 0), 200, 100);
    let waiting = [clean, overlapping].map(|run| {
        let signed = world.sign(Actor::Maker, run, NOW);
        node.pool.submit(&signed.encode(), NOW).unwrap()
    });
    let decided = commission_run(run_id(medicine(), "LOT3", 0), 299, 50);
    let decided = world.sign(Actor::Maker, decided, NOW);
    let other = node.build(&world, vec![decided]);
    node.decide(&world, 2, &other.digest);
    assert_eq!(commit_next(&world, &node, NOW), 1);
    let [clean, overlapping] = waiting.map(|id| node.pool.status(&id).unwrap());
    assert_eq!(
        clean,
        TxStatus::Final {
            height: 3,
            index: 0
        }
    );
    let TxStatus::Rejected { rejection } = overlapping else {
        panic!("{overlapping:?}");
    };
    assert_eq!(rejection.code(), "duplicate_serial");
}

/// Two waiting runs that share a serial: a block holds one of them.
#[test]
fn of_two_waiting_runs_with_a_common_serial_one_is_refused() {
    let mut world = World::new();
    let node = Node::new(&world);
    let setup = vec![world.sign(Actor::Maker, product(medicine()), NOW)];
    node.advance(&world, setup);
    let first = world.sign(
        Actor::Maker,
        commission_run(run_id(medicine(), "LOT1", 0), 0, 100),
        NOW,
    );
    let key = world.consortium.second_key(Actor::Maker);
    let mut second = world
        .sign(
            Actor::Maker,
            commission_run(run_id(medicine(), "LOT2", 0), 99, 100),
            NOW,
        )
        .transaction;
    second.signer = key.public_key();
    let second = second.sign(&world.chain_id(), &key);
    node.pool.submit(&first.encode(), NOW).unwrap();
    node.pool.submit(&second.encode(), NOW).unwrap();
    assert_eq!(commit_next(&world, &node, NOW), 1);
    assert_eq!(commit_next(&world, &node, NOW), 0);
    assert!(matches!(
        node.pool.status(&world.id(&second)).unwrap(),
        TxStatus::Rejected { .. }
    ));
}
