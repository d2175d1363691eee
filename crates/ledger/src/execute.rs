//! Execution: transactions over a state, one block at a time.
//!
//! 1. [`check_stateless`] judges a transaction alone (syntax, bounds, signature); it may run in
//!    parallel and its outcome may be kept.
//! 2. [`Execution::apply`] runs the rules of one transaction on a step of its own above the block's
//!    changes, which are above the committed state. A rejected transaction drops its step, so it
//!    leaves no trace. [`check`] runs the same code on scratch.
//! 3. [`Execution::finish`] gives the block's [`Changeset`]; nothing is written before.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use theriac_crypto::{Digest, PublicKey};

use crate::constants::VALIDITY_MS_MAX;
use crate::identifier::{ChangeId, Height, PackKey, RunId, Timestamp, TransactionId};
use crate::planted::{Bug, is_planted};
use crate::record::{
    ChangeRecord, ChunkTree, KeyRecord, Parameters, ParametersRecord, SeatRecord, StoredRecord,
    ValidatorsRecord,
};
use crate::rejection::{Rejection, WindowRejection};
use crate::rules;
use crate::state::{State, StateUnavailable};
use crate::state_key::StateKey;
use crate::validator::ValidatorSet;

mod known;
mod overlay;
mod review;
mod stateless;
mod step;
mod written;

pub use known::{DecodedRecords, KnownRecords};
use overlay::Overlay;
pub use review::{Review, review};
pub use stateless::{CheckedTransaction, StatelessRejection, check_stateless};
pub(crate) use step::Step;
pub use written::{PackMask, WrittenRecords, written};

/// What the rules know of the block that is executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockContext {
    /// Its height.
    pub height: Height,
    /// Its time, the only time that rules know.
    pub time: Timestamp,
}

/// Why a transaction was not applied.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The rules refuse it.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The state could not be read: nothing is known about the transaction, and whoever meets this
    /// must stop.
    #[error(transparent)]
    Unavailable(#[from] StateUnavailable),
}

macro_rules! refusal_from {
    ($($rejection:ident),+) => {
        $(impl From<crate::rejection::$rejection> for Refusal {
            fn from(rejection: crate::rejection::$rejection) -> Self {
                Self::Rejected(rejection.into())
            }
        })+
    };
}

refusal_from!(
    WindowRejection,
    SignerRejection,
    ProductRejection,
    LotRejection,
    PackRejection,
    UnitRejection,
    ShipmentRejection,
    ChangeRejection,
    MemberRejection
);

/// A run that a block brings into being.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRun {
    /// Its name.
    pub run: RunId,
    /// Root over its identity list.
    pub identity_root: Digest,
    /// Identity of each pack, in production order.
    pub keys: Arc<[PackKey]>,
}

/// What a block changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changeset {
    /// Height of the block.
    pub height: Height,
    /// Records written, whole.
    pub writes: BTreeMap<StateKey, StoredRecord>,
    /// The same records, decoded; worth keeping for [`State::known`].
    pub decoded: DecodedRecords,
    /// Trees of the chunks among them; worth keeping for [`State::chunk_tree`].
    pub chunk_trees: Vec<Arc<ChunkTree>>,
    /// Runs commissioned, in order.
    pub runs: Vec<NewRun>,
    /// Transactions included, in order.
    pub transactions: Vec<TransactionId>,
    /// Records that each of them wrote, in the same order: the steps of their histories.
    pub steps: Vec<WrittenRecords>,
    /// Work done, against [`Parameters::block_work_max`].
    pub work: u64,
}

/// A block in progress over committed state.
#[derive(Debug)]
pub struct Execution<'s, S: State + ?Sized> {
    state: &'s S,
    context: BlockContext,
    /// Committed records read so far; they cannot change under an execution.
    reads: Overlay,
    writes: Overlay,
    runs: Vec<NewRun>,
    transactions: Vec<TransactionId>,
    steps: Vec<WrittenRecords>,
    included: BTreeSet<TransactionId>,
    work: u64,
}

impl<'s, S: State + ?Sized> Execution<'s, S> {
    /// Starts a block over a state.
    pub fn new(state: &'s S, context: BlockContext) -> Self {
        Self {
            state,
            context,
            reads: Overlay::default(),
            writes: Overlay::default(),
            runs: Vec::new(),
            transactions: Vec::new(),
            steps: Vec::new(),
            included: BTreeSet::new(),
            work: 0,
        }
    }

    /// Applies one transaction as the next of the block. A refused one leaves no trace.
    pub fn apply(&mut self, transaction: &CheckedTransaction) -> Result<(), Refusal> {
        let id = *transaction.id();
        let outcome = self.run(transaction)?;
        let written = written(transaction.body(), &id);
        debug_assert!(
            outcome.writes.state_keys().iter().eq(written.keys()),
            "a transaction writes what its action says"
        );
        self.steps.push(written);
        self.writes.absorb(outcome.writes);
        self.runs.extend(outcome.run);
        self.work = self.work.saturating_add(outcome.work);
        self.transactions.push(id);
        self.included.insert(id);
        Ok(())
    }

    fn run(&mut self, transaction: &CheckedTransaction) -> Result<step::Outcome, Refusal> {
        let id = *transaction.id();
        self.check_window(transaction)?;
        let is_included = self.included.contains(&id) || self.state.is_included(&id)?;
        if is_included && !is_planted(Bug::AcceptReplayedId) {
            return Err(WindowRejection::AlreadyIncluded { id }.into());
        }
        let work_max = u64::from(parameters(self.state)?.block_work_max);
        if self.work >= work_max {
            return Err(WindowRejection::BlockFull.into());
        }
        let index = u32::try_from(self.transactions.len())
            .map_err(|_| Refusal::from(WindowRejection::BlockFull))?;
        let mut step = Step::begin(
            self.state,
            self.context,
            &mut self.reads,
            &self.writes,
            step::Limits {
                index,
                work_left: work_max.saturating_sub(self.work),
                work_max,
                block_is_empty: self.transactions.is_empty(),
            },
            id,
        );
        rules::apply(&mut step, transaction)?;
        Ok(step.finish())
    }

    /// Number of transactions applied so far.
    pub fn len(&self) -> usize {
        self.transactions.len()
    }

    /// Whether none was applied yet.
    pub fn is_empty(&self) -> bool {
        self.transactions.is_empty()
    }

    /// Who signs the next height, if the block changes that.
    pub fn next_validators(&self) -> Option<&ValidatorSet> {
        let record = self.writes.get::<ValidatorsRecord>(&());
        record.map(|record| &record.public)
    }

    /// What the block changes.
    pub fn finish(mut self) -> Changeset {
        let (writes, chunk_trees) = self.writes.store(self.state);
        Changeset {
            height: self.context.height,
            writes,
            decoded: DecodedRecords(self.writes),
            chunk_trees,
            runs: self.runs,
            transactions: self.transactions,
            steps: self.steps,
            work: self.work,
        }
    }

    fn check_window(&self, transaction: &CheckedTransaction) -> Result<(), WindowRejection> {
        let time = self.context.time;
        let valid_until = transaction.signed().transaction.valid_until;
        if valid_until <= time && !is_planted(Bug::IgnoreValidUntil) {
            return Err(WindowRejection::Expired { valid_until, time });
        }
        if valid_until > time.saturating_add(VALIDITY_MS_MAX) {
            return Err(WindowRejection::TooFarAhead { valid_until, time });
        }
        Ok(())
    }
}

/// Runs one transaction on scratch, as the first of a block.
pub fn check<S: State + ?Sized>(
    state: &S,
    context: BlockContext,
    transaction: &CheckedTransaction,
) -> Result<(), Refusal> {
    Execution::new(state, context).run(transaction).map(drop)
}

/// The record of a key in the committed state.
///
/// # Errors
///
/// [`StateUnavailable`].
pub fn find_key<S: State + ?Sized>(
    state: &S,
    key: &PublicKey,
) -> Result<Option<Arc<KeyRecord>>, StateUnavailable> {
    step::committed(state, key)
}

/// A change on record.
///
/// # Errors
///
/// [`StateUnavailable`].
pub fn find_change<S: State + ?Sized>(
    state: &S,
    id: &ChangeId,
) -> Result<Option<Arc<ChangeRecord>>, StateUnavailable> {
    step::committed(state, id)
}

/// Where a validator is found, once a change has said so.
///
/// # Errors
///
/// [`StateUnavailable`].
pub fn find_seat<S: State + ?Sized>(
    state: &S,
    validator: &PublicKey,
) -> Result<Option<Arc<SeatRecord>>, StateUnavailable> {
    step::committed(state, validator)
}

/// Who signs the next height.
///
/// # Errors
///
/// [`StateUnavailable`].
pub fn validators<S: State + ?Sized>(state: &S) -> Result<ValidatorSet, StateUnavailable> {
    match step::committed::<ValidatorsRecord, S>(state, &())? {
        Some(record) => Ok(record.public.clone()),
        None => Err(StateUnavailable::Missing {
            what: "the validators",
        }),
    }
}

/// The parameters in force for the next block.
///
/// # Errors
///
/// [`StateUnavailable`].
pub fn parameters<S: State + ?Sized>(state: &S) -> Result<Parameters, StateUnavailable> {
    match step::committed::<ParametersRecord, S>(state, &())? {
        Some(record) => Ok(record.public),
        None => Err(StateUnavailable::Missing {
            what: "the parameters",
        }),
    }
}
