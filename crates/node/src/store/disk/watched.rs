//! A disk whose first failure is known to the whole process: whoever met it may be a caller who is
//! told to ask another node, and the process must stop all the same.

use std::ops::Bound;
use std::sync::Arc;

use tokio::sync::watch;

use super::{Batch, Bytes, Disk, DiskError, Entries, Keys, Snapshot, Space};

/// Passes everything on, and says when something failed.
#[derive(Debug)]
pub(crate) struct WatchedDisk {
    disk: Arc<dyn Disk>,
    failed: watch::Sender<bool>,
}

impl WatchedDisk {
    pub(crate) fn new(disk: Arc<dyn Disk>) -> Self {
        Self {
            disk,
            failed: watch::Sender::new(false),
        }
    }

    /// Whether something failed, as it changes.
    pub(crate) fn failure(&self) -> watch::Receiver<bool> {
        self.failed.subscribe()
    }
}

fn watched<T>(failed: &watch::Sender<bool>, done: Result<T, DiskError>) -> Result<T, DiskError> {
    if done.is_err() {
        failed.send_replace(true);
    }
    done
}

impl Disk for WatchedDisk {
    fn snapshot(&self) -> Arc<dyn Snapshot> {
        Arc::new(WatchedSnapshot {
            snapshot: self.disk.snapshot(),
            failed: self.failed.clone(),
        })
    }

    fn write(&self, batch: Batch) -> Result<(), DiskError> {
        if *self.failed.borrow() {
            return Err(DiskError::new(FailedBefore));
        }
        watched(&self.failed, self.disk.write(batch))
    }

    fn write_soon(&self, batch: Batch) -> Result<(), DiskError> {
        if *self.failed.borrow() {
            return Err(DiskError::new(FailedBefore));
        }
        watched(&self.failed, self.disk.write_soon(batch))
    }
}

/// An earlier access failed: nobody knows what is durable, and nothing more is written.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the disk failed before; start the node anew")]
struct FailedBefore;

struct WatchedSnapshot {
    snapshot: Arc<dyn Snapshot>,
    failed: watch::Sender<bool>,
}

impl Snapshot for WatchedSnapshot {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, DiskError> {
        watched(&self.failed, self.snapshot.get(space, key))
    }

    fn keys(&self, space: Space, from: Bound<&[u8]>, to: Bound<&[u8]>) -> Keys {
        let failed = self.failed.clone();
        let found = self.snapshot.keys(space, from, to);
        Box::new(found.map(move |key| watched(&failed, key)))
    }

    fn range(&self, space: Space, from: Bound<&[u8]>, to: Bound<&[u8]>) -> Entries {
        let failed = self.failed.clone();
        let found = self.snapshot.range(space, from, to);
        Box::new(found.map(move |entry| watched(&failed, entry)))
    }

    fn prefix(&self, space: Space, prefix: &[u8]) -> Entries {
        let failed = self.failed.clone();
        let found = self.snapshot.prefix(space, prefix);
        Box::new(found.map(move |entry| watched(&failed, entry)))
    }
}
