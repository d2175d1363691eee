//! Changes of the consortium, and what they still need.

use serde::{Deserialize, Serialize};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{ChangeId, Height, Timestamp};
use theriac_ledger::record::ChangePublic;

/// Changes in one page: an organisation with 64 keys takes some 40 KiB of JSON, and a page stays below
/// [`JSON_BYTES_MAX`](super::JSON_BYTES_MAX).
pub const CHANGES_PAGE_MAX: usize = 16;

/// Query of `GET /v1/changes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangesQuery {
    /// The last change of the page before.
    #[serde(default)]
    pub before: Option<ChangeId>,
    /// Changes wanted at most; [`CHANGES_PAGE_MAX`] when absent or larger.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// Answer of `GET /v1/changes`: the latest proposal first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangesPage {
    /// The changes.
    pub changes: BoundedList<ChangeAnswer, CHANGES_PAGE_MAX>,
    /// What to give as `before` for the next page; none at the end.
    pub next: Option<ChangeId>,
}

/// Answer of `GET /v1/changes/{id}`. Unproved: before somebody approves, the record is read with its proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeAnswer {
    /// What is on record.
    pub record: ChangePublic,
    /// Approvals that count now.
    pub approvals: u32,
    /// Approvals needed now.
    pub needed: u32,
    /// Organisations whose approval counts now.
    pub authorities: u32,
    /// Height of the state that this is of.
    pub height: Height,
    /// Its time.
    pub time: Timestamp,
}
