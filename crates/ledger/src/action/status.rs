//! Status of packs. Status changes name packs, never units.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

use crate::pack_set::PackSets;
use crate::record::PackStatus;

/// Supplies packs to patients.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Dispense {
    /// The packs.
    pub packs: PackSets,
}

/// Why packs are active again.
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
pub enum ReactivateReason {
    /// The dispensing did not occur.
    NotDispensed = 0,
    /// Missing packs were found.
    Found = 1,
}

/// Undoes a dispensing, or reports missing packs as found.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Reactivate {
    /// The packs.
    pub packs: PackSets,
    /// Why.
    pub reason: ReactivateReason,
}

/// Why packs are quarantined.
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
pub enum LockReason {
    /// Suspected of being falsified.
    Suspect = 0,
    /// Damage to be judged.
    Damage = 1,
    /// Storage conditions to be judged.
    Condition = 2,
    /// Waiting for a decision of quality assurance.
    Quality = 3,
    /// Ordered by a regulator.
    Order = 4,
}

/// Quarantines packs.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Lock {
    /// The packs.
    pub packs: PackSets,
    /// Why.
    pub reason: LockReason,
}

/// Ends a quarantine.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Unlock {
    /// The packs.
    pub packs: PackSets,
}

/// Why packs leave supply.
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
pub enum DecommissionReason {
    /// Destroyed.
    Destroyed = 0,
    /// Left the territory of this ledger.
    Exported = 1,
    /// Reserved: given to an authority as a sample.
    Sample = 2,
    /// Reserved: given away as a free sample.
    FreeSample = 3,
    /// Stolen.
    Stolen = 4,
    /// Missing.
    Missing = 5,
    /// Damaged.
    Damaged = 6,
    /// Reserved: checked out to a party outside this ledger.
    CheckedOut = 7,
}

impl DecommissionReason {
    /// The status that it gives; none where this version does not accept the reason.
    pub fn status(self) -> Option<PackStatus> {
        match self {
            Self::Destroyed => Some(PackStatus::Destroyed),
            Self::Exported => Some(PackStatus::Exported),
            Self::Stolen => Some(PackStatus::Stolen),
            Self::Missing => Some(PackStatus::Missing),
            Self::Damaged => Some(PackStatus::Damaged),
            Self::Sample | Self::FreeSample | Self::CheckedOut => None,
        }
    }

    /// The name in texts and interfaces, in snake case.
    pub fn name(self) -> &'static str {
        match self {
            Self::Destroyed => "destroyed",
            Self::Exported => "exported",
            Self::Sample => "sample",
            Self::FreeSample => "free_sample",
            Self::Stolen => "stolen",
            Self::Missing => "missing",
            Self::Damaged => "damaged",
            Self::CheckedOut => "checked_out",
        }
    }
}

/// Takes packs out of supply.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct Decommission {
    /// The packs.
    pub packs: PackSets,
    /// Why.
    pub reason: DecommissionReason,
}
