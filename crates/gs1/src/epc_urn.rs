//! EPC URNs (GS1 EPC Tag Data Standard, sections 6.3 and 8.3).
//!
//! A URN shows where the company prefix ends, which the number alone does not say, so building one
//! takes the length of the prefix.

mod parse;

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::digits::{ascii_text, check_digit};
use crate::error::{IdentifierError, IdentifierKind};
use crate::gln::Gln;
use crate::gln_extension::GlnExtension;
use crate::gtin::Gtin;
use crate::lot::Lot;
use crate::percent::push_escape;
use crate::serial_number::SerialNumber;
use crate::sscc::Sscc;

/// Digits of a company prefix inside a URN: 6 to 12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PrefixLength(u8);

/// An EPC URN of one of the five schemes that packs, lots, units, places and parties use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EpcUrn {
    /// `urn:epc:id:sgtin`, one pack.
    Sgtin {
        /// The item.
        gtin: Gtin,
        /// The pack.
        serial: SerialNumber,
        /// Where the company prefix ends.
        prefix: PrefixLength,
    },
    /// `urn:epc:class:lgtin`, one lot.
    Lgtin {
        /// The item.
        gtin: Gtin,
        /// The lot.
        lot: Lot,
        /// Where the company prefix ends.
        prefix: PrefixLength,
    },
    /// `urn:epc:id:sscc`, one logistic unit.
    Sscc {
        /// The unit.
        sscc: Sscc,
        /// Where the company prefix ends.
        prefix: PrefixLength,
    },
    /// `urn:epc:id:sgln`, one place.
    Sgln {
        /// The location.
        gln: Gln,
        /// A place inside it.
        extension: Option<GlnExtension>,
        /// Where the company prefix ends.
        prefix: PrefixLength,
    },
    /// `urn:epc:id:pgln`, one party.
    Pgln {
        /// The party.
        gln: Gln,
        /// Where the company prefix ends.
        prefix: PrefixLength,
    },
}

/// Why a URN was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EpcUrnError {
    /// The text does not begin as an EPC URN, or its scheme is another one.
    #[error(
        "only urn:epc:id:sgtin:, urn:epc:class:lgtin:, urn:epc:id:sscc:, urn:epc:id:sgln: and urn:epc:id:pgln: are read"
    )]
    Scheme,
    /// Another number of parts between dots.
    #[error("the URN has {found} parts between dots, {expected} are needed")]
    Parts {
        /// Parts needed.
        expected: usize,
        /// Parts found.
        found: usize,
    },
    /// A company prefix of another length.
    #[error("a company prefix in a URN has 6 to 12 digits, this one has {found}")]
    PrefixLength {
        /// Digits found.
        found: usize,
    },
    /// Prefix and reference have together another number of digits.
    #[error("company prefix and reference have {found} digits together, {expected} are needed")]
    Digits {
        /// Digits needed.
        expected: usize,
        /// Digits found.
        found: usize,
    },
    /// A character that URNs escape, or an escape that is not one.
    #[error("character {position} of the last part is {found:?}, which a URN must escape")]
    Escape {
        /// Character position in the last part, from 1.
        position: usize,
        /// The character found.
        found: char,
    },
    /// An identifier inside the URN is wrong.
    #[error(transparent)]
    Identifier(IdentifierError),
}

impl PrefixLength {
    /// 6 to 12.
    ///
    /// # Errors
    /// Any other number.
    pub fn new(digits: u8) -> Result<Self, EpcUrnError> {
        if (6..=12).contains(&digits) {
            Ok(Self(digits))
        } else {
            Err(EpcUrnError::PrefixLength {
                found: usize::from(digits),
            })
        }
    }

    /// The number of digits.
    pub fn digits(self) -> u8 {
        self.0
    }
}

impl EpcUrn {
    /// Reads a URN. Check digits, which a URN does not carry, are computed.
    ///
    /// # Errors
    /// See [`EpcUrnError`].
    pub fn parse(text: &str) -> Result<Self, EpcUrnError> {
        parse::parse(text)
    }
}

impl FromStr for EpcUrn {
    type Err = EpcUrnError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

impl fmt::Display for EpcUrn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sgtin {
                gtin,
                serial,
                prefix,
            } => {
                f.write_str("urn:epc:id:sgtin:")?;
                write_indicated(f, gtin.as_bytes(), *prefix)?;
                write!(f, ".{}", escape(serial.as_str()))
            }
            Self::Lgtin { gtin, lot, prefix } => {
                f.write_str("urn:epc:class:lgtin:")?;
                write_indicated(f, gtin.as_bytes(), *prefix)?;
                write!(f, ".{}", escape(lot.as_str()))
            }
            Self::Sscc { sscc, prefix } => {
                f.write_str("urn:epc:id:sscc:")?;
                write_indicated(f, sscc.as_bytes(), *prefix)
            }
            Self::Sgln {
                gln,
                extension,
                prefix,
            } => {
                let (company, rest) = gln.as_str().split_at(usize::from(prefix.0));
                let reference = &rest[..rest.len().saturating_sub(1)];
                write!(f, "urn:epc:id:sgln:{company}.{reference}.")?;
                match extension {
                    Some(extension) => f.write_str(&escape(extension.as_str())),
                    None => f.write_str("0"),
                }
            }
            Self::Pgln { gln, prefix } => {
                let (company, rest) = gln.as_str().split_at(usize::from(prefix.0));
                let reference = &rest[..rest.len().saturating_sub(1)];
                write!(f, "urn:epc:id:pgln:{company}.{reference}")
            }
        }
    }
}

/// Writes prefix, dot, first digit and reference of a number whose first digit stands apart.
fn write_indicated(f: &mut fmt::Formatter<'_>, number: &[u8], prefix: PrefixLength) -> fmt::Result {
    let text = ascii_text(number);
    let (first, rest) = text.split_at(1);
    let (company, reference) = rest.split_at(usize::from(prefix.0));
    let reference = &reference[..reference.len().saturating_sub(1)];
    write!(f, "{company}.{first}{reference}")
}

/// Escapes the characters of set 82 that a URN does not hold (Tag Data Standard, table A-1).
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if is_escaped(char::from(byte)) {
            push_escape(&mut escaped, byte);
        } else {
            escaped.push(char::from(byte));
        }
    }
    escaped
}

fn is_escaped(character: char) -> bool {
    matches!(character, '"' | '%' | '&' | '/' | '<' | '>' | '?')
}

/// Appends the check digit to digits read from a URN.
fn with_check_digit(digits: &str) -> String {
    let mut number = digits.to_owned();
    number.push(char::from(check_digit(digits.as_bytes())));
    number
}

/// The kind of number a scheme holds and how many digits it has without the check digit.
fn payload_of(kind: IdentifierKind) -> usize {
    match kind {
        IdentifierKind::Sscc => 17,
        IdentifierKind::Gln => 12,
        _ => 13,
    }
}

#[cfg(test)]
mod tests;
