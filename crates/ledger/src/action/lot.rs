//! Lots and runs.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_gs1::{CalendarDate, Gtin, Lot};

use super::DocumentDigest;
use crate::constants::RUN_PACKS_MAX;
use crate::encoding::BoundedList;
use crate::identifier::{PackKey, RunId};

/// Brings the packs of a run into being, held by the signer's account; the first run creates the lot.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CommissionRun {
    /// The product.
    pub gtin: Gtin,
    /// The lot.
    pub lot: Lot,
    /// The lot's present number of runs.
    pub number: u16,
    /// Last day on which packs may be dispensed or shipped for supply.
    pub expiry: CalendarDate,
    /// Day of manufacture.
    pub manufactured: CalendarDate,
    /// Identity of each pack, in production order; no two alike, at least one.
    pub keys: BoundedList<PackKey, RUN_PACKS_MAX>,
}

impl CommissionRun {
    /// The run's name.
    pub fn run(&self) -> RunId {
        RunId {
            gtin: self.gtin,
            lot: self.lot,
            number: self.number,
        }
    }
}

/// Ends a lot: no more runs.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct CloseLot {
    /// The product.
    pub gtin: Gtin,
    /// The lot.
    pub lot: Lot,
}

/// How grave a recall is (the classes that EU and US authorities use).
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
pub enum RecallClass {
    /// Danger to life or serious harm.
    One = 1,
    /// Illness or mistreatment, not grave.
    Two = 2,
    /// No significant hazard.
    Three = 3,
}

/// Recalls a lot, irreversibly.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct RecallLot {
    /// The product.
    pub gtin: Gtin,
    /// The lot.
    pub lot: Lot,
    /// How grave.
    pub class: RecallClass,
    /// Digest of the recall notice.
    pub notice: DocumentDigest,
}
