//! Chunks: the state of 128 consecutive packs of a run, as one record.
//!
//! A chunk never touched is absent and means: every pack Active since the run's commissioning,
//! with the run's history, at the commissioning account.
//! A touched one is stored as a list of its entries, equal neighbours once; positions past the run's
//! count hold the untouched entry. Its public half is the root over 128 entry leaves, each provable alone.

use std::sync::Arc;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_crypto::{Digest, Digester, digest, merkle};
use theriac_gs1::Sscc;

use super::{History, Run, StoredRecord};
use crate::constants::CHUNK_PACKS;
use crate::encoding::{DecodeError, decode, encode};
use crate::identifier::{AccountId, ShipmentId, Timestamp};

mod listed;
mod tree;

pub use tree::ChunkTree;

/// Packs in a chunk, as a length.
pub(crate) const CHUNK_LENGTH: usize = CHUNK_PACKS as usize;

/// The chunk in which a position lies, and the place in it.
pub fn chunk_of(position: u32) -> (u32, u32) {
    (position / CHUNK_PACKS, position % CHUNK_PACKS)
}

/// Status of a pack.
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
pub enum PackStatus {
    /// In supply.
    Active = 0,
    /// Supplied to a patient.
    Dispensed = 1,
    /// In quarantine.
    Locked = 2,
    /// Destroyed; final.
    Destroyed = 3,
    /// Left the territory; final.
    Exported = 4,
    /// Stolen.
    Stolen = 5,
    /// Missing.
    Missing = 6,
    /// Damaged.
    Damaged = 7,
}

impl std::fmt::Display for PackStatus {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Active => "active",
            Self::Dispensed => "dispensed",
            Self::Locked => "locked",
            Self::Destroyed => "destroyed",
            Self::Exported => "exported",
            Self::Stolen => "stolen",
            Self::Missing => "missing",
            Self::Damaged => "damaged",
        })
    }
}

/// Where a pack is. A unit or shipment that is resolved names the holder in turn.
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
pub enum PackPlace {
    /// Held directly by an account.
    Account(AccountId),
    /// In a unit.
    Unit(Sscc),
    /// In a shipment, not in a unit.
    Shipment(ShipmentId),
}

/// The public part of a pack's entry.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
pub struct EntryPublic {
    /// Status.
    pub status: PackStatus,
    /// Block time of the last change of status.
    pub since: Timestamp,
}

/// The private part of a pack's entry.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
pub struct EntryPrivate {
    /// Where it is.
    pub place: PackPlace,
    /// The account behind the last change of status.
    pub by: AccountId,
    /// History.
    pub history: History,
}

/// State of one pack.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
pub struct PackEntry {
    /// Public part.
    pub public: EntryPublic,
    /// Private part.
    pub private: EntryPrivate,
}

impl PackEntry {
    /// What every pack of a run is until something happens to it.
    pub fn untouched(run: &Run) -> Self {
        Self {
            public: EntryPublic {
                status: PackStatus::Active,
                since: run.public.commissioned_at,
            },
            private: EntryPrivate {
                place: PackPlace::Account(run.private.account),
                by: run.private.account,
                history: run.private.history,
            },
        }
    }

    /// `digest("private", borsh(private) ‖ position u32 LE)`; the position is that in the run.
    pub fn private_digest(&self, position: u32) -> Digest {
        Digester::new("private")
            .chain(&encode(&self.private))
            .chain(&position.to_le_bytes())
            .finish()
    }

    /// The leaf: over `borsh(public) ‖ private digest`.
    pub fn leaf(&self, position: u32) -> Digest {
        Self::leaf_of(&self.public, &self.private_digest(position))
    }

    /// The leaf, from what a proof shows.
    pub fn leaf_of(public: &EntryPublic, private: &Digest) -> Digest {
        merkle::leaf(&super::tree_value(&encode(public), private))
    }
}

/// The entries of a chunk.
#[derive(Debug, Clone)]
pub struct Chunk {
    /// Number of the chunk in its run.
    number: u32,
    entries: Vec<PackEntry>,
    /// Root of the stored form that it was read from.
    read_as: Option<Digest>,
    /// Places that may have changed since; the lowest bit is the first.
    changed: u128,
}

/// What a chunk is, not what it was made from.
impl PartialEq for Chunk {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number && self.entries == other.entries
    }
}

impl Eq for Chunk {}

impl Chunk {
    /// A chunk in which nothing has happened yet.
    pub fn untouched(run: &Run, number: u32) -> Self {
        Self {
            number,
            entries: vec![PackEntry::untouched(run); CHUNK_LENGTH],
            read_as: None,
            changed: 0,
        }
    }

    /// The 128 entries.
    pub fn entries(&self) -> &[PackEntry] {
        &self.entries
    }

    /// The entry at a place in the chunk (below 128).
    pub fn entry(&self, place: u32) -> Option<&PackEntry> {
        self.entries.get(usize::try_from(place).ok()?)
    }

    /// The entry at a place in the chunk (below 128), to be changed.
    pub fn entry_mut(&mut self, place: u32) -> Option<&mut PackEntry> {
        self.changed |= 1u128.checked_shl(place)?;
        self.entries.get_mut(usize::try_from(place).ok()?)
    }

    /// The 128 leaves.
    pub fn leaves(&self) -> Vec<Digest> {
        self.leaves_from(0, CHUNK_LENGTH)
    }

    /// `count` leaves from a place in the chunk on, as far as it reaches.
    fn leaves_from(&self, first: usize, count: usize) -> Vec<Digest> {
        let start = self.number.saturating_mul(CHUNK_PACKS);
        (start..)
            .zip(&self.entries)
            .skip(first)
            .take(count)
            .map(|(position, entry)| entry.leaf(position))
            .collect()
    }

    /// Root over the leaves: the public half.
    pub fn root(&self) -> Digest {
        merkle::root(&self.leaves())
    }

    /// The stored form: public half the root, private half empty, the list of entries attached.
    pub fn store(&self) -> StoredRecord {
        self.store_under(&self.root())
    }

    /// The tree over its entries; where `kept` has the tree that it was read with, from that one, in less
    /// time.
    pub fn tree(&self, kept: impl FnOnce(&Digest) -> Option<Arc<ChunkTree>>) -> ChunkTree {
        match self.read_as.as_ref().and_then(kept) {
            Some(before) => before.after(self, self.changed),
            None => ChunkTree::of(self),
        }
    }

    /// The stored form under its root, which is known already; from then on this is what is read from it.
    pub(crate) fn settle(&mut self, root: &Digest) -> StoredRecord {
        self.read_as = Some(*root);
        self.changed = 0;
        self.store_under(root)
    }

    fn store_under(&self, root: &Digest) -> StoredRecord {
        StoredRecord {
            public: encode(root),
            private: Vec::new(),
            attached: listed::encode_entries(&self.entries),
        }
    }

    /// Reads the stored form; refuses a list of entries that is not canonical or does not fill the chunk.
    pub fn load(stored: &StoredRecord, number: u32) -> Result<Self, DecodeError> {
        Ok(Self {
            number,
            entries: listed::decode_entries(&stored.attached)?,
            read_as: decode(&stored.public, size_of::<Digest>()).ok(),
            changed: 0,
        })
    }
}

/// The digest of a chunk's empty private half, as it stands in the state tree.
pub fn empty_private_digest() -> Digest {
    digest("private", &[])
}
