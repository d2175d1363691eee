//! Changes of the consortium by vote.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::change::Change;
use crate::identifier::ChangeId;

/// Proposes a change. Its id is the transaction's.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct ProposeChange {
    /// What is proposed.
    pub change: Change,
}

/// Approves a change, as an authority.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct ApproveChange {
    /// The change.
    pub id: ChangeId,
}

/// Puts a change into force.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct EnactChange {
    /// The change.
    pub id: ChangeId,
    /// What was proposed, word for word: what this writes is to be seen from the transaction alone.
    pub change: Change,
}

/// Takes a change back, or vetoes one of an account's own keys.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct WithdrawChange {
    /// The change.
    pub id: ChangeId,
}
