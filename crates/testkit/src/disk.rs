//! A store's disk in memory, for simulations: it loses what was not made durable, fails and dies
//! when it is told to, and remembers over restarts.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use theriac_node::store::disk::{
    Batch, Bytes, Disk, DiskError, Entries, Entry, Keys, Snapshot, Space,
};

/// What becomes of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is durable when it returns, as it should be.
    Durable,
    /// The machine dies before anything is written.
    DiesBefore,
    /// The machine dies once the write is durable, before anybody learns of it.
    DiesAfter,
}

/// A disk in memory. A clone is another handle to the same disk.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk(Arc<RwLock<Cells>>);

/// The versions of a key, by number of the write.
type Versions = Vec<(u64, Option<Bytes>)>;

/// Versions kept of a key: a snapshot is held for a few writes at most.
const VERSIONS_KEPT: usize = 16;

#[derive(Debug, Default)]
struct Cells {
    spaces: BTreeMap<Space, BTreeMap<Vec<u8>, Versions>>,
    /// Number of the last write.
    last: u64,
    /// Number of the last durable write; every write before it is durable, too.
    durable: u64,
    /// What becomes of the next writes, the first first; then they are durable.
    fates: std::collections::VecDeque<Fate>,
    /// A planted fault: writes are durable only once the disk [settles](MemoryDisk::settle).
    is_careless: bool,
    is_dead: bool,
}

/// The machine died while it wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the machine died")]
pub struct Died;

impl MemoryDisk {
    /// Sets what becomes of the next writes.
    pub fn foretell(&self, fates: impl IntoIterator<Item = Fate>) {
        self.write_lock().fates = fates.into_iter().collect();
    }

    /// Plants a fault: writes return before they are durable, which they are once the disk
    /// [settles](Self::settle).
    pub fn be_careless(&self) {
        self.write_lock().is_careless = true;
    }

    /// Makes everything durable that was written.
    pub fn settle(&self) {
        let mut cells = self.write_lock();
        cells.durable = cells.last;
    }

    /// Loses what is kept in one space.
    pub fn lose(&self, space: Space) {
        self.write_lock().spaces.remove(&space);
    }

    /// Whether the machine died on a write and was not [restarted](Self::restart).
    pub fn is_dead(&self) -> bool {
        self.read_lock().is_dead
    }

    /// Cuts the power and puts it on again: what was not durable is gone.
    pub fn restart(&self) {
        let mut cells = self.write_lock();
        let durable = cells.durable;
        for space in cells.spaces.values_mut() {
            for versions in space.values_mut() {
                versions.retain(|(write, _)| *write <= durable);
            }
            space.retain(|_, versions| !versions.is_empty());
        }
        cells.last = durable;
        cells.fates.clear();
        cells.is_dead = false;
    }

    /// Forgets everything: a new disk in the same machine.
    pub fn wipe(&self) {
        *self.write_lock() = Cells::default();
    }

    fn read_lock(&self) -> RwLockReadGuard<'_, Cells> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write_lock(&self) -> RwLockWriteGuard<'_, Cells> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk for MemoryDisk {
    fn snapshot(&self) -> Arc<dyn Snapshot> {
        Arc::new(MemorySnapshot {
            disk: self.clone(),
            write: self.read_lock().last,
        })
    }

    fn write(&self, batch: Batch) -> Result<(), DiskError> {
        self.put(batch, true)
    }

    fn write_soon(&self, batch: Batch) -> Result<(), DiskError> {
        self.put(batch, false)
    }
}

impl MemoryDisk {
    fn put(&self, batch: Batch, is_waited_for: bool) -> Result<(), DiskError> {
        let mut cells = self.write_lock();
        if cells.is_dead {
            return Err(DiskError::new(Died));
        }
        let fate = cells.fates.pop_front().unwrap_or(Fate::Durable);
        if fate != Fate::DiesBefore {
            let is_durable = is_waited_for && !cells.is_careless;
            cells.apply(batch, is_durable);
        }
        if matches!(fate, Fate::DiesBefore | Fate::DiesAfter) {
            cells.is_dead = true;
            return Err(DiskError::new(Died));
        }
        Ok(())
    }
}

impl Cells {
    fn apply(&mut self, batch: Batch, is_durable: bool) {
        self.last += 1;
        let write = self.last;
        for change in batch.0 {
            let space = self.spaces.entry(change.space).or_default();
            let versions = space.entry(change.key.to_vec()).or_default();
            if versions.last().is_some_and(|(last, _)| *last == write) {
                versions.pop();
            }
            versions.push((write, change.value));
            // Nothing that a power cut would bring back may be dropped.
            let kept = versions.len().saturating_sub(VERSIONS_KEPT);
            let durable = self.durable;
            let safe = versions.iter().take_while(|(at, _)| *at <= durable).count();
            versions.drain(..kept.min(safe.saturating_sub(1)));
        }
        if is_durable {
            self.durable = write;
        }
    }
}

struct MemorySnapshot {
    disk: MemoryDisk,
    write: u64,
}

impl MemorySnapshot {
    fn entries(&self, space: Space, from: Bound<&[u8]>, to: Bound<&[u8]>) -> Vec<Entry> {
        let cells = self.disk.read_lock();
        let Some(keys) = cells.spaces.get(&space) else {
            return Vec::new();
        };
        keys.range::<[u8], _>((from, to))
            .filter_map(|(key, versions)| {
                let value = value_at(versions, self.write)?;
                Some((Bytes::from(key.as_slice()), value))
            })
            .collect()
    }
}

fn value_at(versions: &Versions, write: u64) -> Option<Bytes> {
    let mut seen = versions.iter().rev().skip_while(|(at, _)| *at > write);
    seen.next().and_then(|(_, value)| value.clone())
}

impl Snapshot for MemorySnapshot {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, DiskError> {
        let cells = self.disk.read_lock();
        let versions = cells.spaces.get(&space).and_then(|keys| keys.get(key));
        Ok(versions.and_then(|versions| value_at(versions, self.write)))
    }

    fn keys(&self, space: Space, from: Bound<&[u8]>, to: Bound<&[u8]>) -> Keys {
        let entries = self.entries(space, from, to).into_iter();
        Box::new(entries.map(|(key, _)| Ok(key)))
    }

    fn range(&self, space: Space, from: Bound<&[u8]>, to: Bound<&[u8]>) -> Entries {
        Box::new(self.entries(space, from, to).into_iter().map(Ok))
    }

    fn prefix(&self, space: Space, prefix: &[u8]) -> Entries {
        let mut entries = self.entries(space, Bound::Included(prefix), Bound::Unbounded);
        entries.retain(|(key, _)| key.starts_with(prefix));
        Box::new(entries.into_iter().map(Ok))
    }
}

#[cfg(test)]
mod tests;
