//! Genesis as a node has it: the public anchor and the members' records behind its `state_root`.

use std::collections::BTreeMap;

use borsh::{BorshDeserialize, BorshSerialize};
use theriac_crypto::Digest;
use theriac_ledger::constants::PROTOCOL;
use theriac_ledger::genesis::{Anchor, GenesisRecords};
use theriac_ledger::identifier::Timestamp;
use theriac_ledger::record::{Parameters, StoredRecord};
use theriac_ledger::state_key::StateKey;
use theriac_ledger::validator::ValidatorSet;

use crate::tree::{self, TreeError};

/// Both halves of genesis.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Genesis {
    /// The public half.
    pub anchor: Anchor,
    /// The members' half.
    pub records: GenesisRecords,
}

/// Why two halves make no genesis.
#[derive(Debug, thiserror::Error)]
pub enum GenesisError {
    /// The records are refused by the ledger's own rules.
    #[error("the records are refused")]
    Records(#[from] theriac_ledger::genesis::GenesisError),
    /// The tree over the records cannot be made.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The records give another root than the anchor names.
    #[error(
        "the records have root {found}, the anchor names {named}: they belong to different ceremonies"
    )]
    StateRoot {
        /// Root of the records.
        found: Digest,
        /// Root in the anchor.
        named: Digest,
    },
}

/// The end of the ceremony: the anchor over the members' records. Pure; the time is the ceremony's.
pub fn seal(
    time: Timestamp,
    validators: ValidatorSet,
    parameters: Parameters,
    records: &GenesisRecords,
) -> Result<Anchor, GenesisError> {
    let state_root = state_root(&records.state(&validators, &parameters))?;
    let anchor = Anchor {
        protocol: PROTOCOL,
        time,
        validators,
        parameters,
        state_root,
    };
    check_records(&anchor, records)?;
    Ok(anchor)
}

impl Genesis {
    /// Checks that the records keep the ledger's rules and give the anchor's `state_root`.
    pub fn check(&self) -> Result<(), GenesisError> {
        check_records(&self.anchor, &self.records)?;
        let found = state_root(&self.state())?;
        if found == self.anchor.state_root {
            Ok(())
        } else {
            Err(GenesisError::StateRoot {
                found,
                named: self.anchor.state_root,
            })
        }
    }

    /// The state at height 0.
    pub fn state(&self) -> BTreeMap<StateKey, StoredRecord> {
        self.records
            .state(&self.anchor.validators, &self.anchor.parameters)
    }
}

fn check_records(anchor: &Anchor, records: &GenesisRecords) -> Result<(), GenesisError> {
    Ok(records.check(anchor)?)
}

/// The root of the state tree that holds exactly these records, computed from nothing.
///
/// # Errors
///
/// [`GenesisError::Tree`].
pub fn state_root(records: &BTreeMap<StateKey, StoredRecord>) -> Result<Digest, GenesisError> {
    Ok(tree::root_of(&tree_values(records))?)
}

/// What each record puts into the tree.
pub(crate) fn tree_values(
    records: &BTreeMap<StateKey, StoredRecord>,
) -> BTreeMap<StateKey, Vec<u8>> {
    records
        .iter()
        .map(|(key, record)| (*key, record.tree_value()))
        .collect()
}
