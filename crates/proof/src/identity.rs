//! Packs in a run's identity tree: that a key is in it, or between which two it would stand.
//!
//! The tree is over `leaf(pack key ‖ position u32 LE)`, sorted by pack key (docs/ledger-format.md,
//! section 5); its number of leaves is the run's `count`, so that a proof need not say it.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_crypto::Digest;
use theriac_crypto::merkle::InclusionProof;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::PackKey;
use theriac_ledger::record::{RunPublic, identity_leaf};

/// Levels of the tree over 32,768 packs, the longest run.
pub const IDENTITY_LEVELS_MAX: usize = 15;

/// A key's place in the tree.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct IdentityProof {
    /// The pack's position in the run.
    pub position: u32,
    /// The leaf's index in the sorted tree.
    pub index: u32,
    /// Siblings from the leaf up.
    pub path: BoundedList<Digest, IDENTITY_LEVELS_MAX>,
}

/// A key that stands in the tree beside the place of an absent one.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct IdentityNeighbour {
    /// The key.
    pub key: PackKey,
    /// Its place.
    pub proof: IdentityProof,
}

/// The two neighbours between which an absent key would stand; at an end of the tree there is one.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct IdentityAbsence {
    /// The greatest key below.
    pub below: Option<IdentityNeighbour>,
    /// The least key above.
    pub above: Option<IdentityNeighbour>,
}

/// Why identities prove nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// The position is not one of the run's.
    #[error("position {position} is not one of the {count} of the run")]
    Position {
        /// The position.
        position: u32,
        /// Packs in the run.
        count: u32,
    },
    /// The path leads to another root.
    #[error("the path does not lead to the identity root of the run")]
    Root,
    /// The neighbours do not enclose the key.
    #[error("the neighbours do not enclose the pack's key")]
    Order,
    /// Other keys may stand between them.
    #[error("the neighbours do not stand side by side")]
    Gap,
}

impl IdentityProof {
    /// Checks that `key` is in the run at this position.
    ///
    /// # Errors
    ///
    /// [`IdentityError`].
    pub fn verify(&self, run: &RunPublic, key: &PackKey) -> Result<(), IdentityError> {
        if self.position >= run.count {
            return Err(IdentityError::Position {
                position: self.position,
                count: run.count,
            });
        }
        let proof = InclusionProof {
            index: self.index,
            count: run.count,
            path: self.path.to_vec(),
        };
        if proof.proves(&identity_leaf(key, self.position), &run.identity_root) {
            Ok(())
        } else {
            Err(IdentityError::Root)
        }
    }
}

impl IdentityAbsence {
    /// Checks that `key` is not in the run.
    ///
    /// # Errors
    ///
    /// [`IdentityError`].
    pub fn verify(&self, run: &RunPublic, key: &PackKey) -> Result<(), IdentityError> {
        for neighbour in self.below.iter().chain(&self.above) {
            neighbour.proof.verify(run, &neighbour.key)?;
        }
        let is_below = self.below.as_ref().is_none_or(|below| below.key < *key);
        let is_above = self.above.as_ref().is_none_or(|above| *key < above.key);
        if !is_below || !is_above {
            return Err(IdentityError::Order);
        }
        let next = match &self.below {
            None => Some(0),
            Some(below) => below.proof.index.checked_add(1),
        };
        let expected = self
            .above
            .as_ref()
            .map_or(run.count, |above| above.proof.index);
        // A run without packs is never commissioned: one neighbour at least is named.
        let is_named = self.below.is_some() || self.above.is_some();
        if is_named && next == Some(expected) {
            Ok(())
        } else {
            Err(IdentityError::Gap)
        }
    }
}
