//! The state as the rules see it: a port, not a tree.

use std::sync::Arc;

use theriac_crypto::Digest;

use crate::encoding::DecodeError;
use crate::execute::KnownRecords;
use crate::identifier::{ChainId, PackKey, PackLocation, TransactionId};
use crate::record::{ChunkTree, StoredRecord};
use crate::state_key::StateKey;

/// The state gives no answer. Not a rejection: whoever meets it must stop.
#[derive(Debug, thiserror::Error)]
pub enum StateUnavailable {
    /// The store behind it failed; the rules do not know which store that is.
    #[error("the state cannot be read")]
    Store(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A record has another form.
    #[error("the record at {} is damaged", key.0)]
    Damaged {
        /// Where it is.
        key: StateKey,
        /// Why it does not decode.
        source: DecodeError,
    },
    /// A record that must be there, because another record names it.
    #[error("{what} is named by a record but does not exist")]
    Missing {
        /// What is named.
        what: &'static str,
    },
    /// Units that contain each other.
    #[error("units stand inside each other without end")]
    Endless,
}

/// Committed state, read by key.
pub trait State {
    /// The record of a key.
    fn record(&self, key: &StateKey) -> Result<Option<StoredRecord>, StateUnavailable>;

    /// Where a pack was commissioned, if ever; over all lots of its product.
    fn find_pack(&self, key: &PackKey) -> Result<Option<PackLocation>, StateUnavailable>;

    /// Whether a transaction of the last validity window has this id.
    fn is_included(&self, id: &TransactionId) -> Result<bool, StateUnavailable>;

    /// The chain.
    fn chain_id(&self) -> ChainId;

    /// The genesis salt, from which every history starts.
    fn salt(&self) -> Digest;

    /// The tree of a chunk by its root, where it is kept: it saves time, and never changes what comes
    /// out.
    fn chunk_tree(&self, _root: &Digest) -> Option<Arc<ChunkTree>> {
        None
    }

    /// What is known of this state, where something is kept: it saves time, and never changes what comes
    /// out.
    fn known(&self) -> Option<&KnownRecords> {
        None
    }
}
