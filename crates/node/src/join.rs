//! Beginning from a snapshot instead of from genesis: one that another node serves, or a backup; and
//! taking such a backup.
//!
//! The chain's folder is filled under another name and renamed when all of it was checked: a restoration
//! that was interrupted leaves no store. The signing guard is not touched: a validator whose chain is
//! replaced remembers what it has signed, and follows without voting until the chain has passed it.

mod backup;
mod folder;
mod pipe;

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use theriac_client::{
    ClientSetupError, Generator, NodeClient, NodeError, NodeUrl, RequestSigner, TimeLimits,
};
use theriac_http::clock::SharedClock;
use theriac_http::problem::chain;

pub use backup::{BackupError, backup};

use crate::config::{NodeConfig, SetupError};
use crate::genesis::Genesis;
use crate::snapshot::{self, Extent, Progress, Restored, SnapshotError};
use folder::Incoming;

/// How long one node may take to send its snapshot; as long as a node serves one.
const LIFETIME: Duration = Duration::from_hours(1);

/// Why a node did not begin from a snapshot.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// The configuration or a file it names was refused.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// No HTTP client.
    #[error(transparent)]
    Client(#[from] ClientSetupError),
    /// The configuration names no other node.
    #[error("the configuration names no node to read from; say --from http://…")]
    NoNode,
    /// The node did not give a snapshot.
    #[error(transparent)]
    Node(#[from] NodeError),
    /// The backup cannot be opened.
    #[error("the backup {} cannot be opened", path.display())]
    Backup {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is a chain already.
    #[error(
        "{} holds a chain already; stop the node, and move that folder away if it is to be replaced",
        path.display()
    )]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// Another process fills the folder.
    #[error("another process fills {}; wait for it, or end it", path.display())]
    Busy {
        /// The data folder.
        path: PathBuf,
    },
    /// A folder cannot be made, renamed or deleted.
    #[error("the folder {} cannot be prepared", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The snapshot was refused.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

/// Fills a node's folder from a backup file.
///
/// # Errors
///
/// [`JoinError`]; the folder is then as it was.
pub fn restore_backup(
    config: &NodeConfig,
    file: &Path,
    report: &mut (dyn FnMut(Progress) + Send),
) -> Result<Restored, JoinError> {
    let genesis = config.load_genesis()?;
    let input = File::open(file).map_err(|source| JoinError::Backup {
        path: file.to_owned(),
        source,
    })?;
    fill(config, &genesis, BufReader::new(input), report)
}

/// Fills a node's folder from another node, the first of `from` that gives a snapshot that is right; where
/// none is given, from those of the configuration.
///
/// # Errors
///
/// [`JoinError`]: what the last node's snapshot failed with; the folder is then as it was.
pub async fn join(
    config: &NodeConfig,
    from: &[NodeUrl],
    clock: SharedClock,
    report: impl FnMut(Progress) + Send + Clone + 'static,
) -> Result<Restored, JoinError> {
    let genesis = config.load_genesis()?;
    let mut failure = JoinError::NoNode;
    for node in clients(config, &genesis, from, clock).await? {
        match join_from(config, &genesis, &node, report.clone()).await {
            Err(error @ (JoinError::Node(_) | JoinError::Snapshot(_))) => {
                tracing::warn!(node = %node.url(), error = %chain(&error), "no snapshot from this node");
                failure = error;
            }
            ended => return ended,
        }
    }
    Err(failure)
}

async fn join_from(
    config: &NodeConfig,
    genesis: &Genesis,
    node: &NodeClient,
    mut report: impl FnMut(Progress) + Send + 'static,
) -> Result<Restored, JoinError> {
    let stream = node.snapshot(Extent::Window.name()).await?;
    let (input, feeding) = pipe::of(stream);
    let (config, genesis) = (config.clone(), genesis.clone());
    let filling = tokio::task::spawn_blocking(move || fill(&config, &genesis, input, &mut report));
    // A feed that is dropped ends the input, whatever the node still sends.
    let feeding = tokio::time::timeout(LIFETIME, feeding);
    let (fed, filled) = tokio::join!(feeding, filling);
    match filled.expect("restoring does not panic") {
        // The node's own words say more than that the bytes ended.
        Err(JoinError::Snapshot(SnapshotError::Cut)) => {
            fed.unwrap_or(Ok(()))?;
            Err(SnapshotError::Cut.into())
        }
        ended => ended,
    }
}

fn fill(
    config: &NodeConfig,
    genesis: &Genesis,
    input: impl Read,
    report: &mut (dyn FnMut(Progress) + Send),
) -> Result<Restored, JoinError> {
    let incoming = Incoming::prepare(config)?;
    let restored = snapshot::restore(genesis, incoming.disk()?, input, report)?;
    incoming.settle()?;
    Ok(restored)
}

/// Clients of the nodes to read from, signing with the configured key.
async fn clients(
    config: &NodeConfig,
    genesis: &Genesis,
    from: &[NodeUrl],
    clock: SharedClock,
) -> Result<Vec<NodeClient>, JoinError> {
    let key = config.open_key(genesis).await?;
    let key = config.open_request_key(&key, genesis).await?;
    let chain_id = genesis.anchor.chain_id();
    let signer = RequestSigner::new(key.signer(), chain_id, clock, Generator::system());
    let configured = config.peers.iter().map(|peer| &peer.url);
    let configured: Vec<_> = configured.chain(&config.follow).cloned().collect();
    let urls = if from.is_empty() { &configured } else { from };
    Ok(NodeClient::for_nodes(
        urls,
        TimeLimits::default(),
        Some(&signer),
    )?)
}

/// Deletes a file and makes that durable; nothing where there is none.
fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Ok(()) => sync_folder_of(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes durable which names a path's folder holds: without it a power cut takes back what was renamed or
/// deleted.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(folder)?.sync_all()
}
