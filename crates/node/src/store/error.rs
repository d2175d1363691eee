//! Why the store cannot answer.

use std::path::PathBuf;

use theriac_ledger::action::ActionError;
use theriac_ledger::block::BlockError;
use theriac_ledger::encoding::{DecodeError, TooManyItems};
use theriac_ledger::state::StateUnavailable;
use theriac_proof::state::StateProofError;

use super::disk::DiskError;
use crate::genesis::GenesisError;
pub use crate::tree::TreeError;

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
        source: DiskError,
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
    #[error("genesis is refused")]
    Genesis(#[from] GenesisError),
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
        source: DiskError,
    },
    /// Writing or forcing to disk failed. Final: the process must stop.
    #[error("the store cannot be written")]
    Write {
        /// Why.
        source: DiskError,
    },
    /// Bytes on disk are not what was written. Final: the process must stop.
    #[error("the store is damaged: {what}; restore this node from its peers")]
    Corrupt {
        /// What was read.
        what: &'static str,
        /// Why it cannot be right.
        source: Damage,
    },
    /// The state tree cannot be read or changed. Final: the process must stop.
    #[error(transparent)]
    Tree(TreeError),
}

/// Why stored bytes cannot be right.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// What was found, in words.
    #[error("{0}")]
    Found(&'static str),
    /// They do not decode.
    #[error(transparent)]
    Undecodable(#[from] DecodeError),
    /// More items than were ever written.
    #[error(transparent)]
    TooManyItems(#[from] TooManyItems),
    /// An action that was decided does not decode.
    #[error(transparent)]
    Action(#[from] ActionError),
    /// A body that does not belong to its header.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// A proof that proves nothing.
    #[error(transparent)]
    Proof(#[from] StateProofError),
    /// What rests on records that are there cannot be read from them.
    #[error("{0}")]
    State(String),
}

impl From<&'static str> for Damage {
    fn from(found: &'static str) -> Self {
        Self::Found(found)
    }
}

impl StoreError {
    /// Whether nothing that follows can be trusted: the process must stop.
    pub fn is_fatal(&self) -> bool {
        matches!(
            self,
            Self::Read { .. } | Self::Write { .. } | Self::Corrupt { .. } | Self::Tree(_)
        )
    }

    pub(crate) fn read(source: DiskError) -> Self {
        Self::Read { source }
    }

    pub(crate) fn write(source: DiskError) -> Self {
        Self::Write { source }
    }

    /// What the state said it is that it cannot be read.
    pub(crate) fn unavailable(error: StateUnavailable) -> Self {
        match error {
            StateUnavailable::Store(source) => match source.downcast() {
                Ok(error) => *error,
                Err(source) => Self::corrupt("state", Damage::State(source.to_string())),
            },
            other => Self::corrupt("state", Damage::State(other.to_string())),
        }
    }

    pub(crate) fn corrupt(what: &'static str, source: impl Into<Damage>) -> Self {
        Self::Corrupt {
            what,
            source: source.into(),
        }
    }
}

impl From<TreeError> for StoreError {
    fn from(error: TreeError) -> Self {
        match error {
            TreeError::Store(error) => *error,
            other => Self::Tree(other),
        }
    }
}

impl From<StoreError> for StateUnavailable {
    fn from(error: StoreError) -> Self {
        Self::Store(Box::new(error))
    }
}
