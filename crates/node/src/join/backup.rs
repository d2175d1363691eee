//! Taking a backup from a running node.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use theriac_client::node_client::SnapshotStream;
use theriac_client::{NodeError, NodeUrl};
use theriac_http::clock::SharedClock;

use super::{JoinError, clients, remove_file, sync_folder_of};
use crate::config::NodeConfig;
use crate::snapshot::{Extent, is_whole_tail};

/// Why no backup was taken.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The configuration was refused, or there is no client.
    #[error(transparent)]
    Setup(#[from] JoinError),
    /// The node did not give it.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// What came is cut off.
    #[error("the node ended the snapshot early; its log says why; try again")]
    Cut,
    /// The file cannot be written.
    #[error("the backup {} cannot be written", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file exists.
    #[error("{} exists; choose another name: a backup is never overwritten", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
}

/// Writes the state and all blocks of a running node into a new file, readable by its owner alone, that
/// is on disk when this returns; gives its bytes, and tells `report` those so far.
///
/// # Errors
///
/// [`BackupError`]; no file is left under its name.
pub async fn backup(
    config: &NodeConfig,
    from: NodeUrl,
    clock: SharedClock,
    to: &Path,
    report: &mut dyn FnMut(u64),
) -> Result<u64, BackupError> {
    if fs::symlink_metadata(to).is_ok() {
        return Err(BackupError::Exists {
            path: to.to_owned(),
        });
    }
    let genesis = config.load_genesis().map_err(JoinError::from)?;
    let node = clients(config, &genesis, &[from], clock).await?.pop();
    let node = node.ok_or(JoinError::NoNode)?;
    let stream = node.snapshot(Extent::All.name()).await?;
    let mut partial = to.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let written = save(stream, &partial, report).await;
    let settled = written.and_then(|bytes| {
        fs::rename(&partial, to)
            .and_then(|()| sync_folder_of(to))
            .map_err(file_failed(to))?;
        Ok(bytes)
    });
    if settled.is_err() {
        // What is left has a name that nobody takes for a backup.
        let _ = fs::remove_file(&partial);
    }
    settled
}

async fn save(
    mut stream: SnapshotStream,
    partial: &Path,
    report: &mut dyn FnMut(u64),
) -> Result<u64, BackupError> {
    remove_file(partial).map_err(file_failed(partial))?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(partial)
        .map_err(file_failed(partial))?;
    let mut bytes = 0u64;
    let mut tail = Vec::new();
    while let Some(piece) = stream.next().await? {
        file.write_all(&piece).map_err(file_failed(partial))?;
        tail.extend_from_slice(&piece[piece.len().saturating_sub(16)..]);
        tail.drain(..tail.len().saturating_sub(16));
        bytes = bytes.saturating_add(u64::try_from(piece.len()).unwrap_or(u64::MAX));
        report(bytes);
    }
    if !is_whole_tail(&tail) {
        return Err(BackupError::Cut);
    }
    file.sync_all().map_err(file_failed(partial))?;
    Ok(bytes)
}

fn file_failed(path: &Path) -> impl FnOnce(io::Error) -> BackupError {
    let path = path.to_owned();
    move |source| BackupError::File { path, source }
}
