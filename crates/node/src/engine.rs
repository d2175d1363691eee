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
use std::time::Duration;

use theriac_consensus::certificate::ConvertError;
use theriac_consensus::guard::{GuardError, SigningGuard, waits_for};
use theriac_consensus::peer::Peer;
use theriac_consensus::publish::PublishGuard;
use theriac_consensus::signing::{EngineSigner, KeyError, KeyHolder, SignError};
use theriac_consensus::{EngineOptions, StartError, Voter, log_head};
use theriac_crypto::{PublicKey, SigningKey};
use theriac_http::clock::SharedClock;
use theriac_http::problem::chain as chain_of;
use theriac_http::task::{Supervisor, TaskKind};
use theriac_ledger::identifier::{ChainId, Height};
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::chain::{BlockRefusal, Chain, ChainError};
use crate::neighbours::{Neighbour, Neighbours};
use crate::peer_heights::PeerHeights;
use crate::store::StoreError;

mod attendance;
mod bodies;
pub mod desk;
mod first_sight;
mod gate;
mod hold;
mod outside;
mod run;
mod stall;

const GUARD_FILE: &str = "signing-guard";

/// What the operator does about a guard that is missing.
const NEW_GUARD: &str = "once the chain has left every height that it may have voted in, stop the node and run theriac node guard --votes-are-past";

/// How long a validator that was left behind asks over HTTP without a block, before it takes part again.
const UNHEARD: Duration = Duration::from_secs(30);

/// Time before an engine starts again whose holder of the key did not sign.
const KEY_PAUSE: Duration = Duration::from_secs(1);

/// What a validator's engine is started with.
#[derive(Debug)]
pub struct EngineSettings {
    /// A name for logs and metrics.
    pub name: String,
    /// Where to listen for the other validators.
    pub listen: SocketAddr,
    /// The other validators' nodes, as they change.
    pub neighbours: watch::Receiver<Neighbours>,
    /// How far their chains are.
    pub peer_heights: watch::Receiver<PeerHeights>,
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
    /// It only follows until the chain has that height, and votes then: its log lacks what it
    /// signed at that height, or its store is behind what it signed.
    Waiting(Height),
    /// It has no vote, and follows the others over their HTTP interfaces until it has one.
    Outside,
    /// It only follows: it has no signing guard, so it cannot know what it has signed. An operator
    /// who knows that the chain has left every height it voted in makes one with [`create_guard`]
    /// and starts it anew.
    Following,
    /// It only follows until the holder of its key answers again, and votes then.
    KeyAway,
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
    /// The holder of the key does not vote for this validator.
    #[error("the holder of the key does not vote")]
    Key(#[source] KeyError),
    /// The store cannot be read.
    #[error("the store cannot be read")]
    Store(#[from] StoreError),
    /// The engine's log cannot be read.
    #[error("the engine's log cannot be read")]
    Log(#[source] io::Error),
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
    /// It followed long enough to vote again, and did not start again.
    #[error("the engine does not start again to vote")]
    Again(#[source] Box<EngineStartError>),
    /// The signing guard cannot be made durable; its own log line says why.
    #[error("the signing guard failed")]
    Guard,
    /// The holder of the key refuses, or could not be asked safely; its own log line says why.
    #[error("the holder of the key does not sign")]
    Key(#[source] Arc<KeyError>),
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

/// Starts the engine and the task that answers it; the end of that task stops the process. Gives
/// the engine's role, as it changes.
pub async fn start(
    settings: EngineSettings,
    chain: Arc<Chain>,
    clock: SharedClock,
    supervisor: &Supervisor,
) -> Result<watch::Receiver<EngineRole>, EngineStartError> {
    make_folder(&settings.folder)?;
    let (told, role) = watch::channel(EngineRole::Following);
    let starter = Starter {
        settings,
        chain,
        clock,
        told,
    };
    let first = starter.next(None, stall::LIMIT).await?;
    let runtime = Handle::current();
    supervisor.spawn_blocking("consensus", TaskKind::Critical, move |token| {
        runtime.block_on(async {
            let mut part = first;
            let mut waits_for = None;
            let mut patience = stall::LIMIT;
            loop {
                let end = match part {
                    Part::Inside(task) => task.run(token.cancelled()).await?,
                    Part::Outside(outside) => outside.run(token.cancelled()).await?,
                };
                match end {
                    run::End::Stopped => return Ok::<(), EngineError>(()),
                    run::End::MayVote => {
                        tracing::info!(
                            "what kept this validator from voting is over: it votes again"
                        );
                    }
                    run::End::MustWait(height) => waits_for = Some(height),
                    run::End::LeftBehind => {
                        tracing::warn!(
                            "the other validators go on and tell this one nothing: it asks them over HTTP, and learns there whether it still has a vote"
                        );
                        if let EngineRole::Waiting(height) = *starter.told.borrow() {
                            waits_for = Some(height);
                        }
                        part = Part::Outside(starter.outside(Some(UNHEARD)));
                        continue;
                    }
                    run::End::Unheard => {
                        patience = stall::longer(patience);
                        tracing::warn!(
                            patience_ms = patience.as_millis(),
                            "no block came over HTTP either: this validator takes part in consensus again"
                        );
                    }
                    run::End::Removed => {
                        tracing::warn!("this validator has no vote any more: it follows the others");
                    }
                    run::End::Added => {
                        patience = stall::LIMIT;
                        tracing::info!("this validator has a vote now: it takes part in consensus");
                    }
                    // A holder that answers and does not sign must not make the engine spin.
                    run::End::KeyAway => tokio::select! {
                        () = token.cancelled() => return Ok(()),
                        () = tokio::time::sleep(KEY_PAUSE) => {}
                    },
                }
                let next = starter.next(waits_for.take(), patience).await;
                part = next.map_err(|error| EngineError::Again(Box::new(error)))?;
            }
        })
    });
    Ok(role)
}

/// How a node of a validator's key takes part.
enum Part {
    /// In consensus.
    Inside(run::Task),
    /// By following.
    Outside(outside::Outside),
}

/// Starts the engine, and once more when a validator that waited may vote.
struct Starter {
    settings: EngineSettings,
    chain: Arc<Chain>,
    clock: SharedClock,
    told: watch::Sender<EngineRole>,
}

impl Starter {
    /// The part that the set of the next height gives it.
    async fn next(
        &self,
        must_wait: Option<Height>,
        patience: Duration,
    ) -> Result<Part, EngineStartError> {
        let key = self.settings.key.public_key();
        if self.chain.validators().find(&key).is_some() {
            return Ok(Part::Inside(self.start(must_wait, patience).await?));
        }
        self.check_guard()?;
        Ok(Part::Outside(self.outside(None)))
    }

    /// Follows; one that has a vote comes back when no block came for a time.
    fn outside(&self, unheard: Option<Duration>) -> outside::Outside {
        self.told.send_replace(EngineRole::Outside);
        outside::Outside {
            chain: Arc::clone(&self.chain),
            key: self.settings.key.public_key(),
            neighbours: self.settings.neighbours.clone(),
            unheard,
        }
    }

    /// A node that waits for a vote says now what would keep it from voting.
    fn check_guard(&self) -> Result<(), EngineStartError> {
        let settings = &self.settings;
        let (key, chain) = (settings.key.public_key(), self.chain.anchor().chain_id());
        match SigningGuard::open(&settings.folder.join(GUARD_FILE), chain, key) {
            Ok(_) => Ok(()),
            Err(error @ GuardError::Missing { .. }) => {
                tracing::error!(%error, "this node will not vote, even when it has a vote: {error}; {NEW_GUARD}");
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }

    /// `must_wait` is the height of what the guard refused.
    async fn start(
        &self,
        must_wait: Option<Height>,
        patience: Duration,
    ) -> Result<run::Task, EngineStartError> {
        let Self {
            settings, chain, ..
        } = self;
        let (voter, role) = self.voter(must_wait).await?;
        let (engine, role) = match theriac_consensus::start(self.options(voter)).await {
            // It went away since it was asked what it signed last.
            Err(StartError::Proof(SignError::Key(error)))
                if matches!(*error, KeyError::Away(_)) =>
            {
                let observer = Voter::Observer(settings.key.public_key());
                let engine = theriac_consensus::start(self.options(observer)).await?;
                (engine, EngineRole::KeyAway)
            }
            started => (started?, role),
        };
        self.told.send_replace(role);
        let (chain, clock) = (Arc::clone(chain), Arc::clone(&self.clock));
        let surroundings = run::Surroundings {
            neighbours: settings.neighbours.clone(),
            heights: settings.peer_heights.clone(),
        };
        Ok(run::Task::new(
            engine,
            surroundings,
            chain,
            clock,
            Arc::clone(&settings.key),
            role,
            patience,
        ))
    }

    fn options(&self, voter: Voter) -> EngineOptions {
        let settings = &self.settings;
        EngineOptions {
            name: settings.name.clone(),
            chain: self.chain.anchor().chain_id(),
            listen: settings.listen,
            peers: peers(&settings.neighbours.borrow()),
            network_key: settings.network_key.clone(),
            folder: settings.folder.clone(),
            voter,
        }
    }

    /// Whether the validator votes, by its guard, the holder of its key and the engine's log.
    async fn voter(
        &self,
        must_wait: Option<Height>,
    ) -> Result<(Voter, EngineRole), EngineStartError> {
        let settings = &self.settings;
        let (key, chain_id) = (settings.key.public_key(), self.chain.anchor().chain_id());
        let guard = match SigningGuard::open(&settings.folder.join(GUARD_FILE), chain_id, key) {
            Ok(guard) => guard,
            Err(error @ GuardError::Missing { .. }) => {
                tracing::error!(%error, "this node follows without voting: {error}; {NEW_GUARD}");
                return Ok((Voter::Observer(key), EngineRole::Following));
            }
            Err(error) => return Err(error.into()),
        };
        let held = match settings.key.last_signed().await {
            Ok(last) => last,
            Err(error @ KeyError::Away(_)) => {
                let reason = chain_of(&error);
                tracing::error!("this node follows until the holder of its key is back: {reason}");
                return Ok((Voter::Observer(key), EngineRole::KeyAway));
            }
            Err(error) => return Err(EngineStartError::Key(error)),
        };
        let log = log_head(&settings.folder).map_err(EngineStartError::Log)?;
        let next = self.chain.parent().height.saturating_add(1);
        let held = held.and_then(|last| waits_for(last, next, log));
        let waits = [must_wait, guard.waits_for(next, log), held];
        if let Some(height) = waits.into_iter().flatten().max() {
            tracing::warn!(
                block.height = height,
                "the engine's log does not hold what this validator signed: it follows, and votes again once the chain has height {height}"
            );
            return Ok((Voter::Observer(key), EngineRole::Waiting(height)));
        }
        let holder = Arc::clone(&settings.key);
        let signer = EngineSigner::new(chain_id, holder);
        let guard = Box::new(PublishGuard::new(chain_id, guard));
        Ok((Voter::Validator(signer, guard), EngineRole::Voting))
    }
}

/// How the validators' network knows the neighbours.
fn peers(neighbours: &[Neighbour]) -> Vec<Peer> {
    neighbours.iter().map(|neighbour| neighbour.peer).collect()
}

fn make_folder(path: &Path) -> Result<(), EngineStartError> {
    std::fs::create_dir_all(path).map_err(|source| EngineStartError::Folder {
        path: path.to_owned(),
        source,
    })
}
