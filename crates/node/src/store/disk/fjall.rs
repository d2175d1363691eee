//! The disk of a node: a log-structured database in a folder.

use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;

use fjall::{
    Database, Keyspace, KeyspaceCreateOptions, KvSeparationOptions, PersistMode, Readable,
};

use super::{Batch, Bytes, Disk, DiskError, Entries, Keys, Snapshot, Space};
use crate::store::StoreError;

/// Blocks of data kept in memory for all keyspaces together.
const CACHE_BYTES: u64 = 16 * 1024 * 1024;
/// Fresh writes of one keyspace kept in memory before they go to a table of their own. Small,
/// because a node at rest has to fit into 200 MB and there are a dozen keyspaces.
const MEMTABLE_BYTES: u64 = 8 * 1024 * 1024;
/// Threads that flush and compact: one that flushes while the other compacts.
const WORKERS: usize = 2;

/// A database with a keyspace for each [`Space`].
pub struct FjallDisk {
    database: Database,
    /// In the order of [`Space::ALL`].
    spaces: Arc<[Keyspace]>,
}

impl std::fmt::Debug for FjallDisk {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("FjallDisk").finish_non_exhaustive()
    }
}

impl FjallDisk {
    /// Opens the database of a folder and its keyspaces; makes what is missing.
    ///
    /// # Errors
    ///
    /// [`StoreError::Open`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        open(path).map_err(|source| StoreError::Open {
            path: path.to_owned(),
            source: DiskError::new(source),
        })
    }

    /// Moves what is only in memory and journals into tables, and gives the bytes of the tables of each
    /// space: what the disk takes for good.
    ///
    /// # Errors
    ///
    /// [`DiskError`].
    pub fn settle(&self) -> Result<Vec<(Space, u64)>, DiskError> {
        let mut bytes = Vec::with_capacity(self.spaces.len());
        for (space, keyspace) in Space::ALL.into_iter().zip(self.spaces.iter()) {
            keyspace
                .rotate_memtable_and_wait()
                .map_err(DiskError::new)?;
            bytes.push((space, keyspace.disk_space()));
        }
        Ok(bytes)
    }
}

fn open(path: &Path) -> fjall::Result<FjallDisk> {
    let database = Database::builder(path)
        .cache_size(CACHE_BYTES)
        .worker_threads(WORKERS)
        .open()?;
    let options = |space: Space| {
        let small = KeyspaceCreateOptions::default().max_memtable_size(MEMTABLE_BYTES);
        if space.has_large_values() {
            small.with_kv_separation(Some(KvSeparationOptions::default()))
        } else {
            small
        }
    };
    let spaces = Space::ALL
        .into_iter()
        .map(|space| database.keyspace(space.name(), || options(space)))
        .collect::<fjall::Result<_>>()?;
    Ok(FjallDisk { database, spaces })
}

impl Disk for FjallDisk {
    fn snapshot(&self) -> Arc<dyn Snapshot> {
        Arc::new(FjallSnapshot {
            snapshot: self.database.snapshot(),
            spaces: Arc::clone(&self.spaces),
        })
    }

    fn write(&self, batch: Batch) -> Result<(), DiskError> {
        self.commit(batch, PersistMode::SyncAll)
    }

    fn write_soon(&self, batch: Batch) -> Result<(), DiskError> {
        self.commit(batch, PersistMode::Buffer)
    }
}

impl FjallDisk {
    fn commit(&self, batch: Batch, mode: PersistMode) -> Result<(), DiskError> {
        let mut writes = self.database.batch().durability(Some(mode));
        for change in batch.0 {
            let space = &self.spaces[change.space as usize];
            match change.value {
                Some(value) => writes.insert(space, change.key, value),
                None => writes.remove(space, change.key),
            }
        }
        writes.commit().map_err(DiskError::new)
    }
}

struct FjallSnapshot {
    snapshot: fjall::Snapshot,
    spaces: Arc<[Keyspace]>,
}

impl FjallSnapshot {
    fn space(&self, space: Space) -> &Keyspace {
        &self.spaces[space as usize]
    }
}

impl Snapshot for FjallSnapshot {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, DiskError> {
        self.snapshot
            .get(self.space(space), key)
            .map_err(DiskError::new)
    }

    fn keys(&self, space: Space, from: Bound<&[u8]>, to: Bound<&[u8]>) -> Keys {
        let found = self
            .snapshot
            .range::<&[u8], _>(self.space(space), (from, to));
        Box::new(found.map(|entry| entry.key().map_err(DiskError::new)))
    }

    fn range(&self, space: Space, from: Bound<&[u8]>, to: Bound<&[u8]>) -> Entries {
        entries(
            self.snapshot
                .range::<&[u8], _>(self.space(space), (from, to)),
        )
    }

    fn prefix(&self, space: Space, prefix: &[u8]) -> Entries {
        entries(self.snapshot.prefix(self.space(space), prefix))
    }
}

fn entries(found: fjall::Iter) -> Entries {
    Box::new(found.map(|entry| entry.into_inner().map_err(DiskError::new)))
}
