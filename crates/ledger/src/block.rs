//! Blocks.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_crypto::{Digest, PublicKey, merkle};

use crate::constants::{BLOCK_BYTES_MAX, BLOCK_TRANSACTIONS_MAX, PROTOCOL};
use crate::encoding::{BoundedList, DecodeError, decode, digest_of, encode};
use crate::identifier::{BlockDigest, ChainId, Height, Timestamp};
use crate::transaction::SignedTransaction;

/// The head of a block: what validators sign for.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct Header {
    /// Version of formats and rules.
    pub protocol: u32,
    /// The chain.
    pub chain_id: ChainId,
    /// Height; the first block is 1.
    pub height: Height,
    /// Block time; later than the parent's.
    pub time: Timestamp,
    /// Digest of the block before; the chain id's bytes for block 1.
    pub parent: BlockDigest,
    /// The validator that made the block.
    pub proposer: PublicKey,
    /// Root over the transactions.
    pub transactions_root: Digest,
    /// Number of transactions.
    pub transaction_count: u32,
    /// Root of the state after this block.
    pub state_root: Digest,
    /// Digest of the set that signs this height.
    pub validators: Digest,
    /// Digest of the set that signs the next height.
    pub next_validators: Digest,
}

impl Header {
    /// `digest("block", borsh(Header))`.
    pub fn digest(&self) -> BlockDigest {
        BlockDigest(digest_of("block", self))
    }
}

/// A block: its head and its transactions in order.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Block {
    /// The head.
    pub header: Header,
    /// The transactions.
    pub transactions: BoundedList<SignedTransaction, BLOCK_TRANSACTIONS_MAX>,
}

impl Block {
    /// Reads canonical bytes, bounded by [`BLOCK_BYTES_MAX`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode(bytes, BLOCK_BYTES_MAX)
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }
}

/// Root over transactions: leaves are the digests of the signed transactions, in order.
pub fn transactions_root(transactions: &[SignedTransaction]) -> Digest {
    let leaves: Vec<Digest> = transactions.iter().map(transaction_leaf).collect();
    merkle::root(&leaves)
}

/// The leaf of one transaction under `transactions_root`.
pub fn transaction_leaf(transaction: &SignedTransaction) -> Digest {
    merkle::leaf(transaction.digest().as_bytes())
}

/// What a header must follow from: the block before it, or genesis.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Parent {
    /// The chain.
    pub chain_id: ChainId,
    /// Height of the parent; 0 for genesis.
    pub height: Height,
    /// Its time.
    pub time: Timestamp,
    /// Its digest; the chain id's bytes for genesis.
    pub digest: BlockDigest,
    /// Root of the state after it.
    pub state_root: Digest,
    /// Digest of the set that signs the next height.
    pub next_validators: Digest,
}

impl Parent {
    /// What block 1 follows from.
    pub fn genesis(anchor: &crate::genesis::Anchor) -> Self {
        let chain_id = anchor.chain_id();
        Self {
            chain_id,
            height: 0,
            time: anchor.time,
            digest: BlockDigest(chain_id.0),
            state_root: anchor.state_root,
            next_validators: anchor.validators.digest(),
        }
    }

    /// What the next block follows from.
    pub fn of(header: &Header) -> Self {
        Self {
            chain_id: header.chain_id,
            height: header.height,
            time: header.time,
            digest: header.digest(),
            state_root: header.state_root,
            next_validators: header.next_validators,
        }
    }
}

/// Why a header does not follow from its parent, or a body does not belong to its header.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BlockError {
    /// Another version of the formats.
    #[error("the block has protocol {found}; this version knows {PROTOCOL}")]
    Protocol {
        /// Version found.
        found: u32,
    },
    /// Another chain.
    #[error("the block belongs to another chain")]
    Chain,
    /// Not the next height.
    #[error("height {found} does not follow {parent}")]
    Height {
        /// Height of the parent.
        parent: Height,
        /// Height found.
        found: Height,
    },
    /// The parent is another block.
    #[error("the block does not name its parent")]
    Parent,
    /// Time does not advance.
    #[error("the block is not later than its parent")]
    Time,
    /// Signed by another set than the parent announced.
    #[error("the block names another validator set than its parent announced")]
    Validators,
    /// The body has another root or count.
    #[error("the transactions do not belong to the header")]
    Transactions,
}

/// Checks that a header follows from its parent (everything but `state_root` and time bounds).
pub fn check_header(parent: &Parent, header: &Header) -> Result<(), BlockError> {
    if header.protocol != PROTOCOL {
        return Err(BlockError::Protocol {
            found: header.protocol,
        });
    }
    if header.chain_id != parent.chain_id {
        return Err(BlockError::Chain);
    }
    if parent.height.checked_add(1) != Some(header.height) {
        return Err(BlockError::Height {
            parent: parent.height,
            found: header.height,
        });
    }
    if header.parent != parent.digest {
        return Err(BlockError::Parent);
    }
    if header.time <= parent.time {
        return Err(BlockError::Time);
    }
    if header.validators != parent.next_validators {
        return Err(BlockError::Validators);
    }
    Ok(())
}

/// Checks that the transactions belong to the header.
pub fn check_transactions(block: &Block) -> Result<(), BlockError> {
    let count_fits = usize::try_from(block.header.transaction_count)
        .is_ok_and(|count| count == block.transactions.len());
    if count_fits && transactions_root(&block.transactions) == block.header.transactions_root {
        Ok(())
    } else {
        Err(BlockError::Transactions)
    }
}
