//! Writing a height, or genesis: one batch, one flush.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use jmt::storage::Node;
use theriac_crypto::Digest;
use theriac_ledger::block::{Block, Header, Parent};
use theriac_ledger::encoding::encode;
use theriac_ledger::execute::Changeset;
use theriac_ledger::identifier::{Height, PackKey, RunId, TransactionId};
use theriac_ledger::record::StoredRecord;
use theriac_ledger::state_key::StateKey;
use theriac_proof::CommitCertificate;

use super::disk::{Batch, Disk, Snapshot, Space};
use super::undecided::forget_undecided;
use super::view::{Committed, IndexedRun};
use super::{META_COMMITTED, META_GENESIS, META_SCHEMA, SCHEMA, Store, StoreError};
use super::{body, changes, steps, validators};
use crate::genesis::Genesis;
use crate::tree::{self, NodeName, TreeUpdate, VERSIONS_KEPT};

/// Tree nodes deleted with one height: far more than a height makes stale, so that pruning catches
/// up after any pause without ever holding up a commit for long.
const PRUNE_MAX: usize = 16_384;

/// A height ready to be written.
#[derive(Debug)]
pub(crate) struct Commit<'a> {
    /// The block.
    pub(crate) block: &'a Block,
    /// What makes it final.
    pub(crate) certificate: &'a CommitCertificate,
    /// What it changes.
    pub(crate) changes: &'a Changeset,
    /// What that changes in the tree.
    pub(crate) tree: &'a TreeUpdate,
    /// Whether it must be on disk before anyone is told.
    pub(crate) is_promise: bool,
}

impl Store {
    /// Writes the next height, waits until it is on disk where it is a promise, and shows it to readers.
    pub(crate) fn commit(&self, commit: &Commit<'_>) -> Result<(), StoreError> {
        let _writing = self.writing();
        let view = self.view();
        let shared = &self.shared;
        let height = commit.block.header.height;
        let disk = shared.disk.snapshot();
        let mut batch = Batch::default();
        write_chain(&mut batch, commit)?;
        write_records(&mut batch, &commit.changes.writes);
        let runs = write_runs(&mut batch, commit.changes, view.runs())?;
        steps::write(&mut batch, commit.changes);
        write_tree(&mut batch, height, commit.tree);
        prune_tree(&mut batch, &*disk, height)?;
        forget_undecided(&mut batch, &*disk, height)?;
        write_committed(
            &mut batch,
            &Committed {
                parent: Parent::of(&commit.block.header),
                runs,
            },
        );
        let written = if commit.is_promise {
            shared.disk.write(batch)
        } else {
            shared.disk.write_soon(batch)
        };
        written.map_err(StoreError::write)?;
        for (name, node) in &commit.tree.nodes {
            shared.nodes.put(name.clone(), node.clone());
        }
        for tree in &commit.changes.chunk_trees {
            shared.trees.keep(Arc::clone(tree));
        }
        self.publish(&commit.changes.decoded)
    }
}

/// Writes genesis into an empty store.
pub(super) fn write_genesis(disk: &dyn Disk, genesis: &Genesis) -> Result<(), StoreError> {
    genesis.check()?;
    let records = genesis.state();
    let values = crate::genesis::tree_values(&records);
    let update = tree::whole(0, &values)?;
    let mut batch = Batch::default();
    write_records(&mut batch, &records);
    write_tree(&mut batch, 0, &update);
    write_committed(
        &mut batch,
        &Committed {
            parent: Parent::genesis(&genesis.anchor),
            runs: 0,
        },
    );
    batch.insert(Space::Meta, META_GENESIS, encode(genesis));
    batch.insert(Space::Meta, META_SCHEMA, encode(&SCHEMA));
    disk.write(batch).map_err(StoreError::write)
}

fn write_committed(batch: &mut Batch, committed: &Committed) {
    batch.insert(Space::Meta, META_COMMITTED, encode(committed));
}

fn write_chain(batch: &mut Batch, commit: &Commit<'_>) -> Result<(), StoreError> {
    let Commit {
        block,
        certificate,
        changes,
        ..
    } = commit;
    let height = block.header.height;
    let roots: Vec<Digest> = changes.runs.iter().map(|run| run.identity_root).collect();
    write_head(batch, &block.header, certificate);
    validators::write(batch, &block.header, certificate, changes)?;
    let stored = body::store(block, &roots)?;
    batch.insert(Space::Blocks, height.to_be_bytes(), stored);
    write_positions(batch, height, changes.transactions.iter().copied());
    Ok(())
}

pub(super) fn write_head(batch: &mut Batch, header: &Header, certificate: &CommitCertificate) {
    let height = header.height.to_be_bytes();
    batch.insert(Space::Headers, height, encode(&(header, certificate)));
}

pub(super) fn write_positions(
    batch: &mut Batch,
    height: Height,
    ids: impl Iterator<Item = TransactionId>,
) {
    for (index, id) in (0u32..).zip(ids) {
        let mut position = [0; 12];
        position[..8].copy_from_slice(&height.to_be_bytes());
        position[8..].copy_from_slice(&index.to_be_bytes());
        batch.insert(Space::Transactions, *id.0.as_bytes(), position);
    }
}

fn write_records(batch: &mut Batch, records: &BTreeMap<StateKey, StoredRecord>) {
    for (key, record) in records {
        write_record(batch, key, record);
    }
}

pub(super) fn write_record(batch: &mut Batch, key: &StateKey, record: &StoredRecord) {
    if record.private.is_empty() && record.attached.is_empty() {
        changes::list(batch, key, record);
    }
    batch.insert(Space::Records, *key.0.as_bytes(), encode(record));
}

/// Writes identity lists and the index over them; gives the number of runs after that.
fn write_runs(batch: &mut Batch, changes: &Changeset, first: u32) -> Result<u32, StoreError> {
    let mut number = first;
    for new in &changes.runs {
        write_run(batch, number, new.run, new.identity_root, &new.keys);
        number = next_run(number)?;
    }
    Ok(number)
}

pub(super) fn write_run(
    batch: &mut Batch,
    number: u32,
    run: RunId,
    identity_root: Digest,
    keys: &[PackKey],
) {
    let list: Vec<u8> = keys.iter().flat_map(|key| key.0).collect();
    batch.insert(Space::Lists, *identity_root.as_bytes(), list);
    let indexed = IndexedRun { run, identity_root };
    batch.insert(Space::Runs, number.to_be_bytes(), encode(&indexed));
    for (position, key) in (0u32..).zip(keys) {
        let mut entry = [0; 8];
        entry[..4].copy_from_slice(&number.to_be_bytes());
        entry[4..].copy_from_slice(&position.to_be_bytes());
        batch.insert(Space::Packs, key.0, entry);
    }
}

/// The local number after another.
pub(super) fn next_run(number: u32) -> Result<u32, StoreError> {
    number
        .checked_add(1)
        .ok_or_else(|| StoreError::corrupt("pack index", "there are 2^32 runs"))
}

fn write_tree(batch: &mut Batch, version: Height, tree: &TreeUpdate) {
    write_nodes(batch, &tree.nodes);
    for name in tree.stale.iter().filter(|name| !name.is_root()) {
        batch.insert(Space::Stale, stale_key(version, name), []);
    }
}

pub(super) fn write_nodes(batch: &mut Batch, nodes: &[(NodeName, Node)]) {
    for (name, node) in nodes {
        batch.insert(Space::Nodes, name.as_bytes(), encode(node));
    }
}

fn stale_key(version: Height, name: &NodeName) -> Vec<u8> {
    let mut key = version.to_be_bytes().to_vec();
    key.extend_from_slice(name.as_bytes());
    key
}

/// Deletes what only versions older than the last [`VERSIONS_KEPT`] need: nodes by what made them
/// stale, roots by their version, because an idle block's copied root is never called stale.
fn prune_tree(batch: &mut Batch, disk: &dyn Snapshot, height: Height) -> Result<(), StoreError> {
    let Some(gone) = height.checked_sub(VERSIONS_KEPT) else {
        return Ok(());
    };
    batch.remove(Space::Nodes, NodeName::root(gone).as_bytes());
    let oldest_kept = gone.saturating_add(1);
    let end = oldest_kept.saturating_add(1).to_be_bytes();
    let stale = disk.keys(Space::Stale, Bound::Unbounded, Bound::Excluded(&end));
    for key in stale.take(PRUNE_MAX) {
        let key = key.map_err(StoreError::read)?;
        let name = key
            .get(8..)
            .ok_or_else(|| StoreError::corrupt("stale nodes", "a name is too short"))?;
        batch.remove(Space::Nodes, name);
        batch.remove(Space::Stale, key.clone());
    }
    Ok(())
}
