//! Why the store cannot answer.

use std::path::PathBuf;

use theriac_http::problem::chain;
use theriac_ledger::state::StateUnavailable;

use crate::tree::TreeError;

/// Why the store cannot answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder cannot be opened.
    #[error(
        "the store {path} cannot be opened; check that the folder is writable and that no other node uses it"
    )]
    Open {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: fjall::Error,
    },
    /// No genesis was written yet.
    #[error("{path} holds no chain yet; start the node with a genesis file")]
    NotInitialised {
        /// The folder.
        path: PathBuf,
    },
    /// The store belongs to another genesis.
    #[error("the store {path} belongs to another chain; use another folder")]
    OtherChain {
        /// The folder.
        path: PathBuf,
    },
    /// The records of genesis do not give the anchor's root.
    #[error("genesis is refused: {reason}")]
    Genesis {
        /// Why.
        reason: String,
    },
    /// Written by another version.
    #[error("the store has layout {found}, which this version does not know")]
    Schema {
        /// Layout found.
        found: u32,
    },
    /// Reading failed. Final: the process must stop.
    #[error("the store cannot be read")]
    Read {
        /// Why.
        source: fjall::Error,
    },
    /// Writing or forcing to disk failed. Final: the process must stop.
    #[error("the store cannot be written")]
    Write {
        /// Why.
        source: fjall::Error,
    },
    /// Bytes on disk are not what was written. Final: the process must stop.
    #[error("the store is damaged: {what}: {reason}; restore this node from its peers")]
    Corrupt {
        /// What was read.
        what: &'static str,
        /// Why it cannot be right.
        reason: String,
    },
}

impl StoreError {
    /// Whether nothing that follows can be trusted: the process must stop.
    pub fn is_fatal(&self) -> bool {
        matches!(
            self,
            Self::Read { .. } | Self::Write { .. } | Self::Corrupt { .. }
        )
    }

    pub(crate) fn read(source: fjall::Error) -> Self {
        Self::Read { source }
    }

    pub(crate) fn write(source: fjall::Error) -> Self {
        Self::Write { source }
    }

    pub(crate) fn corrupt(what: &'static str, reason: impl std::fmt::Display) -> Self {
        Self::Corrupt {
            what,
            reason: reason.to_string(),
        }
    }
}

impl From<TreeError> for StoreError {
    fn from(error: TreeError) -> Self {
        Self::corrupt("state tree", error.reason)
    }
}

impl From<StoreError> for StateUnavailable {
    fn from(error: StoreError) -> Self {
        Self {
            reason: chain(&error),
        }
    }
}
