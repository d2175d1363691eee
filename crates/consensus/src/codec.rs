//! The engine's messages as bytes, on the wire and in its log.
//!
//! Written by hand because these bytes outlive a version of the engine. Fixed layouts, big-endian
//! numbers, no optional forms: decoding refuses trailing bytes and every bound is checked before
//! anything is allocated, so one value has one encoding. Each implementation states its layout.

use arc_malachitebft_app_channel::app::types::codec::{Codec, HasEncodedLen};
use bytes::Bytes;

mod message;
mod part;
mod reader;
mod sync;
mod writer;

use reader::Reader;
use writer::Writer;

/// Longest encoding of a peer's id.
const PEER_ID_BYTES_MAX: usize = 64;
/// Longest name of a stream of parts.
const STREAM_ID_BYTES_MAX: usize = 32;
/// Decided blocks in one answer: with four of the largest size it is half of what may be sent.
pub const SYNC_BATCH_MAX: usize = 4;

/// The one wire and log format.
#[derive(Debug, Clone, Copy, Default)]
pub struct WireCodec;

/// Why bytes are no message, or a message has no bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    /// Fewer bytes than the layout needs.
    #[error("the message ends after {at} bytes, inside {field}")]
    Truncated {
        /// Bytes read.
        at: usize,
        /// What was being read.
        field: &'static str,
    },
    /// More bytes than the layout has.
    #[error("{count} bytes follow the message")]
    Trailing {
        /// Bytes left.
        count: usize,
    },
    /// A number outside its range.
    #[error("{value} is no {field}")]
    Value {
        /// What it should be.
        field: &'static str,
        /// What was found.
        value: i64,
    },
    /// A list or text longer than its bound.
    #[error("{field} has {found} entries, more than {max}")]
    TooLong {
        /// What is too long.
        field: &'static str,
        /// Entries found.
        found: usize,
        /// The bound.
        max: usize,
    },
    /// Bytes that are no peer's id.
    #[error("the bytes are no peer id")]
    PeerId,
}

/// A type with one layout.
trait Wire: Sized {
    fn write(&self, writer: &mut Writer) -> Result<(), CodecError>;
    fn read(reader: &mut Reader) -> Result<Self, CodecError>;
}

fn encode<T: Wire>(message: &T) -> Result<Bytes, CodecError> {
    let mut writer = Writer::default();
    message.write(&mut writer)?;
    Ok(writer.finish())
}

fn decode<T: Wire>(bytes: Bytes) -> Result<T, CodecError> {
    let mut reader = Reader::new(bytes);
    let message = T::read(&mut reader)?;
    reader.finish()?;
    Ok(message)
}

impl<T: Wire> Codec<T> for WireCodec {
    type Error = CodecError;

    fn decode(&self, bytes: Bytes) -> Result<T, CodecError> {
        decode(bytes)
    }

    fn encode(&self, message: &T) -> Result<Bytes, CodecError> {
        encode(message)
    }
}

impl<T: Wire> HasEncodedLen<T> for WireCodec {
    fn encoded_len(&self, message: &T) -> Result<usize, CodecError> {
        encode(message).map(|bytes| bytes.len())
    }
}

#[cfg(test)]
pub(crate) mod tests;
