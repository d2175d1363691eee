//! What survives a restart, and what damage does.

use std::path::{Path, PathBuf};

use theriac_ledger::identifier::{BlockDigest, Height};
use theriac_ledger::state::State as _;
use theriac_ledger::state_key::StateKey;
use theriac_ledger::testing::{Actor, Consortium};
use theriac_node::store::{Store, StoreError};

use crate::fixture::{Node, World, medicine, store_path};

#[test]
fn a_new_store_has_the_records_of_genesis_and_no_block() {
    let world = World::new();
    let node = Node::new(&world);
    let parent = node.store.committed();
    assert_eq!(parent.height, 0);
    assert_eq!(parent.state_root, world.genesis.anchor.state_root);
    for (key, record) in world.genesis.state() {
        assert_eq!(node.store.record(&key).unwrap(), Some(record));
    }
    assert_eq!(node.store.block(1).unwrap(), None);
    assert_eq!(node.store.header(0).unwrap(), None);
}

#[test]
fn a_folder_without_a_chain_and_a_folder_of_another_chain_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = store_path(folder.path());
    assert!(matches!(
        Store::open(&path),
        Err(StoreError::NotInitialised { .. })
    ));
    let (world, other) = (World::new(), World::of_seed(2));
    drop(Store::initialise(&path, &world.genesis).unwrap());
    assert!(matches!(
        Store::initialise(&path, &other.genesis),
        Err(StoreError::OtherChain { .. })
    ));
    let store = Store::initialise(&path, &world.genesis).unwrap();
    assert_eq!(store.genesis(), &world.genesis);
}

#[test]
fn a_second_process_on_the_same_folder_is_refused() {
    let world = World::new();
    let node = Node::new(&world);
    let folder = tempfile::tempdir().unwrap();
    let path = store_path(folder.path());
    let held = Store::initialise(&path, &world.genesis).unwrap();
    assert!(matches!(Store::open(&path), Err(StoreError::Open { .. })));
    drop((held, node));
}

#[test]
fn a_genesis_whose_records_have_another_root_is_refused() {
    let mut world = World::new();
    world.genesis.records.salt = theriac_crypto::digest("test", b"another salt");
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        Store::initialise(&store_path(folder.path()), &world.genesis),
        Err(StoreError::Genesis { .. })
    ));
}

/// The story is cut after each step that touches the disk: a block stored, executed, decided.
#[test]
fn whatever_the_stage_at_which_a_node_ends_what_was_committed_is_there() {
    let mut world = World::new();
    let story = world.story();
    let reference = Node::new(&world);
    let mut node = Node::new(&world);
    for signed in story {
        let built = reference.build(&world, signed);
        let height = built.block.header.height;
        reference.decide(&world, height, &built.digest);
        let before = node.store.committed();

        node.store
            .put_body(height, 0, &built.digest, &built.bytes)
            .unwrap();
        node = node.restart();
        assert_eq!(node.store.committed(), before);

        node.chain.execute(&built.block).unwrap();
        node = node.restart();
        assert_eq!(node.store.committed(), before);

        // The changeset is gone; it is computed again from the stored body.
        node.decide(&world, height, &built.digest);
        node = node.restart();
        assert_eq!(node.store.committed(), reference.store.committed());
        assert_eq!(node.store.block(height).unwrap().unwrap(), *built.block);
        assert_eq!(node.store.bodies(height).unwrap(), []);
    }
}

#[test]
fn a_view_shows_its_own_height_while_later_ones_are_committed() {
    let mut world = World::new();
    let node = Node::new(&world);
    let story = world.story();
    let genesis = node.store.view();
    for signed in story {
        node.advance(&world, signed);
    }
    assert_eq!(genesis.parent().height, 0);
    let product = StateKey::product(&medicine());
    assert_eq!(genesis.find_record(&product).unwrap(), None);
    assert!(genesis.prove(&product).unwrap().record.is_none());
    assert!(node.store.prove(&product).unwrap().record.is_some());
}

#[test]
fn undecided_blocks_are_kept_by_height_and_round_until_their_height_is_committed() {
    let world = World::new();
    let node = Node::new(&world);
    let (one, two) = (digest(1), digest(2));
    node.store.put_body(1, 0, &one, b"first").unwrap();
    node.store.put_body(1, 3, &two, b"second").unwrap();
    node.store.put_body(1, 3, &two, b"second").unwrap();
    node.store.put_body(2, 0, &one, b"next height").unwrap();
    let node = node.restart();
    let bodies = node.store.bodies(1).unwrap();
    let kept: Vec<_> = bodies
        .iter()
        .map(|body| (body.round, body.digest, &body.bytes[..]))
        .collect();
    assert_eq!(kept, [(0, one, &b"first"[..]), (3, two, b"second")]);
    assert_eq!(node.store.body(1, &two).unwrap().unwrap(), b"second");
    assert_eq!(node.store.body(2, &two).unwrap(), None);
    node.advance(&world, Vec::new());
    assert_eq!(node.store.bodies(1).unwrap(), []);
    assert_eq!(node.store.bodies(2).unwrap().len(), 1);
}

#[test]
fn undecided_blocks_of_a_height_are_bounded() {
    let world = World::new();
    let node = Node::new(&world);
    let store = &node.store;
    let put = |round: u8| store.put_proposal(1, round.into(), &digest(round), b"x");
    let full = (0..u8::MAX).find(|round| !put(*round).unwrap()).unwrap();
    assert_eq!(store.bodies(1).unwrap().len(), usize::from(full));
    assert!(put(0).unwrap(), "what is kept is kept");
    // What this node proposes itself, and what was decided, has its place.
    store.put_body(1, full.into(), &digest(full), b"x").unwrap();
    assert_eq!(store.body(1, &digest(full)).unwrap().unwrap(), b"x");
}

#[test]
fn a_stored_body_that_is_not_the_decided_block_is_found_and_not_committed() {
    let mut world = World::new();
    let node = Node::new(&world);
    let note = world.note(Actor::Maker, Consortium::START);
    let decided = node.build(&world, vec![note]);
    let other = node.build(&world, Vec::new());
    let node = node.restart();
    node.store
        .put_body(1, 0, &decided.digest, &other.bytes)
        .unwrap();
    let refused = node
        .chain
        .commit(&decided.digest, world.certify(1, &decided.digest));
    assert!(refused.unwrap_err().to_string().contains("damaged"));
    assert_eq!(node.store.committed().height, 0);
}

/// Flips a byte in the middle of every table file in turn.
#[test]
fn damaged_files_are_found_and_nothing_false_is_served() {
    let mut world = World::new();
    let node = Node::new(&world);
    for signed in world.story() {
        node.advance(&world, signed);
    }
    let height = node.store.committed().height;
    let blocks: Vec<_> = (1..=height)
        .map(|height| node.store.block(height).unwrap())
        .collect();
    let folder = node.stop();
    let path = store_path(folder.path());
    let mut found = 0;
    for file in files(&path) {
        // Opening the store may replace a file that was there before.
        let Ok(bytes) = std::fs::read(&file) else {
            continue;
        };
        for place in places(&bytes) {
            let mut damaged = bytes.clone();
            damaged[place] ^= 0x10;
            std::fs::write(&file, &damaged).unwrap();
            found += usize::from(!serves_the_truth(&path, &world, height, &blocks));
        }
        std::fs::write(&file, &bytes).unwrap();
    }
    assert!(found > 0, "no flipped byte made any difference");
    assert!(serves_the_truth(&path, &world, height, &blocks));
}

/// Whether a store answers as before. Panics where it answers something else instead of an error.
fn serves_the_truth(
    path: &Path,
    world: &World,
    height: Height,
    blocks: &[Option<theriac_ledger::block::Block>],
) -> bool {
    let Ok(store) = Store::open(path) else {
        return false;
    };
    if store.committed().height != height {
        // A torn journal is cut at its last whole write.
        return false;
    }
    let mut is_whole = true;
    for (number, block) in (1..).zip(blocks) {
        match store.block(number) {
            Ok(served) => assert_eq!(served.as_ref(), block.as_ref()),
            Err(error) => is_whole &= !error.is_fatal(),
        }
    }
    for key in world.genesis.state().keys() {
        match store.prove(key) {
            Ok(proved) => {
                let value = proved.record.unwrap().tree_value();
                let root = &proved.parent.state_root;
                assert_eq!(proved.proof.verify_present(root, key, &value), Ok(()));
            }
            Err(error) => is_whole &= !error.is_fatal(),
        }
    }
    is_whole
}

fn digest(number: u8) -> BlockDigest {
    BlockDigest(theriac_crypto::digest("test", &[number]))
}

/// A few places of a file; the journal is preallocated, so only what is not zero counts.
fn places(bytes: &[u8]) -> Vec<usize> {
    let used: Vec<usize> = (0..bytes.len())
        .filter(|place| bytes[*place] != 0)
        .collect();
    [1, 2, 3]
        .iter()
        .filter_map(|quarter| used.get(used.len() * quarter / 4).copied())
        .collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.metadata().unwrap().len() > 0 {
            found.push(path);
        }
    }
    found
}
