//! How many blocks a snapshot has.

use std::str::FromStr;

use theriac_ledger::block::Header;
use theriac_ledger::constants::VALIDITY_MS_MAX;

/// The blocks of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Those of the last window of validity: enough to take part. The ones before are fetched later.
    Window,
    /// All that the node has: a backup.
    All,
}

impl Extent {
    /// As it stands in a request: `window`, `all`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Window => "window",
            Self::All => "all",
        }
    }
}

/// No [`Extent`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("blocks must be window or all")]
pub struct NoExtent;

impl FromStr for Extent {
    type Err = NoExtent;

    fn from_str(text: &str) -> Result<Self, NoExtent> {
        [Self::Window, Self::All]
            .into_iter()
            .find(|extent| extent.name() == text)
            .ok_or(NoExtent)
    }
}

/// Whether the blocks from one on, up to the head, hold every transaction that may be repeated: one
/// before them is past its `valid_until` in any block that can follow.
pub(super) fn covers_window(oldest: &Header, head: &Header) -> bool {
    oldest.height <= 1 || oldest.time.saturating_add(VALIDITY_MS_MAX) < head.time
}
