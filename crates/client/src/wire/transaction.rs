//! Submitting transactions and asking after them.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_ledger::constants::TRANSACTION_BYTES_MAX;
use theriac_ledger::encoding::{BoundedBytes, BoundedList, DecodeError, decode, encode};
use theriac_ledger::identifier::{Height, Timestamp, TransactionId};

/// How long a node holds the answer to `wait=final`: below the time a client gives one request.
pub const WAIT_MS_MAX: u64 = 20_000;

/// Transactions in one batch between nodes: what arrives in 20 ms, many times over.
pub const PEER_TRANSACTIONS_MAX: usize = 4_096;

/// The longest batch between nodes: three of the longest transactions.
pub const PEER_TRANSACTIONS_BYTES_MAX: usize = 2 * 1024 * 1024;

/// What a node adds to the hint of a refusal, before the time until which the transaction is valid: other nodes may know
/// better. A submitter that asks enough of them knows whether it is the last word, and leaves it out.
pub const NOT_THE_LAST_WORD: &str = "; if the same bytes were sent before, another node may still include them until a final block is later than ";

/// What a submitter waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wait {
    /// Until the transaction is final or refused, at most [`WAIT_MS_MAX`].
    Final,
}

/// Query of `POST /v1/transactions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubmitQuery {
    /// What to wait for; nothing when absent.
    #[serde(default)]
    pub wait: Option<Wait>,
}

/// Where a transaction stands, as one node knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransactionState {
    /// This node does not know it. Another may.
    Unknown,
    /// Accepted and waiting for a block.
    Pending,
    /// In a final block.
    Final,
    /// Refused by this node; final once a final block is later than `valid_until`.
    Rejected,
    /// Its time passed in a final block: it can no longer be included.
    Expired,
}

/// Answer of `GET /v1/transactions/{id}`, and of a submission that was not refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionAnswer {
    /// The transaction.
    pub id: TransactionId,
    /// Where it stands.
    pub status: TransactionState,
    /// Height of its block, when final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<Height>,
    /// Position in its block, from zero, when final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<u32>,
    /// Until which block time it may still be included, when this node knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejection: Option<RejectionAnswer>,
    /// What the answer means, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl TransactionAnswer {
    /// An answer with nothing but a state.
    pub fn new(id: TransactionId, status: TransactionState) -> Self {
        Self {
            id,
            status,
            height: None,
            index: None,
            valid_until: None,
            rejection: None,
            note: None,
        }
    }

    /// The answer for a transaction in a final block.
    pub fn in_block(id: TransactionId, height: Height, index: u32) -> Self {
        Self {
            height: Some(height),
            index: Some(index),
            ..Self::new(id, TransactionState::Final)
        }
    }
}

/// Why the ledger's rules refuse a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectionAnswer {
    /// The rule's stable code.
    pub code: String,
    /// What is wrong.
    pub detail: String,
    /// What to do next.
    pub hint: String,
}

/// Body of `POST /v1/peer/transactions`: transactions that one validator hands to another.
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct PeerTransactions {
    /// Canonical bytes of signed transactions.
    pub transactions: BoundedList<BoundedBytes<TRANSACTION_BYTES_MAX>, PEER_TRANSACTIONS_MAX>,
}

impl PeerTransactions {
    /// Reads canonical bytes, bounded by [`PEER_TRANSACTIONS_BYTES_MAX`].
    ///
    /// # Errors
    ///
    /// [`DecodeError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode(bytes, PEER_TRANSACTIONS_BYTES_MAX)
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }
}

/// Answer of `POST /v1/peer/transactions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeerAnswer {
    /// Transactions that this node now knows, or knew before.
    pub accepted: usize,
    /// Transactions that it refused.
    pub refused: usize,
}
