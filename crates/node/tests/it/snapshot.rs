//! Snapshots: what is restored is what was there, and nothing that was altered is taken.

use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use theriac_client::head::HeadRefusal;
use theriac_client::wire::FinalBlock;
use theriac_ledger::constants::VALIDITY_MS_MAX;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{Height, Timestamp};
use theriac_ledger::state::State as _;
use theriac_ledger::state_key::StateKey;
use theriac_ledger::testing::{Actor, Consortium, pack_keys, run_id};
use theriac_ledger::transaction::SignedTransaction;
use theriac_node::backfill::{BackfillError, put};
use theriac_node::history::{HistoryError, make};
use theriac_node::snapshot::{Extent, Restored, SnapshotError, restore, write};
use theriac_node::store::Store;
use theriac_node::store::disk::FjallDisk;

use crate::fixture::{Node, World, medicine, store_path};
use crate::history::story::serial;

/// A chain with a story, and blocks long after it.
fn with_a_story() -> (World, Node, Vec<SignedTransaction>) {
    let mut world = World::new();
    let node = Node::new(&world);
    let mut all = Vec::new();
    for transactions in world.story() {
        all.extend(transactions.clone());
        node.advance(&world, transactions);
    }
    for step in 1..4u64 {
        let time = Consortium::START.saturating_add(step * VALIDITY_MS_MAX);
        let note = world.note(Actor::Maker, time);
        all.push(note.clone());
        node.advance_at(&world, vec![note], time);
    }
    (world, node, all)
}

pub(crate) fn taken(node: &Node, extent: Extent) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&node.store.view(), extent, &mut |piece| {
        bytes.extend(piece);
        Ok(())
    })
    .unwrap();
    bytes
}

pub(crate) fn restored_in(
    folder: &Path,
    world: &World,
    bytes: &[u8],
) -> Result<Restored, SnapshotError> {
    let disk = Arc::new(FjallDisk::open(&store_path(folder))?);
    restore(&world.genesis, disk, bytes, &mut |_| {})
}

/// A snapshot in parts: how it begins, then frame after frame, each with its length.
pub(crate) fn frames(bytes: &[u8]) -> Vec<Vec<u8>> {
    let (head, mut rest) = bytes.split_at(20);
    let mut parts = vec![head.to_vec()];
    while let Some((length, _)) = rest.split_first_chunk::<4>() {
        let length = 4 + usize::try_from(u32::from_le_bytes(*length)).unwrap();
        let (frame, after) = rest.split_at(length);
        parts.push(frame.to_vec());
        rest = after;
    }
    parts
}

/// The parts that are frames of a kind.
pub(crate) fn of_kind(parts: &[Vec<u8>], kind: u8) -> Vec<usize> {
    let frames = 1..parts.len();
    frames.filter(|part| parts[*part][4] == kind).collect()
}

const RUN: u8 = 1;
const RECORDS: u8 = 2;
const BLOCK: u8 = 3;

#[test]
fn a_backup_has_the_same_records_packs_blocks_and_proofs() {
    let (world, node, all) = with_a_story();
    let folder = tempfile::tempdir().unwrap();
    let restored = restored_in(folder.path(), &world, &taken(&node, Extent::All)).unwrap();
    assert_eq!((restored.head.height, restored.oldest), (8, 1));
    assert_eq!(
        (restored.progress.packs, restored.progress.blocks),
        (350, 8)
    );
    let again = Node::start(folder);
    assert_eq!(again.store.committed(), node.store.committed());
    assert_eq!(again.store.view().oldest(), 1);
    for height in 1..=8 {
        assert_eq!(
            again.store.block(height).unwrap(),
            node.store.block(height).unwrap()
        );
        assert_eq!(
            again.store.header(height).unwrap(),
            node.store.header(height).unwrap()
        );
    }
    for signed in &all {
        let id = signed.transaction.id(&world.chain_id());
        let found = again.store.transaction_position(&id).unwrap();
        assert!(found.is_some());
        assert_eq!(found, node.store.transaction_position(&id).unwrap());
    }
    for key in pack_keys(&medicine(), 0, 350) {
        let found = again.store.find_pack(&key).unwrap();
        assert!(found.is_some());
        assert_eq!(found, node.store.find_pack(&key).unwrap());
    }
    let run = run_id(medicine(), "LOT1", 0);
    for key in [
        StateKey::product(&medicine()),
        StateKey::run(&run),
        StateKey::chunk(&run, 0),
        StateKey::chunk(&run, 2),
    ] {
        let (here, there) = (
            again.store.prove(&key).unwrap(),
            node.store.prove(&key).unwrap(),
        );
        assert_eq!((here.record, here.proof), (there.record, there.proof));
    }
}

#[test]
fn a_restored_node_goes_on_with_the_same_blocks() {
    let (mut world, node, _) = with_a_story();
    let folder = tempfile::tempdir().unwrap();
    restored_in(folder.path(), &world, &taken(&node, Extent::Window)).unwrap();
    let again = Node::start(folder);
    for _ in 0..3 {
        let time = node.chain.parent().time.saturating_add(1_000);
        let note = world.note(Actor::Regulator, time);
        let block = node.advance(&world, vec![note]);
        again.accept(&world, &block.block);
        assert_eq!(again.store.committed(), node.store.committed());
    }
    let again = again.restart();
    assert_eq!(again.store.committed(), node.store.committed());
}

#[test]
fn a_snapshot_to_join_from_has_the_blocks_in_which_transactions_may_be_repeated() {
    let (mut world, node, _) = with_a_story();
    let last = node.chain.parent();
    // Just valid at the head, as far as any transaction can be.
    let earlier = last.time.saturating_add(1_000);
    let repeated = world.note(Actor::Maker, earlier);
    node.advance_at(&world, vec![repeated.clone()], earlier);
    let folder = tempfile::tempdir().unwrap();
    let restored = restored_in(folder.path(), &world, &taken(&node, Extent::Window)).unwrap();
    assert!(
        (2..=restored.head.height).contains(&restored.oldest),
        "{restored:?}"
    );
    let again = Node::start(folder);
    let view = again.store.view();
    assert_eq!(view.oldest(), restored.oldest);
    let (oldest, _) = view.header(restored.oldest).unwrap().unwrap();
    assert!(oldest.time.saturating_add(VALIDITY_MS_MAX) < restored.head.time);
    assert_eq!(view.header(restored.oldest - 1).unwrap(), None);
    assert_eq!(view.block(restored.oldest - 1).unwrap(), None);
    let id = repeated.transaction.id(&world.chain_id());
    assert!(again.store.is_included(&id).unwrap());
}

#[test]
fn a_chain_without_a_block_has_no_snapshot() {
    let world = World::new();
    let node = Node::new(&world);
    let error = write(&node.store.view(), Extent::All, &mut |_| Ok(())).unwrap_err();
    assert!(matches!(error, SnapshotError::NoBlock), "{error:?}");
}

#[test]
fn a_disk_that_holds_a_chain_is_refused_and_left_as_it_is() {
    let (world, node, _) = with_a_story();
    let bytes = taken(&node, Extent::All);
    let other = Node::new(&world).stop();
    let error = restored_in(other.path(), &world, &bytes).unwrap_err();
    assert!(matches!(error, SnapshotError::NotEmpty), "{error:?}");
    assert_eq!(Node::start(other).store.committed().height, 0);
}

#[test]
fn a_snapshot_of_another_chain_is_refused() {
    let (_, node, _) = with_a_story();
    let other = World::of_seed(2);
    let error = refusal(&other, &taken(&node, Extent::All));
    assert!(matches!(error, SnapshotError::OtherChain), "{error:?}");
}

#[test]
fn a_snapshot_that_is_cut_anywhere_is_refused() {
    let (world, node, _) = with_a_story();
    let parts = frames(&taken(&node, Extent::Window));
    for count in 0..parts.len() {
        let error = refusal(&world, &parts[..count].concat());
        assert!(matches!(error, SnapshotError::Cut), "{count}: {error:?}");
        let mut within = parts[..=count].concat();
        within.pop();
        let error = refusal(&world, &within);
        assert!(matches!(error, SnapshotError::Cut), "{count}: {error:?}");
    }
}

#[test]
fn what_follows_the_end_is_refused() {
    let (world, node, _) = with_a_story();
    let mut bytes = taken(&node, Extent::Window);
    bytes.push(0);
    let error = refusal(&world, &bytes);
    assert!(matches!(error, SnapshotError::Order { .. }), "{error:?}");
}

#[test]
fn a_run_without_its_packs_is_refused() {
    let (world, node, _) = with_a_story();
    let mut parts = frames(&taken(&node, Extent::Window));
    let runs = of_kind(&parts, RUN);
    assert_eq!(runs.len(), 2);
    // The second run has no chunk that was touched: only its own record names it.
    parts.remove(runs[1]);
    let error = refusal(&world, &parts.concat());
    let said = error.to_string();
    assert!(
        said.contains("it is a run whose packs are missing"),
        "{said}"
    );
}

#[test]
fn a_run_with_another_pack_is_refused() {
    let (world, node, _) = with_a_story();
    let mut parts = frames(&taken(&node, Extent::Window));
    let run = of_kind(&parts, RUN)[0];
    *parts[run].last_mut().unwrap() ^= 1;
    let error = refusal(&world, &parts.concat());
    let said = error.to_string();
    assert!(
        said.contains("its packs are others than its identity root says"),
        "{said}"
    );
}

#[test]
fn a_record_more_or_less_is_refused() {
    let (world, node, _) = with_a_story();
    let mut parts = frames(&taken(&node, Extent::Window));
    let records = of_kind(&parts, RECORDS)[0];
    parts.remove(records);
    refusal(&world, &parts.concat());
}

#[test]
fn too_few_blocks_are_refused() {
    let (world, node, _) = with_a_story();
    let mut parts = frames(&taken(&node, Extent::Window));
    let blocks = of_kind(&parts, BLOCK);
    assert!(blocks.len() > 1);
    parts.remove(*blocks.last().unwrap());
    let error = refusal(&world, &parts.concat());
    assert!(matches!(error, SnapshotError::TooFewBlocks), "{error:?}");
}

#[test]
fn a_block_that_is_left_out_is_refused() {
    let (world, node, _) = with_a_story();
    let mut parts = frames(&taken(&node, Extent::All));
    let block = of_kind(&parts, BLOCK)[0];
    parts.remove(block + 1);
    let error = refusal(&world, &parts.concat());
    assert!(
        matches!(error, SnapshotError::Link { height: 6 }),
        "{error:?}"
    );
}

/// Refused, and nothing that could be taken for a store is left.
fn refusal(world: &World, bytes: &[u8]) -> SnapshotError {
    let folder = tempfile::tempdir().unwrap();
    let error = restored_in(folder.path(), world, bytes).unwrap_err();
    Store::open(&store_path(folder.path())).unwrap_err();
    error
}

#[test]
fn no_bit_of_a_snapshot_can_be_altered() {
    let (world, node, _) = with_a_story();
    let bytes = taken(&node, Extent::All);
    let config = ProptestConfig {
        cases: 48,
        ..ProptestConfig::default()
    };
    proptest!(config, |(place in 0..bytes.len(), bit in 0..8u8)| {
        let mut altered = bytes.clone();
        altered[place] ^= 1 << bit;
        refusal(&world, &altered);
    });
}

/// A node restored from a snapshot, and the blocks that it lacks, oldest first.
fn without_older_blocks(world: &World, node: &Node) -> (Node, Vec<FinalBlock>) {
    let folder = tempfile::tempdir().unwrap();
    let restored = restored_in(folder.path(), world, &taken(node, Extent::Window)).unwrap();
    let older = (1..restored.oldest).map(|height| {
        let (_, certificate) = node.store.header(height).unwrap().unwrap();
        let block = node.store.block(height).unwrap().unwrap();
        FinalBlock { block, certificate }
    });
    (Node::start(folder), older.collect())
}

#[test]
fn older_blocks_are_put_beneath_those_of_a_snapshot() {
    let (mut world, node, all) = with_a_story();
    let (again, older) = without_older_blocks(&world, &node);
    assert!(older.len() > 4);
    let (first, rest) = older.split_at(2);
    assert_eq!(put(&again.store, rest.to_vec()).unwrap(), 3);
    // The chain goes on meanwhile.
    let time = node.chain.parent().time.saturating_add(1_000);
    let note = world.note(Actor::Maker, time);
    let block = node.advance(&world, vec![note]);
    again.accept(&world, &block.block);
    assert_eq!(put(&again.store, first.to_vec()).unwrap(), 1);
    let again = again.restart();
    assert_eq!(again.store.view().oldest(), 1);
    for height in 1..=9 {
        assert_eq!(
            again.store.block(height).unwrap(),
            node.store.block(height).unwrap()
        );
    }
    for signed in &all {
        let id = signed.transaction.id(&world.chain_id());
        let found = again.store.transaction_position(&id).unwrap();
        assert_eq!(found, node.store.transaction_position(&id).unwrap());
    }
    let serial = serial(150);
    let history = |node: &Node| {
        make(&node.store.view(), medicine(), serial)
            .unwrap()
            .unwrap()
    };
    assert_eq!(history(&again), history(&node));
}

#[test]
fn a_history_is_not_made_while_older_blocks_are_missing() {
    let (world, node, _) = with_a_story();
    let (again, older) = without_older_blocks(&world, &node);
    let error = make(&again.store.view(), medicine(), serial(150)).unwrap_err();
    let oldest = Height::try_from(older.len()).unwrap() + 1;
    assert!(
        matches!(error, HistoryError::BlocksMissing { oldest: found } if found == oldest),
        "{error:?}"
    );
}

#[test]
fn older_blocks_that_are_not_those_of_the_chain_are_refused() {
    let (world, node, _) = with_a_story();
    let (again, older) = without_older_blocks(&world, &node);
    let oldest = again.store.view().oldest();
    let refused = |blocks: Vec<FinalBlock>| {
        let error = put(&again.store, blocks).unwrap_err();
        assert_eq!(again.store.view().oldest(), oldest);
        assert_eq!(again.store.header(1).unwrap(), None);
        error
    };
    let mut gap = older.clone();
    gap.pop();
    assert!(matches!(refused(gap), BackfillError::Link { .. }));
    let mut other_time = older.clone();
    other_time[0].block.header.time = Timestamp(1);
    assert!(matches!(
        refused(other_time),
        BackfillError::Link { height: 1 }
    ));
    let mut fewer = older.clone();
    fewer[0].block.transactions = BoundedList::empty();
    assert!(matches!(refused(fewer), BackfillError::Block(_)));
    let mut unsigned = older.clone();
    unsigned[1].certificate.signatures = BoundedList::empty();
    assert!(matches!(
        refused(unsigned),
        BackfillError::Head {
            height: 2,
            source: HeadRefusal::Certificate(_)
        }
    ));
    let mut exchanged = older;
    exchanged[1].certificate = exchanged[2].certificate.clone();
    assert!(matches!(
        refused(exchanged),
        BackfillError::Head {
            height: 2,
            source: HeadRefusal::OtherBlock
        }
    ));
}
