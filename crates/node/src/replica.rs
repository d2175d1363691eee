//! The chain without a vote: fetches final blocks, checks their certificates, executes each one and
//! demands the same state root. A follower node runs one; a service that needs the whole state
//! embeds one.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;

use theriac_client::wire::FinalBlock;
use theriac_client::{
    ClientSetupError, Follower, FollowerSettings, FollowerStatus, HeadWatch, NodeClient,
    TrustedSets,
};
use theriac_http::health::Readiness;
use theriac_http::task::{Supervisor, TaskKind};
use theriac_ledger::identifier::Height;
use theriac_proof::misbehaviour::Misbehaviour;
use tokio::sync::{mpsc, watch};

use crate::chain::{BlockRefusal, Chain, ChainError};
use crate::config::{SetupError, make_data_dir};
use crate::genesis::Genesis;
use crate::pool::{Pool, PoolLimits};
use crate::store::{Damage, Store, StoreError, stop_when_failed};

/// Blocks behind at which a replica still counts as caught up: one may be on its way.
pub const LAG_BLOCKS_READY_MAX: u64 = 2;

/// Evidence on its way to the store: at most one for each height that a follower remembers, and a
/// chain with two heads stands still.
const EVIDENCE_WAITING_MAX: usize = 16;

/// Blocks that are fetched and verified while others are executed and written: a few hide the time of
/// the network and of the disk, more would only take memory.
const BLOCKS_AHEAD_MAX: usize = 4;

/// What a replica needs.
#[derive(Debug)]
pub struct ReplicaConfig {
    /// Where it keeps its chain.
    pub data_dir: PathBuf,
    /// Both halves of genesis.
    pub genesis: Genesis,
    /// The nodes it reads from; their clients must sign with a registered key.
    pub nodes: Vec<NodeClient>,
    /// How patient it is with them.
    pub follower: FollowerSettings,
}

/// Why a replica did not start.
#[derive(Debug, thiserror::Error)]
pub enum ReplicaError {
    /// The folder or genesis was refused.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The store was refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// No HTTP client.
    #[error(transparent)]
    Client(#[from] ClientSetupError),
}

/// Why a replica stopped. The process must stop with it.
#[derive(Debug, thiserror::Error)]
pub enum ReplicaFailure {
    /// A certified block is refused here: this program and the chain disagree about the rules.
    #[error("block {height} is certified, and is refused here")]
    Diverged {
        /// Height of the block.
        height: Height,
        /// Why.
        #[source]
        source: BlockRefusal,
    },
    /// The chain cannot go on.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// A running replica; clones share it. It ends with its [`Supervisor`].
#[derive(Clone, Debug)]
pub struct Replica {
    chain: Arc<Chain>,
    nodes: Arc<[NodeClient]>,
    status: watch::Receiver<FollowerStatus>,
}

impl Replica {
    /// Opens the store, or makes it from genesis, and follows from the last committed block as the
    /// critical task `replica`.
    ///
    /// # Errors
    ///
    /// [`ReplicaError`].
    pub fn start(config: ReplicaConfig, supervisor: &Supervisor) -> Result<Self, ReplicaError> {
        make_data_dir(&config.data_dir)?;
        let store = Store::initialise(&config.data_dir, &config.genesis)?;
        stop_when_failed(&store, supervisor);
        let pool = Arc::new(Pool::new(store.clone(), PoolLimits::default()));
        let chain = Arc::new(Chain::new(store, pool));
        let (sink, found) = mpsc::channel(EVIDENCE_WAITING_MAX);
        let sets = Arc::new(trusted_sets(&chain)?);
        let watch = watch_heads(&chain, &sets)?.reporting_to(sink);
        let nodes = Arc::from(config.nodes.as_slice());
        let follower = Follower::new(config.nodes, chain.parent(), sets, config.follower);
        let follower = follower.watching(watch);
        let keeping = keep(chain.store().clone(), found, supervisor.clone());
        supervisor.spawn("misbehaviour", TaskKind::Critical, keeping);
        let status = follower.status();
        let (ready, waiting) = mpsc::channel(BLOCKS_AHEAD_MAX);
        let reading = read(Arc::clone(&chain), follower, ready, supervisor.clone());
        supervisor.spawn("replica reading", TaskKind::Critical, reading);
        let writing = write(Arc::clone(&chain), waiting, supervisor.clone());
        supervisor.spawn("replica", TaskKind::Critical, writing);
        Ok(Self {
            chain,
            nodes,
            status,
        })
    }

    /// The nodes that it follows.
    pub fn nodes(&self) -> &[NodeClient] {
        &self.nodes
    }

    /// The chain: committed state and blocks.
    pub fn chain(&self) -> &Arc<Chain> {
        &self.chain
    }

    /// The store behind it.
    pub fn store(&self) -> &Store {
        self.chain.store()
    }

    /// The last executed and committed height, as it changes.
    pub fn subscribe(&self) -> watch::Receiver<Height> {
        self.chain.subscribe()
    }

    /// How the following goes.
    pub fn status(&self) -> FollowerStatus {
        self.status.borrow().clone()
    }

    /// Blocks that the followed node has and that are not committed here.
    pub fn lag_blocks(&self) -> u64 {
        let head = self.status.borrow().head;
        head.saturating_sub(self.chain.parent().height)
    }
}

impl Readiness for Replica {
    fn reasons_not_ready(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if !self.status.borrow().is_connected {
            reasons.push("no followed node answers".to_owned());
        }
        let lag = self.lag_blocks();
        if lag > LAG_BLOCKS_READY_MAX {
            reasons.push(format!("catching up: {lag} blocks behind"));
        }
        reasons
    }
}

/// Who signs which height, by the changes that are committed here.
pub(crate) fn trusted_sets(chain: &Chain) -> Result<TrustedSets, StoreError> {
    let sets = TrustedSets::new(chain.anchor());
    for step in chain.store().view().validator_steps(0, usize::MAX)? {
        let stepped = sets.step(&step);
        stepped.map_err(|error| {
            StoreError::corrupt("change of the validators", Damage::State(error.to_string()))
        })?;
    }
    Ok(sets)
}

/// A watch that knows the last committed head, so that a second one is known after a restart, too.
fn watch_heads(chain: &Chain, sets: &Arc<TrustedSets>) -> Result<HeadWatch, StoreError> {
    let parent = chain.parent();
    let watch = HeadWatch::new(Arc::clone(sets));
    if let Some((header, certificate)) = chain.store().header(parent.height)? {
        watch.verified(&header, &certificate);
    }
    Ok(watch)
}

/// Keeps the evidence that the follower finds.
async fn keep(
    store: Store,
    mut found: mpsc::Receiver<Misbehaviour>,
    supervisor: Supervisor,
) -> Result<(), StoreError> {
    let token = supervisor.token();
    loop {
        let evidence = tokio::select! {
            evidence = found.recv() => evidence,
            () = token.cancelled() => return Ok(()),
        };
        let Some(evidence) = evidence else {
            // The follower has ended; its task says why, and stops the process.
            token.cancelled().await;
            return Ok(());
        };
        let store = store.clone();
        tokio::task::spawn_blocking(move || store.record_misbehaviour(&evidence))
            .await
            .expect("keeping evidence does not panic")?;
    }
}

/// Fetches blocks and verifies their transactions, some ahead of [`write()`].
async fn read(
    chain: Arc<Chain>,
    mut follower: Follower,
    ready: mpsc::Sender<FinalBlock>,
    supervisor: Supervisor,
) -> Result<(), Infallible> {
    let token = supervisor.token();
    loop {
        let verified = tokio::select! {
            verified = follower.next() => verified,
            () = token.cancelled() => return Ok(()),
        };
        let chain = Arc::clone(&chain);
        let checked = tokio::task::spawn_blocking(move || {
            let final_block = verified.into_final_block();
            chain.verify_ahead(&final_block.block);
            final_block
        });
        // A panic in there is a panic of this critical task: it stops the process.
        let final_block = checked
            .await
            .expect("verifying the transactions of a block does not panic");
        tokio::select! {
            // It is taken until the process stops.
            _ = ready.send(final_block) => {}
            () = token.cancelled() => return Ok(()),
        }
    }
}

/// Executes and commits blocks.
async fn write(
    chain: Arc<Chain>,
    mut waiting: mpsc::Receiver<FinalBlock>,
    supervisor: Supervisor,
) -> Result<(), ReplicaFailure> {
    let token = supervisor.token();
    loop {
        let next = tokio::select! {
            next = waiting.recv() => next,
            () = token.cancelled() => return Ok(()),
        };
        let Some(final_block) = next else {
            // The reading has ended, which stops the process.
            token.cancelled().await;
            return Ok(());
        };
        let chain = Arc::clone(&chain);
        // The last block that waits is written for good, and all before it.
        let is_last = waiting.is_empty();
        let committed = tokio::task::spawn_blocking(move || {
            let height = final_block.block.header.height;
            let digest = chain
                .execute(&final_block.block)
                .map_err(|source| ReplicaFailure::Diverged { height, source })?;
            let certificate = final_block.certificate;
            if is_last {
                chain.commit(&digest, certificate)?;
            } else {
                chain.commit_behind(&digest, certificate)?;
            }
            Ok::<(), ReplicaFailure>(())
        });
        // A panic in there is a panic of this critical task: it stops the process.
        committed
            .await
            .expect("executing and committing a block does not panic")?;
    }
}
