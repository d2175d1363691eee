//! Transactions that wait for a block.
//!
//! Invariants:
//! - everything here passed `check_stateless` and, when it came, the rules against the committed
//!   state (or that state after the same account's own waiting transactions);
//! - bytes are bounded, and so is each account's share, so that nobody can keep others out;
//! - first come, first served; a transaction leaves by being final, refused or expired, and whoever
//!   waits for it is told which.
//!
//! The pool is not kept over a restart: a service that was not told "final" sends its intent again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use theriac_ledger::constants::{POOL_ACCOUNT_BYTES_MAX, POOL_BYTES_MAX};
use theriac_ledger::execute::{
    BlockContext, Changeset, CheckedTransaction, Refusal, StatelessRejection,
};
use theriac_ledger::identifier::{Height, Timestamp, TransactionId};
use theriac_ledger::rejection::Rejection;
use theriac_ledger::state::StateUnavailable;
use tokio::sync::watch;

use crate::store::{Store, StoreError, View};

mod admit;
mod entries;
mod outcomes;
mod screen;
mod verified;

pub(crate) use admit::signed_digest;
use entries::Entries;
use outcomes::Outcomes;
pub(crate) use screen::Screens;
pub(crate) use verified::Verified;

/// How long a caller is asked to wait when the pool is full, in milliseconds: a few blocks.
const RETRY_AFTER_MS: u64 = 1_000;

/// Waiting transactions that are passed on again where the proposer seems to lack them: enough for it
/// to begin, and little where it is only dead.
const PASSED_AGAIN_MAX: usize = 64;
/// Waiting transactions that are checked again after each block, so that a refusal is known before
/// this node's turn to propose.
const RECHECK_MAX: usize = 64;
/// Longest transaction that is checked again after each block: a commissioning of thousands of
/// packs is left to the proposer.
const RECHECK_BYTES_MAX: usize = 8 * 1024;

/// How far a transaction has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TxStatus {
    /// Never seen here, or forgotten.
    Unknown,
    /// Waits for a block.
    Pending,
    /// Part of the chain for good.
    Final {
        /// The block.
        height: Height,
        /// Position in the block, from zero.
        index: u32,
    },
    /// Refused by this node. Not the last word before `valid_until` has passed in a final block.
    Rejected {
        /// Why.
        rejection: Rejection,
    },
    /// A final block is later than its `valid_until`: it will never be included.
    Expired,
}

/// Why a transaction is not taken.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// It can never be accepted on this chain.
    #[error(transparent)]
    Stateless(#[from] StatelessRejection),
    /// The bytes are no transaction.
    #[error("the body is no transaction: {reason}")]
    Malformed {
        /// Why.
        reason: String,
    },
    /// The rules refuse it in the present state.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// No room, in the pool or in the account's share of it.
    #[error("too many transactions are waiting; try again in {retry_after_ms} ms")]
    Full {
        /// When to try again, in milliseconds.
        retry_after_ms: u64,
    },
    /// The state cannot be read: the node is about to stop.
    #[error(transparent)]
    Unavailable(#[from] StateUnavailable),
}

impl From<Refusal> for SubmitError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Rejected(rejection) => Self::Rejected(rejection),
            Refusal::Unavailable(unavailable) => Self::Unavailable(unavailable),
        }
    }
}

/// How much a pool holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolLimits {
    /// Bytes of all transactions.
    pub bytes: usize,
    /// Bytes of one account's transactions.
    pub account_bytes: usize,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self {
            bytes: POOL_BYTES_MAX,
            account_bytes: POOL_ACCOUNT_BYTES_MAX,
        }
    }
}

/// How full a pool is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PoolSize {
    /// Waiting transactions.
    pub transactions: usize,
    /// Their bytes.
    pub bytes: usize,
    /// Transactions to be taken for gossip.
    pub fresh: usize,
}

/// The pool of one node. All calls are short and block: the state is read from disk, signatures
/// are verified.
#[derive(Debug)]
pub struct Pool {
    store: Store,
    limits: PoolLimits,
    verified: Verified,
    screens: Screens,
    inner: Mutex<Inner>,
    size: watch::Sender<PoolSize>,
}

#[derive(Debug, Default)]
struct Inner {
    entries: Entries,
    outcomes: Outcomes,
}

impl Pool {
    /// An empty pool over a store.
    pub fn new(store: Store, limits: PoolLimits) -> Self {
        Self {
            store,
            limits,
            verified: Verified::default(),
            screens: Screens::default(),
            inner: Mutex::default(),
            size: watch::Sender::new(PoolSize::default()),
        }
    }

    /// How far a transaction has come.
    pub fn status(&self, id: &TransactionId) -> Result<TxStatus, StoreError> {
        {
            let inner = self.lock();
            if inner.entries.contains(id) {
                return Ok(TxStatus::Pending);
            }
        }
        if let Some((height, index)) = self.store.transaction_position(id)? {
            return Ok(TxStatus::Final { height, index });
        }
        Ok(self.lock().outcomes.get(id).unwrap_or(TxStatus::Unknown))
    }

    /// Waits until a waiting transaction is final, refused or expired; answers at once for every
    /// other. Whoever gives up waiting just drops the future.
    pub async fn wait_final(&self, id: &TransactionId) -> Result<TxStatus, StoreError> {
        let waiting = self.lock().entries.subscribe(id);
        if let Some(mut waiting) = waiting
            && let Ok(status) = waiting
                .wait_for(|status| *status != TxStatus::Pending)
                .await
        {
            return Ok(status.clone());
        }
        self.status(id)
    }

    /// How full the pool is; changes whenever it does. The engine waits here for work, the gossip
    /// for fresh transactions.
    pub fn watch(&self) -> watch::Receiver<PoolSize> {
        self.size.subscribe()
    }

    /// The first transactions in order of arrival that fit into `bytes_max` together.
    pub fn next_for_block(&self, bytes_max: usize) -> Vec<Arc<CheckedTransaction>> {
        self.lock().entries.first(bytes_max)
    }

    /// Transactions that clients sent to this node, and those to be passed on
    /// [again](Self::pass_on_again), in order of arrival; each is taken once: canonical bytes of at most `bytes_max` together, at least one.
    pub fn fresh(&self, bytes_max: usize) -> Vec<Vec<u8>> {
        let fresh = {
            let mut inner = self.lock();
            let fresh = inner.entries.take_fresh(bytes_max);
            self.announce(&inner);
            fresh
        };
        fresh
            .iter()
            .map(|transaction| transaction.signed().encode())
            .collect()
    }

    /// Lets the oldest waiting transactions be taken for gossip once more, whoever sent them: a peer
    /// refuses one that overtook what it builds on, and a batch can be lost.
    pub fn pass_on_again(&self) {
        let mut inner = self.lock();
        inner.entries.freshen(PASSED_AGAIN_MAX);
        self.announce(&inner);
    }

    /// Takes note of a refusal found while building a block.
    pub(crate) fn reject(&self, id: &TransactionId, rejection: Rejection) {
        self.screens.forget(id);
        let mut inner = self.lock();
        if inner.settle(id, &TxStatus::Rejected { rejection }) {
            self.announce(&inner);
        }
    }

    /// Takes note of a committed block: its transactions are final, those past their time are
    /// expired, and small ones that it made impossible are refused.
    pub(crate) fn block_committed(
        &self,
        time: Timestamp,
        changes: &Changeset,
    ) -> Result<(), StateUnavailable> {
        let Changeset {
            height,
            transactions,
            ..
        } = changes;
        let survivors = {
            let mut inner = self.lock();
            for (index, id) in (0u32..).zip(transactions) {
                let height = *height;
                inner.settle(id, &TxStatus::Final { height, index });
                inner.outcomes.forget(id);
                self.screens.forget(id);
            }
            for id in inner.entries.expired(time) {
                inner.settle(&id, &TxStatus::Expired);
                self.screens.forget(&id);
            }
            self.screens
                .advance(&changes.runs, self.store.view().runs());
            self.announce(&inner);
            inner.entries.oldest(RECHECK_MAX, RECHECK_BYTES_MAX)
        };
        self.recheck(&survivors)
    }

    /// A transaction of these signed bytes that was verified before, by digest of the bytes.
    pub(crate) fn verified(&self) -> &Verified {
        &self.verified
    }

    /// What is known of the serials of waiting commissionings.
    pub(crate) fn screens(&self) -> &Screens {
        &self.screens
    }

    /// The block that comes next over a view.
    fn next_block(view: &View, now: Timestamp) -> BlockContext {
        let parent = view.parent();
        BlockContext {
            height: parent.height.saturating_add(1),
            time: now.max(parent.time.saturating_add(1)),
        }
    }

    fn announce(&self, inner: &Inner) {
        let size = inner.entries.size();
        self.size.send_if_modified(|known| {
            let changed = *known != size;
            *known = size;
            changed
        });
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Every change of the maps is complete before anything that could panic.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Ends the waiting of a transaction; says whether it waited.
    fn settle(&mut self, id: &TransactionId, status: &TxStatus) -> bool {
        let Some(entry) = self.entries.remove(id) else {
            return false;
        };
        if !matches!(status, TxStatus::Final { .. }) {
            self.outcomes.put(*id, status.clone());
        }
        entry.tell(status);
        true
    }
}
