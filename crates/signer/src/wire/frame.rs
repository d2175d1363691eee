//! Frames on a stream.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use theriac_ledger::encoding::{self, DecodeError};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// The version of the messages.
pub const VERSION: u8 = 1;

/// Why there is no message.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The stream failed, or ended inside a frame.
    #[error("the connection failed")]
    Io(#[from] io::Error),
    /// More bytes than any message.
    #[error("a frame of {found} bytes is longer than the {max} allowed")]
    TooLong {
        /// The bound.
        max: usize,
        /// What the frame claims.
        found: usize,
    },
    /// Another version, or no version at all.
    #[error("the frame is not of version {VERSION}")]
    Version,
    /// The bytes are no message.
    #[error("the frame holds no message")]
    Decode(#[from] DecodeError),
}

/// A message as the content of a frame.
pub fn encode<T: BorshSerialize>(message: &T) -> Vec<u8> {
    let mut bytes = vec![VERSION];
    bytes.extend(encoding::encode(message));
    bytes
}

/// The message in the content of a frame of at most `max` bytes.
///
/// # Errors
///
/// [`FrameError`], for anything that is not the one form of a message.
pub fn decode<T: BorshDeserialize + BorshSerialize>(
    bytes: &[u8],
    max: usize,
) -> Result<T, FrameError> {
    if bytes.len() > max {
        let found = bytes.len();
        return Err(FrameError::TooLong { max, found });
    }
    match bytes.split_first() {
        Some((&VERSION, message)) => Ok(encoding::decode(message, max)?),
        _ => Err(FrameError::Version),
    }
}

/// Writes a message.
///
/// # Errors
///
/// [`FrameError::TooLong`], nothing was written then, and what the stream says.
pub async fn write<T: BorshSerialize>(
    stream: &mut (impl AsyncWrite + Unpin),
    message: &T,
    max: usize,
) -> Result<(), FrameError> {
    let content = encode(message);
    let found = content.len();
    let length = u32::try_from(found).ok().filter(|_| found <= max);
    let length = length.ok_or(FrameError::TooLong { max, found })?;
    let mut bytes = Vec::with_capacity(found + 4);
    bytes.extend(length.to_le_bytes());
    bytes.extend(content);
    stream.write_all(&bytes).await?;
    Ok(stream.flush().await?)
}

/// Reads a message; none where the stream ends before a frame begins.
///
/// # Errors
///
/// [`FrameError`]. Nothing is known of what follows then: the connection is of no more use.
pub async fn read<T: BorshDeserialize + BorshSerialize>(
    stream: &mut (impl AsyncRead + Unpin),
    max: usize,
) -> Result<Option<T>, FrameError> {
    let mut length = [0; 4];
    let first = stream.read(&mut length).await?;
    if first == 0 {
        return Ok(None);
    }
    stream.read_exact(&mut length[first..]).await?;
    let found = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
    if found > max {
        return Err(FrameError::TooLong { max, found });
    }
    let mut content = vec![0; found];
    stream.read_exact(&mut content).await?;
    decode(&content, max).map(Some)
}
