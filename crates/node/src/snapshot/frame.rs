//! The frames of a snapshot.

use std::io::{self, Read};

use borsh::{BorshDeserialize, BorshSerialize};
use theriac_ledger::block::Header;
use theriac_ledger::constants::RUN_PACKS_MAX;
use theriac_ledger::encoding::{BoundedBytes, BoundedList, decode, encode};
use theriac_ledger::identifier::{PackKey, RunId};
use theriac_ledger::record::StoredRecord;
use theriac_ledger::state_key::StateKey;
use theriac_proof::CommitCertificate;
use theriac_proof::bundle::ValidatorStep;

use super::SnapshotError;
use crate::store::STORED_BYTES_MAX;

/// How every snapshot begins.
const MAGIC: &[u8; 16] = b"theriac snapshot";

/// Version of the format: 3 since it leads over changes of the validators.
const VERSION: u32 = 3;

/// Records in one frame.
pub(super) const RECORDS_MAX: usize = 256;

/// Bytes of records after which a frame is sent.
pub(super) const RECORDS_BYTES: usize = 256 * 1024;

/// Longest frame: a block with its certificate; far more than a frame of records.
const FRAME_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A part of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub(super) enum Frame {
    /// The block after which this is the state; the first frame.
    Head {
        header: Header,
        certificate: CommitCertificate,
    },
    /// The packs of a run, in production order.
    Run {
        run: RunId,
        keys: BoundedList<PackKey, RUN_PACKS_MAX>,
    },
    /// Records, ascending by key across all frames.
    Records(BoundedList<(StateKey, StoredRecord), RECORDS_MAX>),
    /// A block, its lists of packs replaced by their identity roots; each the parent of the one before.
    Block {
        header: Header,
        certificate: CommitCertificate,
        body: BoundedBytes<STORED_BYTES_MAX>,
    },
    /// Nothing follows.
    End,
    /// A change of the validators below the head; all of them, ascending, after the head.
    Step(Box<ValidatorStep>),
}

/// How every snapshot begins.
pub(super) fn preamble() -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes
}

impl Frame {
    /// The frame with its length.
    pub(super) fn encode(&self) -> Vec<u8> {
        let body = encode(self);
        let length =
            u32::try_from(body.len()).expect("each kind of frame is bounded far below 4 GiB");
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend_from_slice(&body);
        bytes
    }
}

/// Whether bytes that came from a snapshot are its last ones.
pub fn is_whole_tail(tail: &[u8]) -> bool {
    tail.ends_with(&Frame::End.encode())
}

/// Reads frames, one after another.
pub(super) struct Frames<R> {
    input: R,
    /// Bytes read.
    pub(super) bytes: u64,
}

impl<R: Read> Frames<R> {
    /// Reads the beginning.
    pub(super) fn begin(mut input: R) -> Result<Self, SnapshotError> {
        let mut found = [0; MAGIC.len() + 4];
        read_exact(&mut input, &mut found)?;
        let (magic, version) = found.split_at(MAGIC.len());
        if magic != MAGIC {
            return Err(SnapshotError::NoSnapshot);
        }
        if version != VERSION.to_le_bytes() {
            return Err(SnapshotError::Version);
        }
        Ok(Self {
            input,
            bytes: u64::try_from(found.len()).unwrap_or(u64::MAX),
        })
    }

    /// The next frame. After [`Frame::End`] nothing may follow.
    pub(super) fn next(&mut self) -> Result<Frame, SnapshotError> {
        let mut length = [0; 4];
        read_exact(&mut self.input, &mut length)?;
        let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
        if length > FRAME_BYTES_MAX {
            return Err(SnapshotError::FrameTooLong { found: length });
        }
        let mut body = vec![0; length];
        read_exact(&mut self.input, &mut body)?;
        let read = u64::try_from(length).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(read).saturating_add(4);
        let frame = decode(&body, FRAME_BYTES_MAX)?;
        if frame == Frame::End && self.input.read(&mut [0])? != 0 {
            return Err(SnapshotError::Order {
                found: "bytes after its end",
            });
        }
        Ok(frame)
    }
}

fn read_exact(input: &mut impl Read, into: &mut [u8]) -> Result<(), SnapshotError> {
    input.read_exact(into).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => SnapshotError::Cut,
        _ => SnapshotError::Input(error),
    })
}
