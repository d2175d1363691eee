//! Changes of the validator set, for whoever checks headers without following every block.

use serde::{Deserialize, Serialize};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::Height;
use theriac_proof::bundle::ValidatorStep;

/// Changes in one page: one with 64 validators takes some 25 KiB of JSON, and a page stays below
/// [`JSON_BYTES_MAX`](super::JSON_BYTES_MAX).
pub const VALIDATOR_STEPS_PAGE_MAX: usize = 16;

/// Query of `GET /v1/validators/steps`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValidatorStepsQuery {
    /// Changes above this height are wanted.
    #[serde(default)]
    pub after: Height,
}

/// Answer of `GET /v1/validators/steps`: ascending by height; an empty page means that there are no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidatorStepsPage {
    /// Headers that announce another set, each with the set.
    pub steps: BoundedList<ValidatorStep, VALIDATOR_STEPS_PAGE_MAX>,
}
