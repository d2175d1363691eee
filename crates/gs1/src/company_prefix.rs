//! GS1 Company Prefix, by which a member proves a number is its own to give.

use std::fmt;
use std::io::{self, Read, Write};
use std::str::FromStr;

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::codec;
use crate::digits::{ascii_text, check_all_digits};
use crate::error::{IdentifierError, IdentifierKind};
use crate::gln::Gln;
use crate::gtin::Gtin;
use crate::sscc::Sscc;

/// The most digits a company prefix has.
const DIGITS_MAX: usize = 12;
/// The fewest digits a company prefix has.
const DIGITS_MIN: usize = 4;

/// A GS1 Company Prefix of 4 to 12 digits, kept inline.
///
/// Encoding: a `u8` length and that many ASCII digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CompanyPrefix {
    // Invariant: digits first, then zero bytes; so the order is that of the text.
    digits: [u8; DIGITS_MAX],
    length: u8,
}

impl CompanyPrefix {
    /// Reads 4 to 12 digits.
    ///
    /// # Errors
    /// Another length, a character that is not a digit.
    pub fn parse(text: &str) -> Result<Self, IdentifierError> {
        check_all_digits(text, IdentifierKind::CompanyPrefix)?;
        let found = text.len();
        let refusal = IdentifierError::Length {
            kind: IdentifierKind::CompanyPrefix,
            expected: "4 to 12",
            found,
        };
        if found < DIGITS_MIN {
            return Err(refusal);
        }
        let mut digits = [0; DIGITS_MAX];
        let Some(target) = digits.get_mut(..found) else {
            return Err(refusal);
        };
        target.copy_from_slice(text.as_bytes());
        let length = u8::try_from(found).expect("at most 12");
        Ok(Self { digits, length })
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        ascii_text(self.as_bytes())
    }

    /// The digits as ASCII bytes.
    pub fn as_bytes(&self) -> &[u8] {
        self.digits
            .get(..usize::from(self.length))
            .expect("the length is at most 12")
    }

    /// Says whether the digits after the indicator digit begin with this prefix.
    pub fn matches_gtin(&self, gtin: &Gtin) -> bool {
        gtin.as_bytes()[1..].starts_with(self.as_bytes())
    }

    /// Says whether the digits after the extension digit begin with this prefix.
    pub fn matches_sscc(&self, sscc: &Sscc) -> bool {
        sscc.as_bytes()[1..].starts_with(self.as_bytes())
    }

    /// Says whether the location number begins with this prefix.
    pub fn matches_gln(&self, gln: &Gln) -> bool {
        gln.as_bytes().starts_with(self.as_bytes())
    }
}

impl fmt::Display for CompanyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for CompanyPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CompanyPrefix({self})")
    }
}

impl FromStr for CompanyPrefix {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl Serialize for CompanyPrefix {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for CompanyPrefix {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        codec::deserialize_text(deserializer, "a GS1 Company Prefix of 4 to 12 digits")
    }
}

impl BorshSerialize for CompanyPrefix {
    fn serialize<W: Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(&[self.length])?;
        writer.write_all(self.as_bytes())
    }
}

impl BorshDeserialize for CompanyPrefix {
    fn deserialize_reader<R: Read>(reader: &mut R) -> io::Result<Self> {
        let mut buffer = [0; DIGITS_MAX];
        Self::parse(codec::read_short_text(reader, &mut buffer)?).map_err(codec::invalid)
    }
}
