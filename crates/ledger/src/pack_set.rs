//! Packs named by run and position.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::constants::{ACTION_CHUNKS_MAX, ACTION_RANGES_MAX, CHUNK_PACKS, RUN_PACKS_MAX};
use crate::encoding::BoundedList;
use crate::identifier::RunId;

/// Consecutive packs of a run.
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
pub struct PackRange {
    /// Position of the first, from zero.
    pub first: u32,
    /// How many; never zero.
    pub count: u32,
}

impl PackRange {
    /// The position after the last.
    pub fn end(&self) -> u32 {
        self.first.saturating_add(self.count)
    }
}

/// Packs of one run.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct PackSet {
    /// The run.
    pub run: RunId,
    /// Ascending, disjoint, not adjacent, none empty.
    pub ranges: BoundedList<PackRange, ACTION_RANGES_MAX>,
}

/// Sets of packs: runs ascending, each once.
pub type PackSets = BoundedList<PackSet, ACTION_RANGES_MAX>;

/// Why a list of pack sets is not in canonical form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackSetError {
    /// Runs are not ascending, or one is named twice.
    #[error("runs must be ascending and each named once (at set {index})")]
    RunOrder {
        /// Position of the set, from zero.
        index: usize,
    },
    /// A set without ranges.
    #[error("set {index} names no packs")]
    Empty {
        /// Position of the set, from zero.
        index: usize,
    },
    /// A range is empty, out of order, overlapping, adjacent, or past the end of any run.
    #[error(
        "range {range} of set {index} is empty, out of order, touches the one before it, or ends past the longest run"
    )]
    Range {
        /// Position of the set, from zero.
        index: usize,
        /// Position of the range in it, from zero.
        range: usize,
    },
    /// Too many ranges in all.
    #[error("the action names more than {ACTION_RANGES_MAX} ranges")]
    TooManyRanges,
    /// Too many chunks in all.
    #[error("the action touches more than {ACTION_CHUNKS_MAX} chunks of {CHUNK_PACKS} packs")]
    TooManyChunks,
}

/// Checks the form of pack sets, and the bounds of one action, without any state.
pub fn check_pack_sets<'a>(
    sets: impl IntoIterator<Item = &'a PackSet>,
) -> Result<(), PackSetError> {
    measure(sets)?.check()
}

/// How much a list of pack sets names.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Extent {
    ranges: usize,
    chunks: usize,
}

impl Extent {
    /// Two lists of one action together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            ranges: self.ranges.saturating_add(other.ranges),
            chunks: self.chunks.saturating_add(other.chunks),
        }
    }

    /// Checks the bounds of one action.
    pub(crate) fn check(self) -> Result<(), PackSetError> {
        if self.ranges > ACTION_RANGES_MAX {
            return Err(PackSetError::TooManyRanges);
        }
        if self.chunks > ACTION_CHUNKS_MAX {
            return Err(PackSetError::TooManyChunks);
        }
        Ok(())
    }
}

/// Checks the form of pack sets and says how much they name.
pub(crate) fn measure<'a>(
    sets: impl IntoIterator<Item = &'a PackSet>,
) -> Result<Extent, PackSetError> {
    let longest = u32::try_from(RUN_PACKS_MAX).unwrap_or(u32::MAX);
    let mut previous: Option<&RunId> = None;
    let (mut ranges, mut chunks) = (0usize, 0usize);
    for (index, set) in sets.into_iter().enumerate() {
        if previous.is_some_and(|run| *run >= set.run) {
            return Err(PackSetError::RunOrder { index });
        }
        previous = Some(&set.run);
        if set.ranges.is_empty() {
            return Err(PackSetError::Empty { index });
        }
        let mut free: Option<u32> = None;
        let mut next_chunk = 0;
        for (position, range) in set.ranges.iter().enumerate() {
            let touches = free.is_some_and(|end| range.first <= end);
            if range.count == 0 || touches || range.first >= longest || range.end() > longest {
                return Err(PackSetError::Range {
                    index,
                    range: position,
                });
            }
            free = Some(range.end());
            let first_chunk = (range.first / CHUNK_PACKS).max(next_chunk);
            next_chunk = (range.end() - 1) / CHUNK_PACKS + 1;
            chunks += usize::try_from(next_chunk - first_chunk).unwrap_or(usize::MAX);
        }
        ranges += set.ranges.len();
    }
    Ok(Extent { ranges, chunks })
}
