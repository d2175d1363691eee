//! Lots.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_crypto::Digest;
use theriac_gs1::CalendarDate;

use super::{History, record};
use crate::action::RecallClass;
use crate::identifier::{OrganisationId, Timestamp};

/// State of a lot.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case", tag = "state")]
pub enum LotState {
    /// More runs may come.
    Open,
    /// No more runs.
    Closed,
    /// Recalled, for good.
    Recalled {
        /// How grave.
        class: RecallClass,
        /// Block time of the recall.
        since: Timestamp,
        /// Digest of the notice.
        notice: Digest,
    },
}

/// A lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotRecord {
    /// Public half.
    pub public: LotPublic,
    /// Private half.
    pub private: LotPrivate,
}

/// What anyone may know of a lot.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct LotPublic {
    /// Who made it.
    pub manufacturer: OrganisationId,
    /// Last day on which packs may be dispensed or shipped for supply.
    pub expiry: CalendarDate,
    /// Day of manufacture.
    pub manufactured: CalendarDate,
    /// Open, closed or recalled.
    pub state: LotState,
    /// Number of runs.
    pub runs: u16,
}

/// What members know of a lot.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct LotPrivate {
    /// History.
    pub history: History,
}

record!(LotRecord, LotPublic, LotPrivate);
