//! The state as the rules see it: a port, not a tree.

use theriac_crypto::Digest;

use crate::identifier::{ChainId, PackKey, PackLocation, TransactionId};
use crate::record::StoredRecord;
use crate::state_key::StateKey;

/// The store behind the state failed. Not a rejection: whoever meets it must stop.
#[derive(Debug, thiserror::Error)]
#[error("the state cannot be read: {reason}")]
pub struct StateUnavailable {
    /// What failed.
    pub reason: String,
}

/// A record that must be there, because another record names it.
pub(crate) fn damaged(what: &str) -> StateUnavailable {
    StateUnavailable {
        reason: format!("{what} is named by a record but does not exist"),
    }
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
}
