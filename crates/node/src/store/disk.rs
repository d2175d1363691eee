//! Where the store keeps its bytes: the port, and what is put through it.
//!
//! Invariants that every disk keeps:
//! - a batch is written whole or not at all, and is durable when [`Disk::write`] returns; of batches that
//!   are not waited for, a power cut takes the last ones;
//! - a [`Snapshot`] shows what was written before it was taken, whatever is written later;
//! - after a failed write nothing is known about what is durable: the store's owner must stop.

use std::fmt::Debug;
use std::ops::Bound;
use std::sync::Arc;

mod fjall;
mod watched;

pub use fjall::FjallDisk;
pub(crate) use watched::WatchedDisk;

/// Bytes that were read, or wait to be written.
pub type Bytes = ::fjall::Slice;

/// A part of the disk with keys of its own. All integers in keys are big-endian, so that keys sort
/// by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Space {
    /// Schema, genesis, what is committed.
    Meta,
    /// Height → borsh (header, certificate).
    Headers,
    /// Height → transactions without identity lists; see `body`.
    Blocks,
    /// Identity root → pack keys in production order, 16 bytes each.
    Lists,
    /// Local number of a run u32 → borsh (run id, identity root).
    Runs,
    /// Pack key → local number of its run u32, position u32.
    Packs,
    /// Transaction id → height u64, index u32.
    Transactions,
    /// State key → borsh stored record.
    Records,
    /// State key, height u64, index u32 → transaction id; of a chunk also its packs; see `steps`.
    Steps,
    /// Node name → borsh node.
    Nodes,
    /// Version that made a node stale u64, node name → nothing.
    Stale,
    /// Height u64, round u32, block digest → block.
    Undecided,
    /// Digest of evidence → borsh evidence of misbehaviour.
    Misbehaviour,
    /// Height that announces another validator set → borsh step; see `validators`.
    Validators,
    /// Time of the proposal u64, change id → nothing.
    Changes,
}

impl Space {
    /// Every space.
    pub const ALL: [Self; 15] = [
        Self::Meta,
        Self::Headers,
        Self::Blocks,
        Self::Lists,
        Self::Runs,
        Self::Packs,
        Self::Transactions,
        Self::Records,
        Self::Steps,
        Self::Nodes,
        Self::Stale,
        Self::Undecided,
        Self::Misbehaviour,
        Self::Validators,
        Self::Changes,
    ];

    /// Its name on disk.
    pub fn name(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::Headers => "headers",
            Self::Blocks => "blocks",
            Self::Lists => "lists",
            Self::Runs => "runs",
            Self::Packs => "packs",
            Self::Transactions => "transactions",
            Self::Records => "records",
            Self::Steps => "steps",
            Self::Nodes => "nodes",
            Self::Stale => "stale",
            Self::Undecided => "undecided",
            Self::Misbehaviour => "misbehaviour",
            Self::Validators => "validators",
            Self::Changes => "changes",
        }
    }

    /// Whether its values are hundreds of kilobytes long: those are kept out of the tables, so that
    /// compaction does not copy them again and again.
    pub(crate) fn has_large_values(self) -> bool {
        matches!(self, Self::Blocks | Self::Lists | Self::Undecided)
    }
}

/// One change of one key.
#[derive(Debug, Clone)]
pub struct Change {
    /// Where.
    pub space: Space,
    /// The key.
    pub key: Bytes,
    /// The new value; none deletes the key.
    pub value: Option<Bytes>,
}

/// Changes that are written together; of two changes of one key the later counts.
#[derive(Debug, Clone, Default)]
pub struct Batch(pub Vec<Change>);

impl Batch {
    /// Sets a key.
    pub fn insert(&mut self, space: Space, key: impl Into<Bytes>, value: impl Into<Bytes>) {
        self.0.push(Change {
            space,
            key: key.into(),
            value: Some(value.into()),
        });
    }

    /// Deletes a key.
    pub fn remove(&mut self, space: Space, key: impl Into<Bytes>) {
        self.0.push(Change {
            space,
            key: key.into(),
            value: None,
        });
    }
}

/// Why a disk did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct DiskError(Box<dyn std::error::Error + Send + Sync>);

impl DiskError {
    /// An error of a disk.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

/// Where the store keeps its bytes.
pub trait Disk: Debug + Send + Sync {
    /// What is written now, for as long as it is held.
    fn snapshot(&self) -> Arc<dyn Snapshot>;

    /// Writes a batch whole, and waits until it is durable.
    ///
    /// # Errors
    ///
    /// [`DiskError`]: nothing is known about what is durable.
    fn write(&self, batch: Batch) -> Result<(), DiskError>;

    /// Writes a batch whole without waiting: it is durable no later than the next batch that is
    /// [waited for](Self::write), and never without the batches before it.
    ///
    /// # Errors
    ///
    /// [`DiskError`]: nothing is known about what is durable.
    fn write_soon(&self, batch: Batch) -> Result<(), DiskError>;
}

/// A key with its value.
pub type Entry = (Bytes, Bytes);

/// Entries in ascending order of keys.
pub type Entries = Box<dyn Iterator<Item = Result<Entry, DiskError>> + Send>;

/// Keys in ascending order; from the other end in descending order.
pub type Keys = Box<dyn DoubleEndedIterator<Item = Result<Bytes, DiskError>> + Send>;

/// A disk as it was.
pub trait Snapshot: Send + Sync {
    /// The value of a key.
    ///
    /// # Errors
    ///
    /// [`DiskError`].
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Bytes>, DiskError>;

    /// The keys between two bounds, in ascending order; their values are not read.
    fn keys(&self, space: Space, from: Bound<&[u8]>, to: Bound<&[u8]>) -> Keys;

    /// The entries between two bounds.
    fn range(&self, space: Space, from: Bound<&[u8]>, to: Bound<&[u8]>) -> Entries;

    /// The entries whose keys begin so.
    fn prefix(&self, space: Space, prefix: &[u8]) -> Entries;
}
