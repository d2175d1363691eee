//! Writing a height, or genesis: one batch, one flush.

use std::collections::BTreeMap;
use std::sync::Arc;

use fjall::{Database, OwnedWriteBatch, PersistMode};
use theriac_crypto::Digest;
use theriac_ledger::block::{Block, Parent};
use theriac_ledger::encoding::encode;
use theriac_ledger::execute::Changeset;
use theriac_ledger::identifier::Height;
use theriac_ledger::record::StoredRecord;
use theriac_ledger::state_key::StateKey;
use theriac_proof::CommitCertificate;

use super::spaces::Spaces;
use super::view::{Committed, IndexedRun, View};
use super::{META_COMMITTED, META_GENESIS, META_SCHEMA, SCHEMA, Store, StoreError, body, steps};
use crate::genesis::Genesis;
use crate::tree::{self, NoNodes, NodeName, TreeUpdate, VERSIONS_KEPT};

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
}

impl Store {
    /// Writes the next height, waits until it is on disk, and shows it to readers.
    pub(crate) fn commit(&self, commit: &Commit<'_>) -> Result<(), StoreError> {
        let view = self.view();
        let shared = &self.shared;
        let spaces = &shared.spaces;
        let height = commit.block.header.height;
        let mut batch = shared
            .database
            .batch()
            .durability(Some(PersistMode::SyncAll));
        write_chain(&mut batch, spaces, commit)?;
        write_records(&mut batch, spaces, &commit.changes.writes);
        let runs = write_runs(&mut batch, spaces, commit.changes, view.runs())?;
        steps::write(&mut batch, spaces, commit.changes);
        write_tree(&mut batch, spaces, height, commit.tree);
        prune_tree(&mut batch, spaces, height)?;
        self.forget_undecided(&mut batch, height)?;
        write_committed(
            &mut batch,
            spaces,
            &Committed {
                parent: Parent::of(&commit.block.header),
                runs,
            },
        );
        batch.commit().map_err(StoreError::write)?;
        for (name, node) in &commit.tree.nodes {
            shared.nodes.put(name.clone(), node.clone());
        }
        self.publish(View::open(Arc::clone(shared))?);
        Ok(())
    }
}

/// Writes genesis into an empty store.
pub(super) fn write_genesis(
    database: &Database,
    spaces: &Spaces,
    genesis: &Genesis,
) -> Result<(), StoreError> {
    genesis.check()?;
    let records = genesis.state();
    let values = crate::genesis::tree_values(&records);
    let update = tree::update(&NoNodes, 0, &values)?;
    let mut batch = database.batch().durability(Some(PersistMode::SyncAll));
    write_records(&mut batch, spaces, &records);
    write_tree(&mut batch, spaces, 0, &update);
    write_committed(
        &mut batch,
        spaces,
        &Committed {
            parent: Parent::genesis(&genesis.anchor),
            runs: 0,
        },
    );
    batch.insert(&spaces.meta, META_GENESIS, encode(genesis));
    batch.insert(&spaces.meta, META_SCHEMA, encode(&SCHEMA));
    batch.commit().map_err(StoreError::write)
}

fn write_committed(batch: &mut OwnedWriteBatch, spaces: &Spaces, committed: &Committed) {
    batch.insert(&spaces.meta, META_COMMITTED, encode(committed));
}

fn write_chain(
    batch: &mut OwnedWriteBatch,
    spaces: &Spaces,
    commit: &Commit<'_>,
) -> Result<(), StoreError> {
    let Commit {
        block,
        certificate,
        changes,
        ..
    } = commit;
    let height = block.header.height.to_be_bytes();
    let roots: Vec<Digest> = changes.runs.iter().map(|run| run.identity_root).collect();
    batch.insert(
        &spaces.headers,
        height,
        encode(&(&block.header, certificate)),
    );
    batch.insert(&spaces.blocks, height, body::store(block, &roots)?);
    for (index, id) in (0u32..).zip(&changes.transactions) {
        let mut position = [0; 12];
        position[..8].copy_from_slice(&height);
        position[8..].copy_from_slice(&index.to_be_bytes());
        batch.insert(&spaces.transactions, *id.0.as_bytes(), position);
    }
    Ok(())
}

fn write_records(
    batch: &mut OwnedWriteBatch,
    spaces: &Spaces,
    records: &BTreeMap<StateKey, StoredRecord>,
) {
    for (key, record) in records {
        batch.insert(&spaces.records, *key.0.as_bytes(), encode(record));
    }
}

/// Writes identity lists and the index over them; gives the number of runs after that.
fn write_runs(
    batch: &mut OwnedWriteBatch,
    spaces: &Spaces,
    changes: &Changeset,
    first: u32,
) -> Result<u32, StoreError> {
    let mut number = first;
    for new in &changes.runs {
        let list: Vec<u8> = new.keys.iter().flat_map(|key| key.0).collect();
        batch.insert(&spaces.lists, *new.identity_root.as_bytes(), list);
        let indexed = IndexedRun {
            run: new.run,
            identity_root: new.identity_root,
        };
        batch.insert(&spaces.runs, number.to_be_bytes(), encode(&indexed));
        for (position, key) in (0u32..).zip(new.keys.iter()) {
            let mut entry = [0; 8];
            entry[..4].copy_from_slice(&number.to_be_bytes());
            entry[4..].copy_from_slice(&position.to_be_bytes());
            batch.insert(&spaces.packs, key.0, entry);
        }
        number = number
            .checked_add(1)
            .ok_or_else(|| StoreError::corrupt("pack index", "there are 2^32 runs"))?;
    }
    Ok(number)
}

fn write_tree(batch: &mut OwnedWriteBatch, spaces: &Spaces, version: Height, tree: &TreeUpdate) {
    for (name, node) in &tree.nodes {
        batch.insert(&spaces.nodes, name.as_bytes(), encode(node));
    }
    for name in tree.stale.iter().filter(|name| !name.is_root()) {
        batch.insert(&spaces.stale, stale_key(version, name), []);
    }
}

fn stale_key(version: Height, name: &NodeName) -> Vec<u8> {
    let mut key = version.to_be_bytes().to_vec();
    key.extend_from_slice(name.as_bytes());
    key
}

/// Deletes what only versions older than the last [`VERSIONS_KEPT`] need: nodes by what made them
/// stale, roots by their version, because an idle block's copied root is never called stale.
fn prune_tree(
    batch: &mut OwnedWriteBatch,
    spaces: &Spaces,
    height: Height,
) -> Result<(), StoreError> {
    let Some(gone) = height.checked_sub(VERSIONS_KEPT) else {
        return Ok(());
    };
    batch.remove(&spaces.nodes, NodeName::root(gone).as_bytes());
    let oldest_kept = gone.saturating_add(1);
    let end = oldest_kept.saturating_add(1).to_be_bytes();
    for entry in spaces.stale.range(..end).take(PRUNE_MAX) {
        let key = entry.key().map_err(StoreError::read)?;
        let name = key
            .get(8..)
            .ok_or_else(|| StoreError::corrupt("stale nodes", "a name is too short"))?;
        batch.remove(&spaces.nodes, name);
        batch.remove(&spaces.stale, key.clone());
    }
    Ok(())
}
