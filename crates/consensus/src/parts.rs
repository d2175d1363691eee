//! Splitting block bodies into parts and joining them again.

use std::collections::BTreeMap;

use arc_malachitebft_app_channel::app::types::PeerId;
use arc_malachitebft_app_channel::app::types::core::Round;
use bytes::{Bytes, BytesMut};
use theriac_ledger::constants::{BLOCK_BYTES_MAX, PART_BYTES_MAX, VALIDATORS_MAX};
use theriac_ledger::identifier::BlockDigest;

use crate::context::{Address, EngineHeight, ProposalPart};
use crate::engine::{StreamContent, StreamId, StreamMessage};

/// Bodies that one publisher may have under way: its own proposal, and earlier ones that it was
/// asked to send again.
const STREAMS_PER_PUBLISHER_MAX: usize = 4;
/// Bytes that one publisher's unfinished bodies may take.
const BYTES_PER_PUBLISHER_MAX: usize = 2 * BLOCK_BYTES_MAX;
/// Parts that a body of the largest size has.
const DATA_PARTS_MAX: usize = BLOCK_BYTES_MAX.div_ceil(PART_BYTES_MAX);

/// What a body is proposed as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProposalHead {
    /// Height.
    pub height: EngineHeight,
    /// Round in which it is proposed.
    pub round: Round,
    /// Earlier round in which it had a quorum of prevotes.
    pub pol_round: Round,
    /// Who proposes in that round.
    pub proposer: Address,
    /// Digest of the block.
    pub block: BlockDigest,
}

/// A body whose parts have all come. Nothing is known of it yet but its length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// What it is said to be.
    pub head: ProposalHead,
    /// The bytes.
    pub body: Bytes,
}

/// Why a part is dropped, and the body it belongs to with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PartError {
    /// A part at a place where it cannot be.
    #[error("part {sequence} of the proposal is out of place")]
    Place {
        /// Number in the stream, from zero.
        sequence: u64,
    },
    /// A part came twice with different content.
    #[error("part {sequence} of the proposal came twice and differs")]
    Differs {
        /// Number in the stream, from zero.
        sequence: u64,
    },
    /// A part of another length than the body's length demands.
    #[error("part {sequence} of the proposal has {found} bytes")]
    Length {
        /// Number in the stream, from zero.
        sequence: u64,
        /// Bytes found.
        found: usize,
    },
    /// More publishers than a validator set has members.
    #[error("parts come from more publishers than there can be validators")]
    Publishers,
}

/// The messages that carry a body. `serial` tells two streams of one body apart: the network
/// drops what it has seen before.
pub fn split(head: &ProposalHead, body: &Bytes, serial: u64) -> Vec<StreamMessage<ProposalPart>> {
    let mut id = BytesMut::with_capacity(16);
    id.extend_from_slice(&head.height.0.to_be_bytes());
    id.extend_from_slice(&serial.to_be_bytes());
    let id = StreamId::new(id.freeze());
    let init = ProposalPart::Init {
        height: head.height,
        round: head.round,
        pol_round: head.pol_round,
        proposer: head.proposer,
        block: head.block,
        length: u32::try_from(body.len()).unwrap_or(u32::MAX),
    };
    let data = (0..body.len()).step_by(PART_BYTES_MAX).map(|start| {
        let end = body.len().min(start + PART_BYTES_MAX);
        ProposalPart::Data(body.slice(start..end))
    });
    std::iter::once(init)
        .chain(data)
        .chain(std::iter::once(ProposalPart::Fin))
        .zip(0..)
        .map(|(part, sequence)| StreamMessage::new(id.clone(), sequence, StreamContent::Data(part)))
        .collect()
}

/// Joins parts that come in any order, bounded per publisher.
#[derive(Debug, Default)]
pub struct Assembler {
    publishers: BTreeMap<PeerId, Vec<Stream>>,
}

#[derive(Debug)]
struct Stream {
    id: StreamId,
    init: Option<(ProposalHead, usize)>,
    data: BTreeMap<usize, Bytes>,
    bytes: usize,
}

impl Assembler {
    /// Takes a part; answers the body when it was the last one missing. A part that cannot belong
    /// drops its stream.
    pub fn add(
        &mut self,
        publisher: PeerId,
        message: StreamMessage<ProposalPart>,
    ) -> Result<Option<Joined>, PartError> {
        let StreamMessage {
            stream_id,
            sequence,
            content,
        } = message;
        // The end is known from the length; the last part only tells relays that it is reached.
        let StreamContent::Data(part @ (ProposalPart::Init { .. } | ProposalPart::Data(_))) =
            content
        else {
            return Ok(None);
        };
        if !self.publishers.contains_key(&publisher) && self.publishers.len() >= VALIDATORS_MAX {
            return Err(PartError::Publishers);
        }
        let streams = self.publishers.entry(publisher).or_default();
        let index = position(streams, stream_id);
        let stream = &mut streams[index];
        let taken = stream.take(sequence, part).and_then(|()| stream.joined());
        if !matches!(taken, Ok(None)) {
            streams.remove(index);
        }
        make_room(streams);
        self.publishers.retain(|_, streams| !streams.is_empty());
        taken
    }

    /// Drops what belongs to heights up to `height`.
    pub fn prune(&mut self, height: EngineHeight) {
        for streams in self.publishers.values_mut() {
            streams.retain(|stream| stream.init.is_none_or(|(head, _)| head.height > height));
        }
        self.publishers.retain(|_, streams| !streams.is_empty());
    }
}

fn position(streams: &mut Vec<Stream>, id: StreamId) -> usize {
    if let Some(index) = streams.iter().position(|stream| stream.id == id) {
        return index;
    }
    streams.push(Stream {
        id,
        init: None,
        data: BTreeMap::new(),
        bytes: 0,
    });
    streams.len() - 1
}

/// Drops a publisher's oldest streams until its share holds.
fn make_room(streams: &mut Vec<Stream>) {
    let over = |streams: &[Stream]| {
        let bytes: usize = streams.iter().map(|stream| stream.bytes).sum();
        streams.len() > STREAMS_PER_PUBLISHER_MAX || bytes > BYTES_PER_PUBLISHER_MAX
    };
    while over(streams) {
        streams.remove(0);
    }
}

impl Stream {
    fn take(&mut self, sequence: u64, part: ProposalPart) -> Result<(), PartError> {
        match part {
            ProposalPart::Init {
                height,
                round,
                pol_round,
                proposer,
                block,
                length,
            } if sequence == 0 => {
                let head = ProposalHead {
                    height,
                    round,
                    pol_round,
                    proposer,
                    block,
                };
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                match self.init.replace((head, length)) {
                    Some(before) if before != (head, length) => {
                        Err(PartError::Differs { sequence })
                    }
                    _ => Ok(()),
                }
            }
            ProposalPart::Data(bytes) => {
                let index = usize::try_from(sequence)
                    .ok()
                    .and_then(|sequence| sequence.checked_sub(1))
                    .filter(|index| *index < DATA_PARTS_MAX)
                    .ok_or(PartError::Place { sequence })?;
                match self.data.get(&index) {
                    Some(before) if *before != bytes => Err(PartError::Differs { sequence }),
                    Some(_) => Ok(()),
                    None => {
                        self.bytes += bytes.len();
                        self.data.insert(index, bytes);
                        Ok(())
                    }
                }
            }
            ProposalPart::Init { .. } | ProposalPart::Fin => Err(PartError::Place { sequence }),
        }
    }

    fn joined(&self) -> Result<Option<Joined>, PartError> {
        let Some((head, length)) = self.init else {
            return Ok(None);
        };
        let count = length.div_ceil(PART_BYTES_MAX);
        for (index, bytes) in &self.data {
            let sequence = u64::try_from(index + 1).unwrap_or(u64::MAX);
            if *index >= count {
                return Err(PartError::Place { sequence });
            }
            let expected = PART_BYTES_MAX.min(length - index * PART_BYTES_MAX);
            if bytes.len() != expected {
                return Err(PartError::Length {
                    sequence,
                    found: bytes.len(),
                });
            }
        }
        if self.data.len() < count {
            return Ok(None);
        }
        let mut body = BytesMut::with_capacity(length);
        for bytes in self.data.values() {
            body.extend_from_slice(bytes);
        }
        Ok(Some(Joined {
            head,
            body: body.freeze(),
        }))
    }
}

#[cfg(test)]
mod tests;
