//! Records of the state with their proofs.

use serde::{Deserialize, Serialize};
use theriac_crypto::Digest;
use theriac_ledger::state_key::StateKey;

use super::{ByteString, HeaderAnswer};

/// Query of `GET /v1/records/{kind}/{key}`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordQuery {
    /// Whether the private half is wanted; the request must then be signed.
    #[serde(default)]
    pub private: bool,
}

/// Answer of `GET /v1/records/{kind}/{key}`: also where there is no record, with the proof that
/// there is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordAnswer {
    /// Key of the record in the state tree.
    pub state_key: StateKey,
    /// Canonical bytes of the public half; absent when there is no such record.
    pub public: Option<ByteString>,
    /// `digest("private", private half)`; the tree's value is public half ‖ this.
    pub private_digest: Option<Digest>,
    /// The private half, when asked for in a signed request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private: Option<PrivateHalf>,
    /// Canonical bytes of the proof under the header's `state_root`.
    pub proof: ByteString,
    /// The header whose state it is; absent at genesis, where the anchor has the root.
    pub head: Option<HeaderAnswer>,
}

/// What members know of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateHalf {
    /// Canonical bytes of the private half.
    pub bytes: ByteString,
    /// Canonical bytes that the public half commits to: the entries of a chunk.
    pub attached: ByteString,
}
