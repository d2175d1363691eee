//! The disk of a node: a log-structured database in a folder.

use std::ops::Bound;
use std::path::Path;
use std::sync::Arc;

use fjall::config::PartitioningPolicy;
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
        // A filter or an index of millions of keys is megabytes long. Whole, it would not fit into the cache,
        // and be read and checked again for each key that is looked up.
        let parts = PartitioningPolicy::all(true);
        let small = KeyspaceCreateOptions::default()
            .max_memtable_size(MEMTABLE_BYTES)
            .filter_block_partitioning_policy(parts.clone())
            .index_block_partitioning_policy(parts);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Enough for a filter of two megabytes.
    const KEYS: u64 = 1_600_000;
    const LOOKUPS: u64 = 500;

    /// Spread over the whole range, as digests are.
    fn key(number: u64) -> Vec<u8> {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        [mixed, number].map(u64::to_be_bytes).concat()
    }

    /// Bytes that this thread has read, from the disk or the system's cache of it.
    fn bytes_read() -> u64 {
        let text = std::fs::read_to_string("/proc/thread-self/io").unwrap();
        let line = text.lines().find_map(|line| line.strip_prefix("rchar: "));
        line.unwrap().parse().unwrap()
    }

    #[test]
    fn a_pack_that_is_not_there_is_missed_without_reading_a_whole_filter() {
        let folder = tempfile::tempdir().unwrap();
        let disk = FjallDisk::open(folder.path()).unwrap();
        let numbers: Vec<u64> = (0..KEYS).collect();
        for some in numbers.chunks(50_000) {
            let mut batch = Batch::default();
            for number in some {
                batch.insert(Space::Packs, key(*number), [0; 8]);
            }
            disk.write_soon(batch).unwrap();
        }
        disk.settle().unwrap();
        disk.spaces[Space::Packs as usize].major_compact().unwrap();
        let snapshot = disk.snapshot();
        let before = bytes_read();
        for number in KEYS..KEYS + LOOKUPS {
            let found = snapshot.get(Space::Packs, &key(number)).unwrap();
            assert!(found.is_none());
        }
        let each = (bytes_read() - before) / LOOKUPS;
        assert!(each < 64 * 1024, "{each} bytes are read for a lookup");
    }
}
