//! Evidence against validators that a node keeps.

use serde::{Deserialize, Serialize};
use theriac_crypto::Digest;
use theriac_ledger::encoding::BoundedList;
use theriac_proof::misbehaviour::Misbehaviour;

/// Evidence in one page: two headers with 64 signatures each take some 40 KiB of JSON, and a page
/// stays below [`JSON_BYTES_MAX`](super::JSON_BYTES_MAX).
pub const MISBEHAVIOUR_PAGE_MAX: usize = 16;

/// Query of `GET /v1/misbehaviour`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MisbehaviourQuery {
    /// Digest of the last evidence of the page before.
    #[serde(default)]
    pub after: Option<Digest>,
    /// Evidence wanted at most; [`MISBEHAVIOUR_PAGE_MAX`] when absent or larger.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// Answer of `GET /v1/misbehaviour`: ascending by digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MisbehaviourPage {
    /// The evidence.
    pub misbehaviour: BoundedList<KeptMisbehaviour, MISBEHAVIOUR_PAGE_MAX>,
    /// What to give as `after` for the next page; none at the end.
    pub next: Option<Digest>,
}

/// Evidence and its name. Whoever gets it checks it: the node that keeps it proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptMisbehaviour {
    /// `digest("misbehaviour", bytes)`.
    pub digest: Digest,
    /// The evidence, in the form that `theriac evidence check` reads.
    pub evidence: Misbehaviour,
}
