//! The bytes that validators sign. `docs/ledger-format.md` describes them.

use theriac_crypto::{Digest, digest};
use theriac_ledger::identifier::{BlockDigest, ChainId, Height};

/// Kind of a vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum VoteType {
    /// First vote of a round.
    Prevote,
    /// Second vote of a round; more than two thirds of these make a block final.
    Precommit,
}

impl VoteType {
    /// The byte that stands for it.
    pub fn byte(self) -> u8 {
        match self {
            Self::Prevote => 1,
            Self::Precommit => 2,
        }
    }
}

/// `"theriac/vote/v1\0" ‖ chain_id ‖ type ‖ height u64 BE ‖ round i64 BE ‖ nil/value ‖ block digest`
/// (98 bytes; the digest is 32 zero bytes for nil).
pub fn vote_bytes(
    chain: &ChainId,
    kind: VoteType,
    height: Height,
    round: i64,
    block: Option<&BlockDigest>,
) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(98);
    bytes.extend_from_slice(b"theriac/vote/v1\0");
    bytes.extend_from_slice(chain.0.as_bytes());
    bytes.push(kind.byte());
    bytes.extend_from_slice(&height.to_be_bytes());
    bytes.extend_from_slice(&round.to_be_bytes());
    bytes.push(u8::from(block.is_some()));
    bytes.extend_from_slice(block.map_or(&[0; 32], |block| block.0.as_bytes()));
    bytes
}

/// What is signed for a vote: the digest with tag "vote" of its bytes.
pub fn vote_digest(
    chain: &ChainId,
    kind: VoteType,
    height: Height,
    round: i64,
    block: Option<&BlockDigest>,
) -> Digest {
    digest("vote", &vote_bytes(chain, kind, height, round, block))
}

/// `"theriac/proposal/v1\0" ‖ chain_id ‖ height u64 BE ‖ round i64 BE ‖ pol_round i64 BE ‖ block digest`
/// (108 bytes; `pol_round` is -1 for none).
pub fn proposal_bytes(
    chain: &ChainId,
    height: Height,
    round: i64,
    pol_round: i64,
    block: &BlockDigest,
) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(108);
    bytes.extend_from_slice(b"theriac/proposal/v1\0");
    bytes.extend_from_slice(chain.0.as_bytes());
    bytes.extend_from_slice(&height.to_be_bytes());
    bytes.extend_from_slice(&round.to_be_bytes());
    bytes.extend_from_slice(&pol_round.to_be_bytes());
    bytes.extend_from_slice(block.0.as_bytes());
    bytes
}

/// What is signed for a proposal: the digest with tag "proposal" of its bytes.
pub fn proposal_digest(
    chain: &ChainId,
    height: Height,
    round: i64,
    pol_round: i64,
    block: &BlockDigest,
) -> Digest {
    digest(
        "proposal",
        &proposal_bytes(chain, height, round, pol_round, block),
    )
}
