//! Proofs that a key of the state tree has a value, or has none, under a header's `state_root`.
//!
//! The tree is a Jellyfish Merkle tree over SHA3-256 with the hash rules of the `jmt` crate, the one
//! place where Theriac's own tags are not used:
//!
//! ```text
//! value hash = SHA3-256(value)
//! leaf       = SHA3-256("JMT::LeafNode" ‖ key ‖ value hash)
//! inner      = SHA3-256("JMT::IntrnalNode" ‖ left ‖ right)
//! empty      = "SPARSE_MERKLE_PLACEHOLDER_HASH__"
//! ```
//!
//! A leaf stands at the highest place below which it is alone; bit `i` of the key (the most
//! significant bit of the first byte is bit 0) says whether the path turns right at depth `i`.
//! This crate does not depend on `jmt`: what is verified here is written here.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use sha3::{Digest as _, Sha3_256};
use theriac_crypto::Digest;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::state_key::StateKey;

/// Longest path from the root to a leaf: one step for each bit of a key.
pub const DEPTH_MAX: usize = 256;

/// The hash of an empty subtree, and the root of an empty tree.
pub const EMPTY: Digest = Digest(*b"SPARSE_MERKLE_PLACEHOLDER_HASH__");

/// The hash of a value: plain SHA3-256.
pub fn value_hash(value: &[u8]) -> Digest {
    Digest(Sha3_256::digest(value).into())
}

/// The hash of a leaf.
pub fn leaf_hash(key: &StateKey, value_hash: &Digest) -> Digest {
    let mut hasher = Sha3_256::new();
    hasher.update(b"JMT::LeafNode");
    hasher.update(key.0.as_bytes());
    hasher.update(value_hash.as_bytes());
    Digest(hasher.finalize().into())
}

/// The hash of two children.
pub fn inner_hash(left: &Digest, right: &Digest) -> Digest {
    let mut hasher = Sha3_256::new();
    hasher.update(b"JMT::IntrnalNode");
    hasher.update(left.as_bytes());
    hasher.update(right.as_bytes());
    Digest(hasher.finalize().into())
}

/// What stands at the end of the path that a key takes from the root.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum PathEnd {
    /// The leaf of the key.
    Leaf,
    /// Nothing: the key has no value.
    Empty,
    /// The leaf of another key: it is alone where this key would stand, so the key has no value.
    Other {
        /// The other key.
        key: StateKey,
        /// The hash of its value.
        value_hash: Digest,
    },
}

/// The path of one key from the root down.
///
/// Layout: end (0 leaf; 1 empty; 2 other ‖ key ‖ value hash), number of siblings u16 LE, one bit for
/// each sibling from the root down (first sibling in the lowest bit of the first byte, spare bits
/// zero; a zero bit stands for the empty subtree), then 32 bytes for each one bit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "JsonProof")]
pub struct StateProof {
    end: PathEnd,
    /// From the root down. Invariant: at most `DEPTH_MAX`, none of them `Some(EMPTY)`.
    siblings: Vec<Option<Digest>>,
}

/// The JSON form, before its invariant is checked.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonProof {
    end: PathEnd,
    siblings: BoundedList<Option<Digest>, DEPTH_MAX>,
}

impl TryFrom<JsonProof> for StateProof {
    type Error = StateProofError;

    fn try_from(proof: JsonProof) -> Result<Self, StateProofError> {
        let siblings = proof.siblings.into_inner();
        if siblings.contains(&Some(EMPTY)) {
            return Err(StateProofError::NamedEmpty);
        }
        let end = proof.end;
        Ok(Self { end, siblings })
    }
}

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StateProofError {
    /// More steps than a key has bits.
    #[error("a path has at most {DEPTH_MAX} steps, not {found}")]
    TooDeep {
        /// Steps found.
        found: usize,
    },
    /// An empty subtree that is written out: a proof has one form.
    #[error("an empty subtree must be left out")]
    NamedEmpty,
    /// Asked for presence, and the proof ends elsewhere.
    #[error("the proof does not end at the leaf of this key")]
    NotPresent,
    /// Asked for absence, and the proof ends at the key's own leaf.
    #[error("the proof shows that the key is present")]
    Present,
    /// The other leaf does not stand where this key would stand.
    #[error("the leaf at the end of the proof is not on the path of this key")]
    OffPath,
    /// The path leads to another root.
    #[error("the proof belongs to another state root, key or value")]
    Root,
}

impl StateProof {
    /// A proof from its parts: the end of the path and the siblings from the root down
    /// ([`EMPTY`] for an empty subtree).
    pub fn new(end: PathEnd, siblings: &[Digest]) -> Result<Self, StateProofError> {
        if siblings.len() > DEPTH_MAX {
            return Err(StateProofError::TooDeep {
                found: siblings.len(),
            });
        }
        let siblings = siblings
            .iter()
            .map(|sibling| (*sibling != EMPTY).then_some(*sibling))
            .collect();
        Ok(Self { end, siblings })
    }

    /// What stands at the end of the path.
    pub fn end(&self) -> &PathEnd {
        &self.end
    }

    /// Checks that `key` has `value` under `root`. For a record the value is
    /// `public half ‖ digest of the private half`.
    pub fn verify_present(
        &self,
        root: &Digest,
        key: &StateKey,
        value: &[u8],
    ) -> Result<(), StateProofError> {
        if self.end != PathEnd::Leaf {
            return Err(StateProofError::NotPresent);
        }
        self.check_root(root, key, leaf_hash(key, &value_hash(value)))
    }

    /// Checks that `key` has no value under `root`.
    pub fn verify_absent(&self, root: &Digest, key: &StateKey) -> Result<(), StateProofError> {
        let end = match &self.end {
            PathEnd::Leaf => return Err(StateProofError::Present),
            PathEnd::Empty => EMPTY,
            PathEnd::Other {
                key: other,
                value_hash,
            } => {
                if other == key {
                    return Err(StateProofError::Present);
                }
                if common_bits(key, other) < self.siblings.len() {
                    return Err(StateProofError::OffPath);
                }
                leaf_hash(other, value_hash)
            }
        };
        self.check_root(root, key, end)
    }

    fn check_root(
        &self,
        root: &Digest,
        key: &StateKey,
        end: Digest,
    ) -> Result<(), StateProofError> {
        let top = self
            .siblings
            .iter()
            .enumerate()
            .rev()
            .fold(end, |below, (depth, sibling)| {
                let sibling = sibling.unwrap_or(EMPTY);
                if bit(key, depth) {
                    inner_hash(&sibling, &below)
                } else {
                    inner_hash(&below, &sibling)
                }
            });
        if top == *root {
            Ok(())
        } else {
            Err(StateProofError::Root)
        }
    }
}

/// Whether the path of a key turns right at a depth below [`DEPTH_MAX`].
fn bit(key: &StateKey, depth: usize) -> bool {
    key.0
        .as_bytes()
        .get(depth / 8)
        .is_some_and(|byte| byte >> (7 - depth % 8) & 1 == 1)
}

/// Number of leading bits that two keys share.
fn common_bits(left: &StateKey, right: &StateKey) -> usize {
    (0..DEPTH_MAX)
        .take_while(|depth| bit(left, *depth) == bit(right, *depth))
        .count()
}

impl BorshSerialize for StateProof {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        match &self.end {
            PathEnd::Leaf => writer.write_all(&[0])?,
            PathEnd::Empty => writer.write_all(&[1])?,
            PathEnd::Other { key, value_hash } => {
                writer.write_all(&[2])?;
                BorshSerialize::serialize(key, writer)?;
                BorshSerialize::serialize(value_hash, writer)?;
            }
        }
        let depth = u16::try_from(self.siblings.len()).map_err(invalid)?;
        BorshSerialize::serialize(&depth, writer)?;
        for eight in self.siblings.chunks(8) {
            let byte = eight
                .iter()
                .enumerate()
                .fold(0u8, |byte, (place, sibling)| {
                    byte | u8::from(sibling.is_some()) << place
                });
            BorshSerialize::serialize(&byte, writer)?;
        }
        self.siblings
            .iter()
            .flatten()
            .try_for_each(|sibling| BorshSerialize::serialize(sibling, writer))
    }
}

impl BorshDeserialize for StateProof {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let end = match u8::deserialize_reader(reader)? {
            0 => PathEnd::Leaf,
            1 => PathEnd::Empty,
            2 => PathEnd::Other {
                key: StateKey::deserialize_reader(reader)?,
                value_hash: Digest::deserialize_reader(reader)?,
            },
            other => return Err(invalid(format!("a path has no end of kind {other}"))),
        };
        let depth = usize::from(u16::deserialize_reader(reader)?);
        if depth > DEPTH_MAX {
            return Err(invalid(StateProofError::TooDeep { found: depth }));
        }
        let mut map = [0u8; DEPTH_MAX / 8];
        let map = &mut map[..depth.div_ceil(8)];
        reader.read_exact(map)?;
        let is_set = |place: usize| map[place / 8] >> (place % 8) & 1 == 1;
        if (depth..map.len() * 8).any(is_set) {
            return Err(invalid("a spare bit of the path is set"));
        }
        let mut siblings = Vec::with_capacity(depth);
        for place in 0..depth {
            siblings.push(if is_set(place) {
                let sibling = Digest::deserialize_reader(reader)?;
                if sibling == EMPTY {
                    return Err(invalid(StateProofError::NamedEmpty));
                }
                Some(sibling)
            } else {
                None
            });
        }
        Ok(Self { end, siblings })
    }
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests;
