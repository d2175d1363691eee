//! Changes: what was proposed, who approved, and what became of it. Public whole.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_crypto::{Digest, PublicKey};

use super::record;
use crate::change::Change;
use crate::constants::VALIDATORS_MAX;
use crate::encoding::BoundedList;
use crate::identifier::{ChangeId, OrganisationId, Timestamp};

/// A change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRecord {
    /// Everything.
    pub public: ChangePublic,
    /// Nothing.
    pub private: (),
}

/// What anyone may know of a change.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct ChangePublic {
    /// Its id.
    pub id: ChangeId,
    /// What is proposed.
    pub change: Change,
    /// The organisation that proposed it.
    pub proposer: OrganisationId,
    /// The key that signed the proposal.
    pub proposer_key: PublicKey,
    /// On whose authority.
    pub authority: ChangeAuthority,
    /// When it was proposed.
    pub proposed_at: Timestamp,
    /// Block time from which it can be enacted.
    pub ready_at: Timestamp,
    /// Block time from which it can no longer be approved or enacted.
    pub expires_at: Timestamp,
    /// What it replaces, for a change that says what shall be instead of what shall be different: the
    /// digest of the record at that time.
    pub replaces: Option<Digest>,
    /// Who approved: ascending by organisation, each once.
    pub approvals: BoundedList<Approval, VALIDATORS_MAX>,
    /// What became of it.
    pub state: ChangeState,
}

/// On whose authority a change is made.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum ChangeAuthority {
    /// The authorities': it needs their approval.
    Authorities,
    /// An account's own, over its keys: no approval.
    Account,
    /// An account's recovery key: no approval, but time for a veto.
    Recovery,
}

/// An authority's approval.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct Approval {
    /// The authority.
    pub organisation: OrganisationId,
    /// The key that signed.
    pub key: PublicKey,
    /// When.
    pub at: Timestamp,
}

/// What became of a change.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ChangeState {
    /// It can be approved, withdrawn, or enacted.
    Open,
    /// It is in force since then.
    Enacted {
        /// Block time.
        at: Timestamp,
    },
    /// It was taken back or vetoed.
    Withdrawn {
        /// Block time.
        at: Timestamp,
    },
}

record!(ChangeRecord, ChangePublic, ());
