//! Parts of proposals and the stream that carries them.

use arc_malachitebft_app_channel::app::types::streaming::{StreamId, StreamMessage};
use theriac_ledger::constants::{BLOCK_BYTES_MAX, PART_BYTES_MAX};

use super::reader::unknown;
use super::{CodecError, Reader, STREAM_ID_BYTES_MAX, Wire, Writer};
use crate::context::ProposalPart;
use crate::engine::StreamContent;

/// 0 init: height, round, `pol_round`, proposer, block, length; 1 data: bytes; 2 fin.
impl Wire for ProposalPart {
    fn write(&self, writer: &mut Writer) -> Result<(), CodecError> {
        match self {
            Self::Init {
                height,
                round,
                pol_round,
                proposer,
                block,
                length,
            } => {
                writer.byte(0);
                writer.height(*height);
                writer.round(*round);
                writer.round(*pol_round);
                writer.address(proposer);
                writer.block(block);
                writer.u32(*length);
            }
            Self::Data(bytes) => {
                writer.byte(1);
                writer.text("part", bytes, PART_BYTES_MAX)?;
            }
            Self::Fin => writer.byte(2),
        }
        Ok(())
    }

    fn read(reader: &mut Reader) -> Result<Self, CodecError> {
        match reader.byte("proposal part")? {
            0 => Ok(Self::Init {
                height: reader.height()?,
                round: reader.round()?,
                pol_round: reader.round()?,
                proposer: reader.address()?,
                block: reader.block()?,
                length: body_length(reader.u32("body length")?)?,
            }),
            1 => reader.text("part", PART_BYTES_MAX).map(Self::Data),
            2 => Ok(Self::Fin),
            other => Err(unknown("proposal part", other)),
        }
    }
}

fn body_length(length: u32) -> Result<u32, CodecError> {
    match usize::try_from(length) {
        Ok(1..=BLOCK_BYTES_MAX) => Ok(length),
        _ => Err(CodecError::Value {
            field: "body length",
            value: i64::from(length),
        }),
    }
}

/// stream id, sequence, 0 part or 1 fin.
impl Wire for StreamMessage<ProposalPart> {
    fn write(&self, writer: &mut Writer) -> Result<(), CodecError> {
        writer.text("stream id", &self.stream_id.to_bytes(), STREAM_ID_BYTES_MAX)?;
        writer.u64(self.sequence);
        match &self.content {
            StreamContent::Data(part) => {
                writer.byte(0);
                part.write(writer)
            }
            StreamContent::Fin => {
                writer.byte(1);
                Ok(())
            }
        }
    }

    fn read(reader: &mut Reader) -> Result<Self, CodecError> {
        let stream_id = StreamId::new(reader.text("stream id", STREAM_ID_BYTES_MAX)?);
        let sequence = reader.u64("sequence")?;
        let content = match reader.byte("stream content")? {
            0 => StreamContent::Data(Wire::read(reader)?),
            1 => StreamContent::Fin,
            other => return Err(unknown("stream content", other)),
        };
        Ok(Self::new(stream_id, sequence, content))
    }
}
