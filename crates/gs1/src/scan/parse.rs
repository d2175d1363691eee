//! Recognising the form of a code and reading it.

use crate::ai::Ai;
use crate::date::ExpiryDate;
use crate::digital_link::DigitalLink;
use crate::element_string::{CHARACTERS_MAX, ElementString, SEPARATOR};
use crate::epc_urn::EpcUrn;
use crate::error::{IdentifierError, IdentifierKind};
use crate::gln::Gln;
use crate::gln_extension::GlnExtension;
use crate::gtin::Gtin;
use crate::lot::Lot;
use crate::scan::hint::find_hint;
use crate::scan::symbology::{Content, Symbology};
use crate::scan::{CodeForm, ScanError, ScanOptions, ScanReason, ScannedCode};
use crate::serial_number::SerialNumber;
use crate::sscc::Sscc;

pub(super) fn parse(text: &str, options: &ScanOptions<'_>) -> Result<ScannedCode, ScanError> {
    let text = text.trim_matches(|character: char| character.is_ascii_whitespace());
    read(text, options).map_err(|reason| {
        let hint = find_hint(text, &reason);
        ScanError { reason, hint }
    })
}

fn read(text: &str, options: &ScanOptions<'_>) -> Result<ScannedCode, ScanReason> {
    if text.is_empty() {
        return Err(ScanReason::Empty);
    }
    // A character takes at least one byte; only the picture of GS takes more than one.
    if text.len() > CHARACTERS_MAX {
        return Err(ScanReason::TooLong {
            most: CHARACTERS_MAX,
        });
    }
    let (symbology, content) = split_symbology(text)?;
    let (form, elements) = match symbology.map(Symbology::content) {
        Some(Content::Elements) => (CodeForm::ElementString, read_elements(content, options)?),
        Some(Content::Digits(length)) => (CodeForm::PlainDigits, read_gtin(content, length)?),
        Some(Content::Anything) | None => read_any(content, options)?,
    };
    elements
        .check_combinations()
        .map_err(ScanReason::Elements)?;
    collect(form, symbology, elements, options.reference_year)
}

/// Cuts an AIM prefix off. No form begins with `]` otherwise.
fn split_symbology(text: &str) -> Result<(Option<Symbology>, &str), ScanReason> {
    if !text.starts_with(']') {
        return Ok((None, text));
    }
    let (symbology, content) = Symbology::split(text).ok_or_else(|| ScanReason::Symbology {
        prefix: text.chars().take(3).collect(),
    })?;
    if content.is_empty() {
        Err(ScanReason::Empty)
    } else {
        Ok((Some(symbology), content))
    }
}

fn read_any(
    text: &str,
    options: &ScanOptions<'_>,
) -> Result<(CodeForm, ElementString), ScanReason> {
    let starts_with = |prefix: &str| {
        text.get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    if starts_with("http://") || starts_with("https://") {
        let link = DigitalLink::parse_with(text, options.links).map_err(ScanReason::Link)?;
        return Ok((CodeForm::DigitalLink, link.elements().clone()));
    }
    if starts_with("urn:") {
        let urn = EpcUrn::parse(text).map_err(ScanReason::Urn)?;
        return Ok((CodeForm::EpcUrn, elements_of_urn(&urn)?));
    }
    if text.starts_with('(') {
        let elements = ElementString::parse_bracketed(text, options.links.unknown)
            .map_err(ScanReason::Elements)?;
        return Ok((CodeForm::Bracketed, elements));
    }
    if text.bytes().all(|byte| byte.is_ascii_digit()) && matches!(text.len(), 8 | 12 | 13 | 14 | 18)
    {
        return Ok((CodeForm::PlainDigits, read_plain_digits(text)?));
    }
    let restored = options.restore_separators(text);
    if restored.starts_with(SEPARATOR) || Ai::at_start_of(&restored).is_some() {
        return Ok((CodeForm::ElementString, read_elements(text, options)?));
    }
    Err(ScanReason::Form)
}

fn read_elements(text: &str, options: &ScanOptions<'_>) -> Result<ElementString, ScanReason> {
    ElementString::parse(&options.restore_separators(text)).map_err(ScanReason::Elements)
}

/// Digits of the length of a GTIN or an SSCC: no element string with a key that we read is so short.
fn read_plain_digits(text: &str) -> Result<ElementString, ScanReason> {
    if text.len() == 18 {
        let sscc = Sscc::parse(text).map_err(ScanReason::Identifier)?;
        return one(Ai::SSCC, sscc.as_str());
    }
    read_gtin(text, text.len())
}

/// A GTIN of exactly the length that its carrier holds.
fn read_gtin(text: &str, length: usize) -> Result<ElementString, ScanReason> {
    if text.len() != length {
        let expected = match length {
            8 => "8",
            13 => "13",
            _ => "14",
        };
        let kind = IdentifierKind::Gtin;
        let found = text.chars().count();
        let error = IdentifierError::Length {
            kind,
            expected,
            found,
        };
        return Err(ScanReason::Identifier(error));
    }
    let gtin = Gtin::parse(text).map_err(ScanReason::Identifier)?;
    one(Ai::GTIN, gtin.as_str())
}

fn one(ai: Ai, value: &str) -> Result<ElementString, ScanReason> {
    ElementString::new([(ai, value)]).map_err(ScanReason::Elements)
}

fn elements_of_urn(urn: &EpcUrn) -> Result<ElementString, ScanReason> {
    let elements = match urn {
        EpcUrn::Sgtin { gtin, serial, .. } => {
            ElementString::new([(Ai::GTIN, gtin.as_str()), (Ai::SERIAL, serial.as_str())])
        }
        EpcUrn::Lgtin { gtin, lot, .. } => {
            ElementString::new([(Ai::GTIN, gtin.as_str()), (Ai::LOT, lot.as_str())])
        }
        EpcUrn::Sscc { sscc, .. } => ElementString::new([(Ai::SSCC, sscc.as_str())]),
        EpcUrn::Sgln { gln, extension, .. } => ElementString::new(
            std::iter::once((Ai::GLN, gln.as_str())).chain(
                extension
                    .iter()
                    .map(|extension| (Ai::GLN_EXTENSION, extension.as_str())),
            ),
        ),
        EpcUrn::Pgln { gln, .. } => ElementString::new([(Ai::PARTY, gln.as_str())]),
    };
    elements.map_err(ScanReason::Elements)
}

/// Turns the values of the elements into their types.
fn collect(
    form: CodeForm,
    symbology: Option<Symbology>,
    elements: ElementString,
    reference_year: u16,
) -> Result<ScannedCode, ScanReason> {
    let reader = Reader {
        elements: &elements,
        reference_year,
    };
    Ok(ScannedCode {
        form,
        symbology,
        gtin: reader.identifier(Ai::GTIN, Gtin::parse)?,
        lot: reader.identifier(Ai::LOT, Lot::parse)?,
        serial: reader.identifier(Ai::SERIAL, SerialNumber::parse)?,
        expiry: reader.date(Ai::EXPIRY)?,
        production_date: reader.date(Ai::PRODUCTION_DATE)?,
        sscc: reader.identifier(Ai::SSCC, Sscc::parse)?,
        gln: reader.identifier(Ai::GLN, Gln::parse)?,
        gln_extension: reader.identifier(Ai::GLN_EXTENSION, GlnExtension::parse)?,
        content: reader.identifier(Ai::CONTENT, Gtin::parse)?,
        count: reader.count()?,
        elements,
    })
}

struct Reader<'a> {
    elements: &'a ElementString,
    reference_year: u16,
}

impl Reader<'_> {
    fn identifier<T>(
        &self,
        ai: Ai,
        parse: impl Fn(&str) -> Result<T, IdentifierError>,
    ) -> Result<Option<T>, ScanReason> {
        self.elements
            .get(ai)
            .map(parse)
            .transpose()
            .map_err(ScanReason::Identifier)
    }

    fn date(&self, ai: Ai) -> Result<Option<ExpiryDate>, ScanReason> {
        self.elements
            .get(ai)
            .map(|value| ExpiryDate::from_yymmdd(value, self.reference_year))
            .transpose()
            .map_err(ScanReason::Date)
    }

    fn count(&self) -> Result<Option<u32>, ScanReason> {
        self.elements
            .get(Ai::COUNT)
            .map(|value| {
                value.parse().map_err(|_| ScanReason::Count {
                    found: value.to_owned(),
                })
            })
            .transpose()
    }
}
