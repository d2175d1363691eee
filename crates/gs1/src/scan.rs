//! What a scanner, a person or a link gives: its form is recognised, then everything is checked.

mod error;
mod hint;
mod options;
mod parse;
mod reading;
mod resplit;
mod symbology;

pub use error::{ScanError, ScanReason};
pub use hint::ScanHint;
pub use options::{ScanOptions, SeparatorSubstitute};
pub use reading::{Reading, swap_case};
pub use symbology::Symbology;

use crate::date::ExpiryDate;
use crate::element_string::ElementString;
use crate::gln::Gln;
use crate::gln_extension::GlnExtension;
use crate::gtin::Gtin;
use crate::lot::Lot;
use crate::serial_number::SerialNumber;
use crate::sscc::Sscc;

/// The form in which a code was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CodeForm {
    /// Identifiers and values with FNC1 or GS.
    ElementString,
    /// `(01)…(10)…`, as printed for people.
    Bracketed,
    /// GS1 Digital Link URI.
    DigitalLink,
    /// EPC URN.
    EpcUrn,
    /// The digits of a GTIN or an SSCC alone.
    PlainDigits,
}

/// Everything a code says, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScannedCode {
    /// How it was given.
    pub form: CodeForm,
    /// The carrier, when the reader named it by an AIM symbology identifier.
    pub symbology: Option<Symbology>,
    /// AI (01).
    pub gtin: Option<Gtin>,
    /// AI (10).
    pub lot: Option<Lot>,
    /// AI (21).
    pub serial: Option<SerialNumber>,
    /// AI (17).
    pub expiry: Option<ExpiryDate>,
    /// AI (11); day `00` is read as (17) is.
    pub production_date: Option<ExpiryDate>,
    /// AI (00).
    pub sscc: Option<Sscc>,
    /// AI (414).
    pub gln: Option<Gln>,
    /// AI (254).
    pub gln_extension: Option<GlnExtension>,
    /// AI (02), the item inside a logistic unit.
    pub content: Option<Gtin>,
    /// AI (37), how many of them.
    pub count: Option<u32>,
    /// All elements, with those above, in the order of the code.
    pub elements: ElementString,
}

impl ScannedCode {
    /// Reads a code of any form: with an AIM prefix or without, element string, bracketed, Digital
    /// Link URI, EPC URN, or the digits of a GTIN or an SSCC. White space around it is dropped.
    ///
    /// `reference_year` is the present year, for the century of dates.
    ///
    /// # Errors
    /// The first rule that is broken, and a hint where the text looks like a scanner set wrong.
    pub fn parse(text: &str, reference_year: u16) -> Result<Self, ScanError> {
        Self::parse_with(text, &ScanOptions::new(reference_year))
    }

    /// Reads a code of any form with the given options.
    ///
    /// # Errors
    /// As [`ScannedCode::parse`].
    pub fn parse_with(text: &str, options: &ScanOptions<'_>) -> Result<Self, ScanError> {
        parse::parse(text, options)
    }

    /// Every reading of a pack's element string that holds no separator, as when a scanner drops
    /// them: at most 64, none when the text has a separator or another form. A caller that knows
    /// lots and serials accepts the one reading that fits, and only if no other does.
    pub fn readings_without_separators(text: &str, options: &ScanOptions<'_>) -> Vec<Self> {
        resplit::readings(text, options)
    }
}

#[cfg(test)]
mod tests;
