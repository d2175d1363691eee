//! The committed state behind the answers, read at one height.

use std::fmt;
use std::sync::Arc;

use theriac_client::wire::MisbehaviourPage;
use theriac_crypto::Digest;
use theriac_ledger::encoding::DecodeError;
use theriac_ledger::identifier::{Height, Timestamp};
use theriac_ledger::record::{Record, StoredRecord};
use theriac_ledger::state::{State, StateUnavailable};
use theriac_ledger::state_key::StateKey;
use theriac_node::disputes::{Disputes, Subject};
use theriac_proof::{EvidenceBundle, Question};

/// The last committed block: everything read stands in its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its height.
    pub height: Height,
    /// Its time.
    pub time: Timestamp,
}

/// A committed state that can show what it says.
pub trait ProvenState: State + Send + Sync {
    /// Evidence for the answer to a question; none where nothing can be shown.
    ///
    /// # Errors
    ///
    /// [`StateUnavailable`], when it cannot be read.
    fn evidence(&self, question: &Question) -> Result<Option<EvidenceBundle>, StateUnavailable>;

    /// What is disputed about a pack or a unit that is on record.
    ///
    /// # Errors
    ///
    /// [`StateUnavailable`], when it cannot be read.
    fn disputes(&self, subject: &Subject) -> Result<Disputes, StateUnavailable>;
}

/// The state of one committed height. It stays what it is while later heights are committed.
#[derive(Clone)]
pub struct Snapshot {
    /// The block in whose state it is.
    pub head: Head,
    /// The state.
    pub state: Arc<dyn ProvenState>,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Snapshot")
            .field("head", &self.head)
            .finish_non_exhaustive()
    }
}

/// Where committed state comes from.
pub trait LedgerView: fmt::Debug + Send + Sync {
    /// The state of the last committed height.
    fn snapshot(&self) -> Snapshot;

    /// A page of the evidence against validators that was met while following; `limit` is at least 1.
    ///
    /// # Errors
    ///
    /// [`StateUnavailable`], when it cannot be read.
    fn misbehaviour(
        &self,
        after: Option<&Digest>,
        limit: usize,
    ) -> Result<MisbehaviourPage, StateUnavailable>;
}

/// A view shared between workers.
pub type SharedView = Arc<dyn LedgerView>;

/// Why nothing could be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// The store failed.
    #[error(transparent)]
    State(#[from] StateUnavailable),
    /// A stored record has another form.
    #[error("the stored {what} does not decode")]
    Record {
        /// Which record.
        what: &'static str,
        /// Why.
        #[source]
        source: DecodeError,
    },
    /// A record that another one names is not there.
    #[error("the state names {what} that it does not hold")]
    Missing {
        /// Which record.
        what: &'static str,
    },
}

/// A typed record, if it is there.
pub(crate) fn find<R: Record>(
    state: &dyn State,
    key: &StateKey,
    what: &'static str,
) -> Result<Option<R>, ReadError> {
    let stored: Option<StoredRecord> = state.record(key)?;
    stored
        .map(|stored| R::load(&stored).map_err(|source| ReadError::Record { what, source }))
        .transpose()
}

/// A typed record that another one names.
pub(crate) fn get<R: Record>(
    state: &dyn State,
    key: &StateKey,
    what: &'static str,
) -> Result<R, ReadError> {
    find(state, key, what)?.ok_or(ReadError::Missing { what })
}
