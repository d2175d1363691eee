//! Serial number, AI (21) (GS1 General Specifications, section 3.5.2).

use std::fmt;
use std::io::{self, Read, Write};
use std::str::FromStr;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::codec;
use crate::error::{IdentifierError, IdentifierKind};
use crate::short_text::ShortText;

/// The serial number of one pack: 1 to 20 characters of GS1 character set 82, kept inline.
///
/// Case matters, and nothing is trimmed or folded. Order is that of the text.
/// Encoding: a `u8` length and that many ASCII bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SerialNumber(ShortText);

impl SerialNumber {
    /// Reads 1 to 20 characters of GS1 character set 82.
    ///
    /// # Errors
    /// An empty or longer text, a character outside the set.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        ShortText::parse(text, IdentifierKind::SerialNumber).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The text as ASCII bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for SerialNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SerialNumber({self})")
    }
}

impl FromStr for SerialNumber {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for SerialNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for SerialNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        codec::deserialize_text(deserializer, "a serial number of 1 to 20 characters")
    }
}

impl BorshSerialize for SerialNumber {
    fn serialize<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(&[self.0.length()])?;
        writer.write_all(self.as_bytes())
    }
}

impl BorshDeserialize for SerialNumber {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let mut buffer = [0; 20];
        Self::parse(codec::read_short_text(reader, &mut buffer)?).map_err(codec::invalid)
    }
}
