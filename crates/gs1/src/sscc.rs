//! Serial Shipping Container Code (GS1 General Specifications, section 3.3.1).

use std::fmt;
use std::io::{self, Read, Write};
use std::str::FromStr;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::codec;
use crate::digits::{ascii_text, check_check_digit, parse_digits};
use crate::error::{IdentifierError, IdentifierKind};

/// The number of a logistic unit: a case, a pallet, kept as 18 ASCII digits.
///
/// Invariant: 18 digits, the last of them the check digit of the others.
/// Encoding: the 18 ASCII bytes, without a length.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sscc([u8; 18]);

impl Sscc {
    /// Reads 18 digits.
    ///
    /// # Errors
    /// Another length, a character that is not a digit, a wrong check digit.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        let digits = parse_digits::<18>(text, IdentifierKind::Sscc, "18")?;
        check_check_digit(&digits, IdentifierKind::Sscc)?;
        Ok(Self(digits))
    }

    /// The 18 digits.
    pub fn as_str(&self) -> &str {
        ascii_text(&self.0)
    }

    /// The 18 digits as ASCII bytes.
    pub fn as_bytes(&self) -> &[u8; 18] {
        &self.0
    }

    /// The extension digit, 0 to 9.
    pub fn extension(&self) -> u8 {
        self.0[0] - b'0'
    }
}

impl fmt::Display for Sscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Sscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sscc({self})")
    }
}

impl FromStr for Sscc {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for Sscc {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Sscc {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        codec::deserialize_text(deserializer, "an SSCC of 18 digits")
    }
}

impl BorshSerialize for Sscc {
    fn serialize<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(&self.0)
    }
}

impl BorshDeserialize for Sscc {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let bytes: [u8; 18] = codec::read_array(reader)?;
        Self::parse(codec::text_of(&bytes)?).map_err(codec::invalid)
    }
}
