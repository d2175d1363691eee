//! What a node says of itself.

use serde::{Deserialize, Serialize};
use theriac_crypto::PublicKey;
use theriac_ledger::identifier::{BlockDigest, ChainId, Height, Timestamp};
use theriac_ledger::validator::ValidatorSet;

/// What a node does on the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeRole {
    /// It votes.
    Validator,
    /// It follows and executes every block, without a vote.
    Follower,
}

/// Answer of `GET /v1/status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStatus {
    /// The chain.
    pub chain_id: ChainId,
    /// What the node does.
    pub role: NodeRole,
    /// The key it votes with.
    pub key: Option<PublicKey>,
    /// Height of its last block.
    pub height: Height,
    /// Height of the oldest block that it has: 1, unless it joined from a snapshot and still fetches
    /// the blocks before it.
    pub oldest_block: Height,
    /// Time of its last block.
    pub time: Timestamp,
    /// Digest of its last block; the chain id's bytes before block 1.
    pub block: BlockDigest,
    /// Who signs the next height.
    pub validators: ValidatorSet,
    /// Its peers, as far as it knows them.
    pub peers: Vec<PeerStatus>,
    /// Transactions waiting for a block.
    pub pool_transactions: usize,
    /// Blocks that others have and this node not yet, as far as it knows.
    pub lag_blocks: u64,
    /// Whether it is caught up and at work.
    pub is_ready: bool,
    /// Version of the program.
    pub version: String,
}

/// One peer of a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerStatus {
    /// The peer's validator key.
    pub key: PublicKey,
    /// Whether it was reached lately; absent when the node does not know.
    pub is_reachable: Option<bool>,
}
