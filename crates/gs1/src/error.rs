//! Why an identifier, a date or a carrier's content was refused.
//!
//! Positions count characters from 1, as a person counts them on a label.

use std::fmt;

use thiserror::Error;

/// The identifier a refusal speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IdentifierKind {
    /// Global Trade Item Number, AI (01).
    Gtin,
    /// Serial Shipping Container Code, AI (00).
    Sscc,
    /// Global Location Number, AI (410) to (417).
    Gln,
    /// Batch or lot number, AI (10).
    Lot,
    /// Serial number, AI (21).
    SerialNumber,
    /// GLN extension component, AI (254).
    GlnExtension,
    /// GS1 Company Prefix.
    CompanyPrefix,
}

impl fmt::Display for IdentifierKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gtin => "GTIN",
            Self::Sscc => "SSCC",
            Self::Gln => "GLN",
            Self::Lot => "batch/lot number",
            Self::SerialNumber => "serial number",
            Self::GlnExtension => "GLN extension",
            Self::CompanyPrefix => "GS1 Company Prefix",
        })
    }
}

/// Why a single identifier was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum IdentifierError {
    /// The text has a length that the identifier never has.
    #[error("the {kind} has {found} characters, {expected} are needed")]
    Length {
        /// Which identifier.
        kind: IdentifierKind,
        /// The lengths it may have, in words.
        expected: &'static str,
        /// Characters found.
        found: usize,
    },
    /// A character that is not a digit where only digits may stand.
    #[error("character {position} of the {kind} is {found:?}, only digits are allowed")]
    NotADigit {
        /// Which identifier.
        kind: IdentifierKind,
        /// Character position, from 1.
        position: usize,
        /// The character found.
        found: char,
    },
    /// A character outside GS1 AI encodable character set 82.
    #[error(
        "character {position} of the {kind} is {found:?}, which GS1 character set 82 does not hold"
    )]
    NotInCharacterSet82 {
        /// Which identifier.
        kind: IdentifierKind,
        /// Character position, from 1.
        position: usize,
        /// The character found.
        found: char,
    },
    /// The last digit is not the check digit of the others.
    #[error("the check digit of the {kind} is {found}, its other digits give {expected}")]
    CheckDigit {
        /// Which identifier.
        kind: IdentifierKind,
        /// The digit that the others give.
        expected: char,
        /// The digit found.
        found: char,
    },
}

/// Why a date was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DateError {
    /// The text has not the shape of a date.
    #[error("a date is written {expected}; this text is not, from character {position}")]
    Form {
        /// `YYMMDD` or `YYYY-MM-DD`.
        expected: &'static str,
        /// Character position, from 1, where the shape is first broken.
        position: usize,
    },
    /// A year outside 1 to 9999.
    #[error("year {year} is outside 1 to 9999")]
    Year {
        /// The year asked for.
        year: u32,
    },
    /// A month outside 1 to 12.
    #[error("there is no month {month:02}")]
    Month {
        /// The month asked for.
        month: u8,
    },
    /// A day that the month does not have.
    #[error("there is no day {day:02} in {year:04}-{month:02}")]
    Day {
        /// The year.
        year: u16,
        /// The month.
        month: u8,
        /// The day asked for.
        day: u8,
    },
}
