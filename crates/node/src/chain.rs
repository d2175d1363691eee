//! Blocks over the committed state: build, execute, commit.
//!
//! Invariants:
//! - executing a block changes nothing: it gives a changeset under the block's digest, and commit
//!   applies the changeset of the decided digest, in one write;
//! - no block is executed twice while its changeset is at hand; after a restart it is recomputed
//!   from the block that was stored before it was voted for;
//! - what is committed here has this header, these transactions and this `state_root`, and a
//!   certificate that verifies.
//!
//! All calls block (disk, signatures): call them from a thread that may.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use theriac_client::wire::FinalBlock;
use theriac_crypto::PublicKey;
use theriac_ledger::block::{Block, BlockError, Header, Parent};
use theriac_ledger::constants::{TIME_AHEAD_MS_MAX, TIME_BEHIND_MS_MAX};
use theriac_ledger::execute::{StatelessRejection, parameters};
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::{BlockDigest, Height, Timestamp, TransactionId};
use theriac_ledger::planted::{Bug, is_planted};
use theriac_ledger::record::Parameters;
use theriac_ledger::rejection::Rejection;
use theriac_ledger::state::StateUnavailable;
use theriac_ledger::validator::ValidatorSet;
use theriac_proof::{CertificateError, CommitCertificate};
use tokio::sync::watch;

use crate::pool::Pool;
use crate::store::{Commit, Store, StoreError, View};

mod build;
mod execute;
mod prepared;
mod verify;

use prepared::{Prepared, PreparedBlock};

/// The chain of one node.
#[derive(Debug)]
pub struct Chain {
    store: Store,
    pool: Arc<Pool>,
    prepared: Mutex<Prepared>,
    heights: watch::Sender<Height>,
}

/// A block that this node proposes.
#[derive(Debug, Clone)]
pub struct BuiltBlock {
    /// The block.
    pub block: Arc<Block>,
    /// Its canonical bytes.
    pub bytes: Arc<[u8]>,
    /// Its digest.
    pub digest: BlockDigest,
    /// Waiting transactions that the rules no longer allow; the pool knows.
    pub rejected: Vec<(TransactionId, Rejection)>,
}

/// Why a block is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum BlockRefusal {
    /// Its parent is not committed here yet: keep it and execute it then. Not the block's fault.
    #[error("height {height} is too early: height {committed} is committed")]
    TooEarly {
        /// Height of the block.
        height: Height,
        /// Height committed here.
        committed: Height,
    },
    /// A block of its height is committed already.
    #[error("height {height} is decided already")]
    Decided {
        /// Height of the block.
        height: Height,
    },
    /// It does not follow from its parent.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// It announces a validator set that its transactions do not bring about.
    #[error("the block announces another next validator set than the state has")]
    NextValidators,
    /// Made by a key that has no vote.
    #[error("{proposer} is not a validator of this height")]
    Proposer {
        /// The key.
        proposer: PublicKey,
    },
    /// More bytes than a block may have.
    #[error("the block has {found} bytes")]
    TooLong {
        /// Bytes found.
        found: usize,
    },
    /// A transaction is no transaction of this chain.
    #[error("transaction {index} is refused")]
    Stateless {
        /// Position in the block.
        index: usize,
        /// Why.
        source: StatelessRejection,
    },
    /// The rules refuse a transaction.
    #[error("transaction {index} is refused")]
    Rejected {
        /// Position in the block.
        index: usize,
        /// Why.
        source: Rejection,
    },
    /// The transactions lead to another state.
    #[error("the block names another state root than its transactions lead to")]
    StateRoot,
    /// The state cannot be read: nothing is known about the block, and the process must stop.
    #[error(transparent)]
    Unavailable(#[from] StateUnavailable),
}

impl BlockRefusal {
    /// Whether the refusal says nothing about the block, because this node's store failed: the
    /// process must stop.
    pub fn is_fatal(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

/// Why the chain cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ChainError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The state could not be read.
    #[error(transparent)]
    Unavailable(#[from] StateUnavailable),
    /// A decided block is neither at hand nor stored.
    #[error("block {digest} was decided, and its body is not here")]
    UnknownBlock {
        /// The block.
        digest: BlockDigest,
    },
    /// A decided block is refused here: this node and its peers disagree about the rules.
    #[error("block {digest} was decided, and is refused here")]
    Diverged {
        /// The block.
        digest: BlockDigest,
        /// Why.
        source: BlockRefusal,
    },
    /// The certificate belongs to another block or height.
    #[error("the certificate does not belong to block {digest}")]
    OtherCertificate {
        /// The block.
        digest: BlockDigest,
    },
    /// The certificate proves nothing.
    #[error("the certificate is refused")]
    Certificate(#[from] CertificateError),
}

/// Why the time of a block is not accepted at first sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the block's time {time} is not within {TIME_BEHIND_MS_MAX} ms before and {TIME_AHEAD_MS_MAX} ms after this node's clock {now}"
)]
pub struct TimeOutOfBounds {
    /// The block's time.
    pub time: Timestamp,
    /// This node's clock.
    pub now: Timestamp,
}

/// Checks a block's time against this node's clock. Asked once, at first sight of a digest in a
/// live round; never for blocks synced, replayed or handed back after a restart.
pub fn check_time(header: &Header, now: Timestamp) -> Result<(), TimeOutOfBounds> {
    check_time_ahead(header, now)?;
    let time = header.time;
    if time.saturating_add(TIME_BEHIND_MS_MAX) < now {
        return Err(TimeOutOfBounds { time, now });
    }
    Ok(())
}

/// Checks that a block is not ahead of this node's clock. Asked whenever a block may be voted for:
/// what was within the bound once is within it for good.
pub fn check_time_ahead(header: &Header, now: Timestamp) -> Result<(), TimeOutOfBounds> {
    let time = header.time;
    if time > now.saturating_add(TIME_AHEAD_MS_MAX) {
        return Err(TimeOutOfBounds { time, now });
    }
    Ok(())
}

impl Chain {
    /// The chain in a store, fed by a pool over the same store.
    pub fn new(store: Store, pool: Arc<Pool>) -> Self {
        let height = store.committed().height;
        Self {
            store,
            pool,
            prepared: Mutex::default(),
            heights: watch::Sender::new(height),
        }
    }

    /// What the next block follows from.
    pub fn parent(&self) -> Parent {
        self.store.committed()
    }

    /// The public half of genesis.
    pub fn anchor(&self) -> &Anchor {
        &self.store.genesis().anchor
    }

    /// The set that signs the next height.
    pub fn validators(&self) -> Arc<ValidatorSet> {
        Arc::clone(self.store.view().validators())
    }

    /// The sets that may sign the height after the next one, other than the one that signs the next: those
    /// that blocks lead to which were executed and found valid.
    pub fn validators_ahead(&self) -> Vec<ValidatorSet> {
        let signing = self.validators();
        let after = |block: &Block| signing.after(&block.transactions);
        self.lock().blocks().filter_map(after).collect()
    }

    /// The parameters in force for the next height.
    ///
    /// # Errors
    ///
    /// [`StateUnavailable`].
    pub fn parameters(&self) -> Result<Parameters, StateUnavailable> {
        parameters(&*self.store.view())
    }

    /// The store behind it.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The pool that feeds it.
    pub fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    /// The last final height; changes after each commit, when the block can be read.
    pub fn subscribe(&self) -> watch::Receiver<Height> {
        self.heights.subscribe()
    }

    /// Makes the block of that digest final: applies its changeset in one write that is on disk
    /// when this returns, then tells the pool and the subscribers. The same block again is answered
    /// from the store. Every error is final: the process must stop.
    pub fn commit(
        &self,
        digest: &BlockDigest,
        certificate: CommitCertificate,
    ) -> Result<Arc<FinalBlock>, ChainError> {
        self.commit_as(digest, certificate, true)
    }

    /// The same for a block that others have long decided, while more of them wait: it need not be on disk
    /// before the next one is. After a power cut it is fetched again.
    pub fn commit_behind(
        &self,
        digest: &BlockDigest,
        certificate: CommitCertificate,
    ) -> Result<Arc<FinalBlock>, ChainError> {
        self.commit_as(digest, certificate, false)
    }

    fn commit_as(
        &self,
        digest: &BlockDigest,
        certificate: CommitCertificate,
        is_promise: bool,
    ) -> Result<Arc<FinalBlock>, ChainError> {
        let mut prepared = self.lock();
        let view = self.store.view();
        let parent = view.parent();
        if parent.digest == *digest && parent.height > 0 {
            return committed_again(&view, digest);
        }
        let height = parent.height.saturating_add(1);
        if certificate.block != *digest || certificate.height != height {
            return Err(ChainError::OtherCertificate { digest: *digest });
        }
        certificate.verify(&parent.chain_id, view.validators())?;
        let ready = match prepared.get(digest) {
            Some(ready) => ready,
            None => self.recompute(&view, height, digest)?,
        };
        let executed = if is_planted(Bug::WrongChangeset) {
            prepared.first().unwrap_or_else(|| Arc::clone(&ready))
        } else {
            Arc::clone(&ready)
        };
        self.store.commit(&Commit {
            block: &ready.block,
            certificate: &certificate,
            changes: &executed.changes,
            tree: &executed.tree,
            is_promise,
        })?;
        prepared.clear();
        drop(prepared);
        self.pool
            .block_committed(ready.block.header.time, &ready.changes)?;
        self.heights.send_replace(height);
        Ok(Arc::new(FinalBlock {
            block: Block::clone(&ready.block),
            certificate,
        }))
    }

    /// The changeset of a decided block that is not in memory: from the body stored before the vote.
    fn recompute(
        &self,
        view: &View,
        height: Height,
        digest: &BlockDigest,
    ) -> Result<Arc<PreparedBlock>, ChainError> {
        let bytes = self
            .store
            .body(height, digest)?
            .ok_or(ChainError::UnknownBlock { digest: *digest })?;
        let block = Block::decode(&bytes)
            .ok()
            .filter(|block| block.header.digest() == *digest)
            .ok_or_else(|| {
                StoreError::corrupt("undecided block", "it does not have the digest of its key")
            })?;
        self.run(view, &block)
            .map(Arc::new)
            .map_err(|source| ChainError::Diverged {
                digest: *digest,
                source,
            })
    }

    fn lock(&self) -> MutexGuard<'_, Prepared> {
        // What is prepared is only ever added or dropped whole.
        self.prepared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn committed_again(view: &View, digest: &BlockDigest) -> Result<Arc<FinalBlock>, ChainError> {
    let height = view.parent().height;
    let unknown = ChainError::UnknownBlock { digest: *digest };
    match (view.block(height)?, view.header(height)?) {
        (Some(block), Some((_, certificate))) => Ok(Arc::new(FinalBlock { block, certificate })),
        _ => Err(unknown),
    }
}
