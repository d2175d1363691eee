//! Handling units.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_gs1::Sscc;

use crate::constants::ACTION_UNITS_MAX;
use crate::encoding::BoundedList;
use crate::pack_set::PackSets;

/// Creates a unit, or adds to one that the signer holds directly.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Pack {
    /// The unit.
    pub sscc: Sscc,
    /// Packs that go into it.
    pub packs: PackSets,
    /// Units that go into it: ascending, each once, not the unit itself.
    pub units: BoundedList<Sscc, ACTION_UNITS_MAX>,
}

/// What is taken out of a unit.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnpackContents {
    /// Everything: the unit is resolved to the signer's account.
    All,
    /// Only these; the unit stays.
    Some {
        /// Packs directly in it.
        packs: PackSets,
        /// Units directly in it: ascending, each once.
        units: BoundedList<Sscc, ACTION_UNITS_MAX>,
    },
}

/// Takes contents out of a unit that the signer holds directly.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Unpack {
    /// The unit.
    pub sscc: Sscc,
    /// What comes out.
    pub contents: UnpackContents,
}
