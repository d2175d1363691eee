//! Parameters of the chain.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// What the consortium may tune by vote; at genesis part of the anchor.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// Version of the signature rule (1: strict Ed25519, see `theriac_crypto::verify`).
    pub signature_rule: u16,
    /// Longest time without a block, in milliseconds.
    pub idle_block_ms: u32,
    /// Time that a proposer has before its round is given up, in milliseconds.
    pub propose_timeout_ms: u32,
    /// Time for prevotes after a quorum of any, in milliseconds.
    pub prevote_timeout_ms: u32,
    /// Time for precommits after a quorum of any, in milliseconds.
    pub precommit_timeout_ms: u32,
    /// Growth of each timeout per round, in milliseconds.
    pub timeout_delta_ms: u32,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            signature_rule: 1,
            idle_block_ms: 5_000,
            propose_timeout_ms: 1_000,
            prevote_timeout_ms: 500,
            precommit_timeout_ms: 500,
            timeout_delta_ms: 500,
        }
    }
}
