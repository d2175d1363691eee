//! Blocks, headers and the stream.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_ledger::block::{Block, Header};
use theriac_ledger::constants::BLOCK_BYTES_MAX;
use theriac_ledger::encoding::{BoundedBytes, BoundedList, DecodeError, decode, encode};
use theriac_ledger::identifier::{Height, Timestamp};
use theriac_proof::CommitCertificate;

use super::ByteString;

/// The longest final block: a block, and a certificate of 64 signatures of 96 bytes.
pub const FINAL_BLOCK_BYTES_MAX: usize = BLOCK_BYTES_MAX + 16 * 1024;

/// Blocks in one page: enough that catching up over idle blocks is not bound by round trips.
pub const BLOCK_PAGE_MAX: usize = 256;

/// The longest page. A page ends before the block that would pass this, but has at least one.
pub const BLOCK_PAGE_BYTES_MAX: usize = 4 * FINAL_BLOCK_BYTES_MAX;

/// Name of the stream's events that carry a block.
pub const BLOCK_EVENT: &str = "block";

/// Name of the stream's heartbeats; they carry a [`Head`].
pub const HEAD_EVENT: &str = "head";

/// A stream says something at least this often.
pub const HEARTBEAT_MS: u64 = 5_000;

/// A stream ends after this time, so that a key that was retired stops reading; the reader comes
/// back with a fresh signature and the next height.
pub const STREAM_LIFETIME_MS: u64 = 10 * 60 * 1000;

/// A block and the signatures that make it final.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct FinalBlock {
    /// The block.
    pub block: Block,
    /// The signatures.
    pub certificate: CommitCertificate,
}

impl FinalBlock {
    /// Reads canonical bytes, bounded by [`FINAL_BLOCK_BYTES_MAX`].
    ///
    /// # Errors
    ///
    /// [`DecodeError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode(bytes, FINAL_BLOCK_BYTES_MAX)
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }
}

/// Consecutive final blocks, each as its own canonical bytes; the answer to [`BlocksQuery`].
#[derive(Debug, Clone, PartialEq, Eq, Default, BorshSerialize, BorshDeserialize)]
pub struct BlockPage {
    /// Height of the node's last block.
    pub head: Height,
    /// Canonical bytes of [`FinalBlock`]s, ascending by height without gaps.
    pub blocks: BoundedList<BoundedBytes<FINAL_BLOCK_BYTES_MAX>, BLOCK_PAGE_MAX>,
}

impl BlockPage {
    /// Reads canonical bytes, bounded by [`BLOCK_PAGE_BYTES_MAX`].
    ///
    /// # Errors
    ///
    /// [`DecodeError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode(bytes, BLOCK_PAGE_BYTES_MAX)
    }
}

/// Query of `GET /v1/blocks`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BlocksQuery {
    /// Height of the first block.
    pub from: Height,
    /// Blocks wanted at most; [`BLOCK_PAGE_MAX`] when absent or larger.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// Query of `GET /v1/stream`; the header `Last-Event-ID` wins, and names the last height seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StreamQuery {
    /// Height of the first block; the next one to become final when absent.
    #[serde(default)]
    pub from: Option<Height>,
}

/// Where a node's chain ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Height of the last block.
    pub height: Height,
    /// Its time.
    pub time: Timestamp,
}

/// Answer of `GET /v1/headers/{height|latest}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderAnswer {
    /// The header, for people.
    pub header: Header,
    /// The signatures over its digest.
    pub certificate: CommitCertificate,
    /// Canonical bytes of the header, whose digest is signed.
    pub bytes: ByteString,
}

impl HeaderAnswer {
    /// The answer for a header.
    pub fn new(header: Header, certificate: CommitCertificate) -> Self {
        let bytes = ByteString(encode(&header));
        Self {
            header,
            certificate,
            bytes,
        }
    }
}
