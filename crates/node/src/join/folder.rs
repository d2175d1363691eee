//! The folder of a chain while it is filled.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use theriac_consensus::log_path;

use super::{JoinError, remove_file, sync_folder_of};
use crate::config::{NodeConfig, make_data_dir};
use crate::snapshot::SnapshotError;
use crate::store::disk::{Disk, FjallDisk};

/// A folder beside the chain's own, deleted when dropped.
pub(super) struct Incoming {
    path: PathBuf,
    chain: PathBuf,
    /// The engine's log.
    log: PathBuf,
    /// Locked as long as the folder is filled.
    _lock: File,
}

impl Incoming {
    /// Makes the folder, and deletes what an interrupted attempt left.
    pub(super) fn prepare(config: &NodeConfig) -> Result<Self, JoinError> {
        make_data_dir(&config.data_dir)?;
        let data = config.data_dir.clone();
        let chain = config.chain_folder();
        let lock = data.join("join.lock");
        let lock = File::create(&lock).map_err(failed(&lock))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(JoinError::Busy { path: data }),
            Err(TryLockError::Error(source)) => return Err(failed(&data)(source)),
        }
        let path = data.join("chain.incoming");
        remove(&path).map_err(failed(&path))?;
        if is_used(&chain).map_err(failed(&chain))? {
            return Err(JoinError::NotEmpty { path: chain });
        }
        Ok(Self {
            path,
            chain,
            log: log_path(&config.consensus_folder()),
            _lock: lock,
        })
    }

    /// The disk in it.
    pub(super) fn disk(&self) -> Result<Arc<dyn Disk>, JoinError> {
        let disk = FjallDisk::open(&self.path).map_err(SnapshotError::from)?;
        Ok(Arc::new(disk))
    }

    /// Makes it the chain's folder, for good.
    ///
    /// The engine's log goes: it keeps the digests of blocks whose bodies were in the folder that is
    /// replaced, and an engine that replays it would never ask for them again. Without it, the signing
    /// guard says up to which height the validator only follows (docs/adr/0014).
    pub(super) fn settle(self) -> Result<(), JoinError> {
        remove_file(&self.log).map_err(failed(&self.log))?;
        // An empty folder may be there: a rename replaces it.
        fs::rename(&self.path, &self.chain)
            .and_then(|()| sync_folder_of(&self.chain))
            .map_err(failed(&self.chain))
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        if let Err(error) = remove(&self.path) {
            tracing::warn!(%error, folder = %self.path.display(), "a folder to be deleted remains");
        }
    }
}

fn is_used(folder: &Path) -> io::Result<bool> {
    match folder.read_dir() {
        Ok(mut entries) => Ok(entries.next().is_some()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn remove(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> JoinError {
    let path = path.to_owned();
    move |source| JoinError::Folder { path, source }
}
