//! Why a snapshot is refused.

use std::io;

use theriac_client::head::HeadRefusal;
use theriac_ledger::encoding::DecodeError;
use theriac_ledger::identifier::{Height, RunId};
use theriac_ledger::state_key::StateKey;

use crate::store::{Damage, StoreError};

/// Why a snapshot is refused, or cannot be stored. What was written until then is no store.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It cannot be read.
    #[error("the snapshot cannot be read")]
    Input(#[from] io::Error),
    /// It ends too early.
    #[error("the snapshot is cut off; fetch or copy it again")]
    Cut,
    /// It begins otherwise.
    #[error("this is no snapshot of a node; give a file that theriac node backup wrote")]
    NoSnapshot,
    /// Another version of the format.
    #[error(
        "the snapshot has a format that this version does not know; use the version that wrote it"
    )]
    Version,
    /// A frame is longer than any may be.
    #[error("a frame of the snapshot has {found} bytes, more than any may have")]
    FrameTooLong {
        /// Bytes found.
        found: usize,
    },
    /// A frame does not decode.
    #[error("a frame of the snapshot does not decode")]
    Frame(#[from] DecodeError),
    /// Frames come in another order.
    #[error("the snapshot is not in order: {found}")]
    Order {
        /// What was found.
        found: &'static str,
    },
    /// It is of another chain.
    #[error("the snapshot belongs to another chain than the genesis files")]
    OtherChain,
    /// A header is not signed as those of the chain are.
    #[error("the header of block {height} is refused")]
    Head {
        /// Height of the block.
        height: Height,
        /// Why.
        source: HeadRefusal,
    },
    /// A record is not what its place in the state asks for.
    #[error("record {} of the snapshot is refused: {found}", key.0)]
    Record {
        /// Its key.
        key: StateKey,
        /// What was found.
        found: &'static str,
    },
    /// The packs of a run are others than the state says.
    #[error("{run}: {found}")]
    Run {
        /// The run.
        run: RunId,
        /// What was found.
        found: &'static str,
    },
    /// A change of the validators does not follow from those before.
    #[error("the change of the validators at height {height} is refused")]
    Step {
        /// Its height.
        height: Height,
        /// Why.
        source: HeadRefusal,
    },
    /// The records lead to another root than the validators signed.
    #[error("the records of the snapshot give another state root than the validators signed")]
    StateRoot,
    /// A block is not the one that the chain has.
    #[error("block {height} of the snapshot is not the parent of the block after it")]
    Link {
        /// Its height.
        height: Height,
    },
    /// A block is damaged.
    #[error("block {height} of the snapshot is refused")]
    Block {
        /// Its height.
        height: Height,
        /// Why.
        source: Damage,
    },
    /// Too few blocks.
    #[error(
        "the snapshot lacks blocks of the last ten minutes, in which transactions may be repeated"
    )]
    TooFewBlocks,
    /// The disk holds a store.
    #[error("there is a chain already; move it away first")]
    NotEmpty,
    /// The node has no block yet.
    #[error("the chain has no block yet: there is nothing to take")]
    NoBlock,
    /// Whoever takes the bytes has ended.
    #[error("nobody reads the snapshot any more")]
    Gone,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
