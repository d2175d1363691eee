//! Runs: the packs of one `CommissionRun`.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_crypto::{Digest, merkle};

use super::{History, record};
use crate::identifier::{AccountId, PackKey, Timestamp};

/// A run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Public half.
    pub public: RunPublic,
    /// Private half.
    pub private: RunPrivate,
}

/// What anyone may know of a run.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct RunPublic {
    /// Root over (pack key, position), sorted by key; see [`identity_root`].
    pub identity_root: Digest,
    /// Number of packs.
    pub count: u32,
    /// Block time of commissioning.
    pub commissioned_at: Timestamp,
}

/// What members know of a run.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct RunPrivate {
    /// The account that commissioned it.
    pub account: AccountId,
    /// History: one step, that of the commissioning.
    pub history: History,
}

record!(Run, RunPublic, RunPrivate);

/// Leaf of one pack under a run's `identity_root`: over `pack key ‖ position u32 LE`.
pub fn identity_leaf(key: &PackKey, position: u32) -> Digest {
    let mut data = [0; 20];
    data[..16].copy_from_slice(&key.0);
    data[16..].copy_from_slice(&position.to_le_bytes());
    merkle::leaf(&data)
}

/// Root over the packs of a run, given in production order: leaves sorted by pack key, so that two
/// neighbours prove that no key lies between them.
pub fn identity_root(keys: &[PackKey]) -> Digest {
    merkle::root(&sorted_identity_leaves(keys))
}

/// The leaves under [`identity_root`], sorted by key.
pub fn sorted_identity_leaves(keys: &[PackKey]) -> Vec<Digest> {
    let mut pairs: Vec<(PackKey, u32)> = keys.iter().copied().zip(0u32..).collect();
    pairs.sort_unstable();
    pairs
        .iter()
        .map(|(key, position)| identity_leaf(key, *position))
        .collect()
}
