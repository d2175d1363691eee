//! Canonical bytes: borsh, strict and bounded.
//!
//! Decoding refuses trailing bytes and anything that would not encode to the same bytes again.
//! A list states its bound in its type, and the bound is checked before anything is allocated.

use std::io;
use std::ops::Deref;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_crypto::{Digest, digest};

/// Why bytes are not the canonical form of a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// More bytes than the bound for this kind of value.
    #[error("{found} bytes are more than the {max} allowed")]
    TooLong {
        /// The bound.
        max: usize,
        /// Bytes found.
        found: usize,
    },
    /// The bytes have another shape.
    #[error("the bytes do not decode: {reason}")]
    Malformed {
        /// What the decoder met.
        reason: String,
    },
    /// The bytes decode, but the same value has another, canonical form.
    #[error("the bytes are not in canonical form")]
    NotCanonical,
}

/// The canonical bytes of a value.
pub fn encode<T: BorshSerialize + ?Sized>(value: &T) -> Vec<u8> {
    borsh::to_vec(value).expect("writing to memory does not fail and lists are bounded")
}

/// Decodes canonical bytes of at most `max` bytes.
pub fn decode<T: BorshDeserialize + BorshSerialize>(
    bytes: &[u8],
    max: usize,
) -> Result<T, DecodeError> {
    if bytes.len() > max {
        return Err(DecodeError::TooLong {
            max,
            found: bytes.len(),
        });
    }
    let value = T::try_from_slice(bytes).map_err(|e| DecodeError::Malformed {
        reason: e.to_string(),
    })?;
    if encode(&value) == bytes {
        Ok(value)
    } else {
        Err(DecodeError::NotCanonical)
    }
}

/// `digest(tag, borsh(value))`.
pub fn digest_of<T: BorshSerialize + ?Sized>(tag: &str, value: &T) -> Digest {
    digest(tag, &encode(value))
}

/// The first position whose item is not above the one before it.
pub(crate) fn disorder<T: Ord>(items: &[T]) -> Option<usize> {
    items
        .windows(2)
        .position(|pair| pair[0] >= pair[1])
        .map(|index| index + 1)
}

/// A list of at most `MAX` items.
///
/// Layout: borsh `Vec` (u32 LE count, items).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, Serialize)]
#[serde(transparent)]
pub struct BoundedList<T, const MAX: usize>(Vec<T>);

/// A list has more items than its bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{found} items are more than the {max} allowed")]
pub struct TooManyItems {
    /// The bound.
    pub max: usize,
    /// Items found.
    pub found: usize,
}

impl<T, const MAX: usize> BoundedList<T, MAX> {
    /// The list, if it keeps its bound.
    pub fn new(items: Vec<T>) -> Result<Self, TooManyItems> {
        if items.len() > MAX {
            return Err(TooManyItems {
                max: MAX,
                found: items.len(),
            });
        }
        Ok(Self(items))
    }

    /// The empty list.
    pub const fn empty() -> Self {
        Self(Vec::new())
    }

    /// The items.
    pub fn into_inner(self) -> Vec<T> {
        self.0
    }
}

impl<T, const MAX: usize> Default for BoundedList<T, MAX> {
    fn default() -> Self {
        Self::empty()
    }
}

impl<T, const MAX: usize> Deref for BoundedList<T, MAX> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T, const MAX: usize> TryFrom<Vec<T>> for BoundedList<T, MAX> {
    type Error = TooManyItems;

    fn try_from(items: Vec<T>) -> Result<Self, TooManyItems> {
        Self::new(items)
    }
}

impl<'a, T, const MAX: usize> IntoIterator for &'a BoundedList<T, MAX> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<T: BorshDeserialize, const MAX: usize> BorshDeserialize for BoundedList<T, MAX> {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let found = usize::try_from(u32::deserialize_reader(reader)?).map_err(invalid)?;
        if found > MAX {
            return Err(invalid(TooManyItems { max: MAX, found }));
        }
        // An item takes at least one byte of input, so memory follows what was really read.
        let mut items = Vec::new();
        for _ in 0..found {
            items.push(T::deserialize_reader(reader)?);
        }
        Ok(Self(items))
    }
}

impl<'de, T: Deserialize<'de>, const MAX: usize> Deserialize<'de> for BoundedList<T, MAX> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Deserialize::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Bytes of at most `MAX`.
///
/// Layout: borsh `Vec<u8>` (u32 LE count, bytes).
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct BoundedBytes<const MAX: usize>(Vec<u8>);

impl<const MAX: usize> BoundedBytes<MAX> {
    /// The bytes, if they keep the bound.
    pub fn new(bytes: Vec<u8>) -> Result<Self, TooManyItems> {
        if bytes.len() > MAX {
            return Err(TooManyItems {
                max: MAX,
                found: bytes.len(),
            });
        }
        Ok(Self(bytes))
    }
}

impl<const MAX: usize> std::fmt::Debug for BoundedBytes<MAX> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "BoundedBytes({} bytes)", self.0.len())
    }
}

impl<const MAX: usize> Deref for BoundedBytes<MAX> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl<const MAX: usize> BorshDeserialize for BoundedBytes<MAX> {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        use io::Read as _;
        let length = u32::deserialize_reader(reader)?;
        let found = usize::try_from(length).map_err(invalid)?;
        if found > MAX {
            return Err(invalid(TooManyItems { max: MAX, found }));
        }
        let mut bytes = Vec::new();
        reader.take(u64::from(length)).read_to_end(&mut bytes)?;
        if bytes.len() == found {
            Ok(Self(bytes))
        } else {
            Err(invalid("the bytes end before the length they state"))
        }
    }
}

/// A text of at most `MAX` bytes: UTF-8, no control characters, no white space at either end.
///
/// Layout: borsh `String` (u32 LE length in bytes, UTF-8).
#[derive(
    Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, Serialize,
)]
#[serde(transparent)]
pub struct BoundedText<const MAX: usize>(String);

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Too many bytes.
    #[error("{found} bytes of text are more than the {max} allowed")]
    TooLong {
        /// The bound.
        max: usize,
        /// Bytes found.
        found: usize,
    },
    /// A control character.
    #[error("character {position} is a control character")]
    Control {
        /// Position, counted from 1.
        position: usize,
    },
    /// White space at the beginning or the end.
    #[error("the text begins or ends with white space")]
    WhiteSpace,
}

impl<const MAX: usize> BoundedText<MAX> {
    /// The text, if it keeps the rules.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        if text.len() > MAX {
            return Err(TextError::TooLong {
                max: MAX,
                found: text.len(),
            });
        }
        if let Some(position) = text.chars().position(char::is_control) {
            return Err(TextError::Control {
                position: position + 1,
            });
        }
        if text.trim() != text {
            return Err(TextError::WhiteSpace);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> std::fmt::Display for BoundedText<MAX> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl<const MAX: usize> std::str::FromStr for BoundedText<MAX> {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Self::parse(text)
    }
}

impl<const MAX: usize> BorshDeserialize for BoundedText<MAX> {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let bytes = BoundedList::<u8, MAX>::deserialize_reader(reader)?.into_inner();
        let text = std::str::from_utf8(&bytes).map_err(invalid)?;
        Self::parse(text).map_err(invalid)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for BoundedText<MAX> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text: std::borrow::Cow<'_, str> = Deserialize::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

pub(crate) fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
