//! Global Trade Item Number (GS1 General Specifications, section 3.3.2 and 7.9.1).

use std::fmt;
use std::io::{self, Read, Write};
use std::str::FromStr;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::codec;
use crate::digits::{ascii_text, check_all_digits, check_check_digit};
use crate::error::{IdentifierError, IdentifierKind};

/// A trade item number, kept as 14 ASCII digits.
///
/// Invariant: 14 digits, the last of them the check digit of the others.
/// Encoding: the 14 ASCII bytes, without a length.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gtin([u8; 14]);

impl Gtin {
    /// Reads a GTIN-8, GTIN-12, GTIN-13 or GTIN-14 and pads it with zeros to 14 digits.
    ///
    /// # Errors
    /// Another length, a character that is not a digit, a wrong check digit.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        check_all_digits(text, IdentifierKind::Gtin)?;
        let bytes = text.as_bytes();
        let padding = match bytes.len() {
            8 => 6,
            12 => 2,
            13 => 1,
            14 => 0,
            found => {
                return Err(IdentifierError::Length {
                    kind: IdentifierKind::Gtin,
                    expected: "8, 12, 13 or 14",
                    found,
                });
            }
        };
        let mut digits = [b'0'; 14];
        digits[padding..].copy_from_slice(bytes);
        // Leading zeros do not change the check digit, because weights count from the right.
        check_check_digit(&digits, IdentifierKind::Gtin)?;
        Ok(Self(digits))
    }

    /// The 14 digits.
    pub fn as_str(&self) -> &str {
        ascii_text(&self.0)
    }

    /// The 14 digits as ASCII bytes.
    pub fn as_bytes(&self) -> &[u8; 14] {
        &self.0
    }

    /// The indicator digit, 0 to 9: 1 to 8 mark a grouping, 9 a variable measure item.
    pub fn indicator(&self) -> u8 {
        self.0[0] - b'0'
    }
}

impl fmt::Display for Gtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Gtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gtin({self})")
    }
}

impl FromStr for Gtin {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for Gtin {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Gtin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        codec::deserialize_text(deserializer, "a GTIN of 8, 12, 13 or 14 digits")
    }
}

impl BorshSerialize for Gtin {
    fn serialize<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(&self.0)
    }
}

impl BorshDeserialize for Gtin {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let bytes: [u8; 14] = codec::read_array(reader)?;
        Self::parse(codec::text_of(&bytes)?).map_err(codec::invalid)
    }
}
