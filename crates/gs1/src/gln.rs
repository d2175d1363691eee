//! Global Location Number (GS1 General Specifications, section 3.7).

use std::fmt;
use std::io::{self, Read, Write};
use std::str::FromStr;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::codec;
use crate::digits::{ascii_text, check_check_digit, parse_digits};
use crate::error::{IdentifierError, IdentifierKind};

/// The number of a party or a place, kept as 13 ASCII digits.
///
/// Invariant: 13 digits, the last of them the check digit of the others.
/// Encoding: the 13 ASCII bytes, without a length.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gln([u8; 13]);

impl Gln {
    /// Reads 13 digits.
    ///
    /// # Errors
    /// Another length, a character that is not a digit, a wrong check digit.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let digits = parse_digits::<13>(text, IdentifierKind::Gln, "13")?;
        check_check_digit(&digits, IdentifierKind::Gln)?;
        Ok(Self(digits))
    }

    /// The 13 digits.
    pub fn as_str(&self) -> &str {
        ascii_text(&self.0)
    }

    /// The 13 digits as ASCII bytes.
    pub fn as_bytes(&self) -> &[u8; 13] {
        &self.0
    }
}

impl fmt::Display for Gln {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Gln {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gln({self})")
    }
}

impl FromStr for Gln {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for Gln {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Gln {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        codec::deserialize_text(deserializer, "a GLN of 13 digits")
    }
}

impl BorshSerialize for Gln {
    fn serialize<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(&self.0)
    }
}

impl BorshDeserialize for Gln {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let bytes: [u8; 13] = codec::read_array(reader)?;
        Self::parse(codec::text_of(&bytes)?).map_err(codec::invalid)
    }
}
