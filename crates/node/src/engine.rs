//! Where consensus and ledger meet: answers the engine's questions from chain, pool and store.
//!
//! Invariants:
//! - **every question is answered at once**: the engine asks the next only after the answer to the
//!   last, so an answer held back would hold back the decision that it waits for. Only the answer
//!   to `Finalized` may wait, and does while there is nothing to do;
//! - **a body is on disk before its receipt is acknowledged**, because the engine's log keeps only
//!   its digest and never asks for it again;
//! - a body whose parent is not committed here is kept, and handed back when its height begins;
//! - the clock judges a block once, at first sight in a live round; that it is not ahead of the
//!   clock, whenever it may be voted for (a block decided by others is never judged by the clock);
//! - any failure of store, engine or guard ends the task, and with it the process.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use theriac_consensus::certificate::ConvertError;
use theriac_consensus::guard::{GuardError, SigningGuard};
use theriac_consensus::peer::Peer;
use theriac_consensus::signing::{GuardedSigner, KeyHolder};
use theriac_consensus::{EngineOptions, StartError, Voter};
use theriac_crypto::{PublicKey, SigningKey};
use theriac_http::clock::SharedClock;
use theriac_http::task::{Supervisor, TaskKind};
use theriac_ledger::identifier::ChainId;

use crate::chain::{BlockRefusal, Chain, ChainError};
use crate::store::StoreError;

mod bodies;
pub mod desk;
mod first_sight;
mod gate;
mod hold;
mod run;

const GUARD_FILE: &str = "signing-guard";

/// What a validator's engine is started with.
#[derive(Debug)]
pub struct EngineSettings {
    /// A name for logs and metrics.
    pub name: String,
    /// Where to listen for the other validators.
    pub listen: SocketAddr,
    /// The other validators' nodes.
    pub peers: Vec<Peer>,
    /// Proves this node to its peers; may be the validator's own key.
    pub network_key: SigningKey,
    /// Holds the key that votes.
    pub key: Arc<dyn KeyHolder>,
    /// Folder of the engine's log and the signing guard.
    pub folder: PathBuf,
}

/// What a started engine does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EngineRole {
    /// It votes.
    Voting,
    /// It only follows: it has no signing guard, so it cannot know what it has signed. An operator
    /// who knows that the chain has left every height it voted in makes one with [`create_guard`]
    /// and starts it anew.
    Following,
}

/// Why a validator's engine does not start.
#[derive(Debug, thiserror::Error)]
pub enum EngineStartError {
    /// The folder cannot be made.
    #[error("the folder {} cannot be made", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// The signing guard cannot be used.
    #[error("the signing guard cannot be used")]
    Guard(#[from] GuardError),
    /// The store cannot be read.
    #[error("the store cannot be read")]
    Store(#[from] StoreError),
    /// The engine refused.
    #[error("the engine does not start")]
    Engine(#[from] StartError),
}

/// Why a running engine ends; the process must stop.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The engine died: its own log says why.
    #[error("the consensus engine ended")]
    Ended,
    /// The chain cannot go on.
    #[error("the chain cannot go on")]
    Chain(#[from] ChainError),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// A block could not be judged because the store failed.
    #[error("a block could not be judged")]
    Refusal(#[from] BlockRefusal),
    /// The engine decided by a certificate that is none.
    #[error("the engine's certificate is refused")]
    Certificate(#[from] ConvertError),
    /// Work on the store panicked.
    #[error("work on the store ended without an answer")]
    Panicked,
}

/// Makes the guard of a validator that has not voted, or whose operator knows that the chain has
/// left every height it voted in. `folder` is [`EngineSettings::folder`]. [`start`] never makes
/// one: an emptied folder looks like a new one, and only the operator can tell them apart.
pub fn create_guard(folder: &Path, chain: ChainId, key: PublicKey) -> Result<(), EngineStartError> {
    make_folder(folder)?;
    SigningGuard::create(&folder.join(GUARD_FILE), chain, key)?;
    Ok(())
}

/// Starts the engine and the task that answers it; the end of that task stops the process.
pub async fn start(
    settings: EngineSettings,
    chain: Arc<Chain>,
    clock: SharedClock,
    supervisor: &Supervisor,
) -> Result<EngineRole, EngineStartError> {
    make_folder(&settings.folder)?;
    let key = settings.key.public_key();
    let chain_id = chain.anchor().chain_id();
    let voter = match SigningGuard::open(&settings.folder.join(GUARD_FILE), chain_id, key) {
        Ok(guard) => Voter::Validator(GuardedSigner::new(chain_id, settings.key, guard)),
        Err(error @ GuardError::Missing { .. }) => {
            tracing::error!(%error, "this node follows without voting: {error}");
            Voter::Observer(key)
        }
        Err(error) => return Err(error.into()),
    };
    let role = match voter {
        Voter::Validator(_) => EngineRole::Voting,
        Voter::Observer(_) => EngineRole::Following,
    };
    let engine = theriac_consensus::start(EngineOptions {
        name: settings.name,
        chain: chain_id,
        listen: settings.listen,
        peers: settings.peers,
        network_key: settings.network_key,
        folder: settings.folder,
        voter,
    })
    .await?;
    let task = run::Task::new(engine, chain, clock, key, role);
    let token = supervisor.token();
    supervisor.spawn("consensus", TaskKind::Critical, async move {
        task.run(token.cancelled()).await
    });
    Ok(role)
}

fn make_folder(path: &Path) -> Result<(), EngineStartError> {
    std::fs::create_dir_all(path).map_err(|source| EngineStartError::Folder {
        path: path.to_owned(),
        source,
    })
}
