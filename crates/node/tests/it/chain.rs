//! Build, execute, commit.

use theriac_crypto::{Digest, SigningKey};
use theriac_ledger::action::Dispense;
use theriac_ledger::block::Block;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::execute::{BlockContext, Refusal, check};
use theriac_ledger::identifier::{BlockDigest, Timestamp};
use theriac_ledger::state::State as _;
use theriac_ledger::testing::{
    Actor, Consortium, commission_run, pack_keys, packs, product, run_id,
};
use theriac_node::chain::{BlockRefusal, ChainError, check_time};

use crate::fixture::{Node, World, medicine};

#[test]
fn a_second_node_that_executes_each_block_has_the_same_roots() {
    let mut world = World::new();
    let (first, second) = (Node::new(&world), Node::new(&world));
    for signed in world.story() {
        let built = first.build(&world, signed);
        let decided = first.decide(&world, built.block.header.height, &built.digest);
        assert_eq!(second.chain.execute(&built.block).unwrap(), built.digest);
        let same = second.decide(&world, built.block.header.height, &built.digest);
        assert_eq!(decided, same);
        assert_eq!(first.chain.parent(), second.chain.parent());
    }
    assert_eq!(first.chain.parent().height, 5);
}

#[test]
fn replay_of_the_stored_blocks_from_genesis_gives_the_same_roots() {
    let mut world = World::new();
    let first = Node::new(&world);
    for signed in world.story() {
        first.advance(&world, signed);
    }
    let replica = Node::new(&world);
    for height in 1..=first.chain.parent().height {
        let block = first.store.block(height).unwrap().unwrap();
        let (header, certificate) = first.store.header(height).unwrap().unwrap();
        assert_eq!(block.header, header);
        let digest = replica.chain.execute(&block).unwrap();
        replica.chain.commit(&digest, certificate).unwrap();
    }
    assert_eq!(first.chain.parent(), replica.chain.parent());
}

#[test]
fn an_idle_block_keeps_the_state_root() {
    let world = World::new();
    let node = Node::new(&world);
    let root = node.chain.parent().state_root;
    for _ in 0..3 {
        node.advance(&world, Vec::new());
        assert_eq!(node.chain.parent().state_root, root);
    }
}

#[test]
fn of_two_executed_blocks_of_a_height_the_decided_one_counts() {
    let mut world = World::new();
    let node = Node::new(&world);
    let one = world.note(Actor::Maker, Consortium::START);
    let other = world.sign(Actor::Maker, product(medicine()), Consortium::START);
    let left = node.build(&world, vec![one.clone()]);
    let right = node.build(&world, vec![other.clone()]);
    node.decide(&world, 1, &left.digest);
    let chain = world.chain_id();
    assert_eq!(node.chain.parent().digest, left.digest);
    assert!(node.store.is_included(&one.transaction.id(&chain)).unwrap());
    assert!(
        !node
            .store
            .is_included(&other.transaction.id(&chain))
            .unwrap()
    );
    // The loser is gone with its height.
    let refused = node
        .chain
        .commit(&right.digest, world.certify(2, &right.digest));
    assert!(matches!(refused, Err(ChainError::UnknownBlock { .. })));
    assert!(matches!(
        node.chain.execute(&right.block),
        Err(BlockRefusal::Decided { height: 1 })
    ));
}

#[test]
fn a_committed_block_committed_again_is_answered_from_the_store() {
    let mut world = World::new();
    let node = Node::new(&world);
    let note = world.note(Actor::Maker, Consortium::START);
    let first = node.advance(&world, vec![note]);
    let digest = first.block.header.digest();
    assert_eq!(node.decide(&world, 1, &digest), first);
    let node = node.restart();
    assert_eq!(node.decide(&world, 1, &digest), first);
}

#[test]
fn a_block_of_the_height_after_next_is_too_early_and_not_at_fault() {
    let world = World::new();
    let (ahead, behind) = (Node::new(&world), Node::new(&world));
    ahead.advance(&world, Vec::new());
    let built = ahead.build(&world, Vec::new());
    assert!(matches!(
        behind.chain.execute(&built.block),
        Err(BlockRefusal::TooEarly {
            height: 2,
            committed: 0
        })
    ));
}

/// Every field of a header, changed alone, makes the block another one that is refused.
#[test]
fn a_block_with_any_field_altered_is_refused() {
    let mut world = World::new();
    let node = Node::new(&world);
    let note = world.note(Actor::Maker, Consortium::START);
    let good = node.build(&world, vec![note.clone()]).block;
    let other = Node::new(&world);
    let refused = |alter: &dyn Fn(&mut Block)| {
        let mut block = Block::clone(&good);
        alter(&mut block);
        other.chain.execute(&block).unwrap_err().to_string()
    };
    let stranger = SigningKey::from_seed(&[9; 32]).public_key();
    let cases: Vec<(&str, String)> = vec![
        ("protocol", refused(&|b| b.header.protocol = 2)),
        ("chain", refused(&|b| b.header.chain_id.0 = Digest::ZERO)),
        (
            "parent",
            refused(&|b| b.header.parent = BlockDigest(Digest::ZERO)),
        ),
        ("time", refused(&|b| b.header.time = Consortium::START)),
        ("proposer", refused(&|b| b.header.proposer = stranger)),
        (
            "root",
            refused(&|b| b.header.transactions_root = Digest::ZERO),
        ),
        ("count", refused(&|b| b.header.transaction_count = 2)),
        ("state", refused(&|b| b.header.state_root = Digest::ZERO)),
        ("set", refused(&|b| b.header.validators = Digest::ZERO)),
        (
            "next set",
            refused(&|b| b.header.next_validators = Digest::ZERO),
        ),
        ("body", refused(&|b| b.transactions = BoundedList::empty())),
    ];
    for (field, message) in &cases {
        assert!(!message.is_empty(), "{field}");
    }
    other.accept(&world, &good);
}

#[test]
fn a_block_with_one_bad_transaction_is_refused_whole() {
    let mut world = World::new();
    let node = Node::new(&world);
    let good = world.note(Actor::Maker, Consortium::START);
    let built = node.build(&world, vec![good.clone()]);
    let mut forged = world.note(Actor::Maker, Consortium::START);
    forged.transaction.salt = [255; 16];
    for (second, is_forged) in [(forged, true), (good.clone(), false)] {
        let mut block = Block::clone(&built.block);
        block.transactions = BoundedList::new(vec![good.clone(), second]).unwrap();
        block.header.transaction_count = 2;
        block.header.transactions_root =
            theriac_ledger::block::transactions_root(&block.transactions);
        let refusal = node.chain.execute(&block).unwrap_err();
        if is_forged {
            assert!(matches!(refusal, BlockRefusal::Stateless { index: 1, .. }));
        } else {
            assert!(matches!(refusal, BlockRefusal::Rejected { index: 1, .. }));
        }
    }
    assert_eq!(node.chain.parent().height, 0);
}

#[test]
fn a_certificate_of_another_block_or_of_too_few_is_refused() {
    let world = World::new();
    let node = Node::new(&world);
    let built = node.build(&world, Vec::new());
    let mut few = world.certify(1, &built.digest);
    few.signatures = BoundedList::new(few.signatures[..2].to_vec()).unwrap();
    assert!(matches!(
        node.chain.commit(&built.digest, few),
        Err(ChainError::Certificate(_))
    ));
    let other = world.certify(1, &BlockDigest(Digest::ZERO));
    assert!(matches!(
        node.chain.commit(&built.digest, other),
        Err(ChainError::OtherCertificate { .. })
    ));
    let later = world.certify(2, &built.digest);
    assert!(matches!(
        node.chain.commit(&built.digest, later),
        Err(ChainError::OtherCertificate { .. })
    ));
    assert_eq!(node.chain.parent().height, 0);
}

#[test]
fn a_serial_is_unique_across_lots_of_a_product_and_across_restarts() {
    let mut world = World::new();
    let node = Node::new(&world);
    let now = Consortium::START;
    let product = world.sign(Actor::Maker, product(medicine()), now);
    let run = world.sign(
        Actor::Maker,
        commission_run(run_id(medicine(), "LOT1", 0), 0, 300),
        now,
    );
    node.advance(&world, vec![product, run]);
    let node = node.restart();
    let key = pack_keys(&medicine(), 0, 300)[299];
    let found = node.store.find_pack(&key).unwrap().unwrap();
    assert_eq!(
        (found.run, found.position),
        (run_id(medicine(), "LOT1", 0), 299)
    );
    let again = world.sign(
        Actor::Maker,
        commission_run(run_id(medicine(), "LOT2", 0), 299, 10),
        now,
    );
    let waiting = [world.checked(again)];
    let time = now.saturating_add(60_000);
    let built = node
        .chain
        .build_from(&waiting, time, world.proposer())
        .unwrap();
    assert!(built.block.transactions.is_empty());
    assert_eq!(built.rejected.len(), 1);
    assert_eq!(built.rejected[0].1.code(), "duplicate_serial");
}

#[test]
fn the_time_of_a_block_is_bounded_by_the_clock_at_first_sight() {
    let world = World::new();
    let header = Node::new(&world)
        .build(&world, Vec::new())
        .block
        .header
        .clone();
    let at = |ms: i64| Timestamp(header.time.0.checked_add_signed(ms).unwrap());
    assert!(check_time(&header, at(-2_000)).is_ok());
    assert!(check_time(&header, at(-2_001)).is_err());
    assert!(check_time(&header, at(30_000)).is_ok());
    assert!(check_time(&header, at(30_001)).is_err());
}

#[test]
fn a_height_that_is_held_is_judged_by_its_own_records_whatever_is_remembered_of_later_ones() {
    let mut world = World::new();
    let node = Node::new(&world);
    for transactions in world.story() {
        node.advance(&world, transactions);
    }
    let now = node.chain.parent().time;
    let run = run_id(medicine(), "LOT1", 0);
    let dispense = Dispense {
        packs: packs(run, &[(151, 1)]),
    };
    let once = world.sign(Actor::Pharmacy, dispense.clone(), now);
    let twice = world.sign(Actor::Pharmacy, dispense, now);
    let twice = world.checked(twice);
    let context = BlockContext {
        height: node.chain.parent().height + 1,
        time: now.saturating_add(2_000),
    };
    let held = node.store.view();
    check(&*held, context, &twice).unwrap();
    node.advance(&world, vec![once]);
    // Asked again and again: each view remembers what it read, and only that.
    for _ in 0..2 {
        check(&*held, context, &twice).unwrap();
        let later = check(&*node.store.view(), context, &twice);
        assert!(matches!(later, Err(Refusal::Rejected(_))), "{later:?}");
    }
}
