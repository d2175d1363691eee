//! The keyspaces of the store.

use std::path::Path;

use fjall::{Database, Keyspace, KeyspaceCreateOptions, KvSeparationOptions};

use super::StoreError;

/// Blocks of data kept in memory for all keyspaces together.
const CACHE_BYTES: u64 = 32 * 1024 * 1024;
/// Fresh writes of one keyspace kept in memory before they go to a table of their own. Small,
/// because a node at rest has to fit into 200 MB and there are a dozen keyspaces.
const MEMTABLE_BYTES: u64 = 8 * 1024 * 1024;
/// Threads that flush and compact: one that flushes while the other compacts.
const WORKERS: usize = 2;

/// The keyspaces. All integers in keys are big-endian, so that keys sort by number.
#[derive(Clone)]
pub(super) struct Spaces {
    /// Schema, genesis, what is committed.
    pub(super) meta: Keyspace,
    /// Height → borsh (header, certificate).
    pub(super) headers: Keyspace,
    /// Height → transactions without identity lists; see `body`.
    pub(super) blocks: Keyspace,
    /// Identity root → pack keys in production order, 16 bytes each.
    pub(super) lists: Keyspace,
    /// Local number of a run u32 → borsh (run id, identity root).
    pub(super) runs: Keyspace,
    /// Pack key → local number of its run u32, position u32.
    pub(super) packs: Keyspace,
    /// Transaction id → height u64, index u32.
    pub(super) transactions: Keyspace,
    /// State key → borsh stored record.
    pub(super) records: Keyspace,
    /// State key, height u64, index u32 → transaction id; of a chunk also its packs; see `steps`.
    pub(super) steps: Keyspace,
    /// Node name → borsh node.
    pub(super) nodes: Keyspace,
    /// Version that made a node stale u64, node name → nothing.
    pub(super) stale: Keyspace,
    /// Height u64, round u32, block digest → block.
    pub(super) undecided: Keyspace,
    /// Digest of evidence → borsh evidence of misbehaviour.
    pub(super) misbehaviour: Keyspace,
}

/// Opens the database of a folder and its keyspaces; makes what is missing.
pub(super) fn open(path: &Path) -> Result<(Database, Spaces), StoreError> {
    open_all(path).map_err(|source| StoreError::Open {
        path: path.to_owned(),
        source,
    })
}

fn open_all(path: &Path) -> fjall::Result<(Database, Spaces)> {
    let database = Database::builder(path)
        .cache_size(CACHE_BYTES)
        .worker_threads(WORKERS)
        .open()?;
    let small = || KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE_BYTES);
    // Values of hundreds of kilobytes are kept out of the tables, so that compaction does not copy
    // them again and again.
    let large = || small().with_kv_separation(Some(KvSeparationOptions::default()));
    let spaces = Spaces {
        meta: database.keyspace("meta", small)?,
        headers: database.keyspace("headers", small)?,
        blocks: database.keyspace("blocks", large)?,
        lists: database.keyspace("lists", large)?,
        runs: database.keyspace("runs", small)?,
        packs: database.keyspace("packs", small)?,
        transactions: database.keyspace("transactions", small)?,
        records: database.keyspace("records", small)?,
        steps: database.keyspace("steps", small)?,
        nodes: database.keyspace("nodes", small)?,
        stale: database.keyspace("stale", small)?,
        undecided: database.keyspace("undecided", large)?,
        misbehaviour: database.keyspace("misbehaviour", small)?,
    };
    Ok((database, spaces))
}
