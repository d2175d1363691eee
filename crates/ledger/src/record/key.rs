//! Key records: which key acts for which account, and for what.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use super::{History, record};
use crate::encoding::BoundedList;
use crate::identifier::{AccountId, Timestamp};

/// What a key is for.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum KeyPurpose {
    /// Signs transactions.
    Custody = 0,
    /// Signs requests for what members may read.
    Request = 1,
    /// Signs votes.
    Vote = 2,
    /// Kept offline: rotates the account's other keys.
    Recovery = 3,
}

/// A key record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Public half.
    pub public: KeyRecordPublic,
    /// Private half.
    pub private: KeyRecordPrivate,
}

/// What anyone may know of a key.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct KeyRecordPublic {
    /// What it is for: ascending, each once.
    pub purposes: BoundedList<KeyPurpose, 4>,
    /// Block time from which it counts.
    pub active_since: Timestamp,
    /// Block time from which it no longer counts.
    pub retired_at: Option<Timestamp>,
    /// Block time from which what it signed is disputed.
    pub compromised_since: Option<Timestamp>,
}

impl KeyRecordPublic {
    /// Whether the key counts for a purpose at a block time.
    pub fn is_active_for(&self, purpose: KeyPurpose, time: Timestamp) -> bool {
        self.purposes.contains(&purpose)
            && self.active_since <= time
            && self.retired_at.is_none_or(|retired| time < retired)
            && !self.is_disputed_at(time)
    }

    /// Whether others may have held the key at a block time, so that what it signed then is disputed.
    pub fn is_disputed_at(&self, time: Timestamp) -> bool {
        self.compromised_since.is_some_and(|since| since <= time)
    }
}

/// What members know of a key.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct KeyRecordPrivate {
    /// The account it acts for.
    pub account: AccountId,
    /// History.
    pub history: History,
}

record!(KeyRecord, KeyRecordPublic, KeyRecordPrivate);
