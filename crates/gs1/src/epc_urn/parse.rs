//! Reading URNs.

use crate::digits::check_all_digits;
use crate::epc_urn::{EpcUrn, EpcUrnError, PrefixLength, is_escaped, payload_of, with_check_digit};
use crate::error::IdentifierKind;
use crate::gln::Gln;
use crate::gln_extension::GlnExtension;
use crate::gtin::Gtin;
use crate::lot::Lot;
use crate::percent::{UriPart, percent_decode};
use crate::serial_number::SerialNumber;
use crate::sscc::Sscc;

pub(super) fn parse(text: &str) -> Result<EpcUrn, EpcUrnError> {
    if let Some(rest) = text.strip_prefix("urn:epc:id:sgtin:") {
        let (numbers, serial) = three_parts(rest)?;
        let (number, prefix) = indicated_number(numbers, IdentifierKind::Gtin)?;
        let gtin = Gtin::parse(&number).map_err(EpcUrnError::Identifier)?;
        let serial = SerialNumber::parse(&unescape(serial)?).map_err(EpcUrnError::Identifier)?;
        return Ok(EpcUrn::Sgtin {
            gtin,
            serial,
            prefix,
        });
    }
    if let Some(rest) = text.strip_prefix("urn:epc:class:lgtin:") {
        let (numbers, lot) = three_parts(rest)?;
        let (number, prefix) = indicated_number(numbers, IdentifierKind::Gtin)?;
        let gtin = Gtin::parse(&number).map_err(EpcUrnError::Identifier)?;
        let lot = Lot::parse(&unescape(lot)?).map_err(EpcUrnError::Identifier)?;
        return Ok(EpcUrn::Lgtin { gtin, lot, prefix });
    }
    if let Some(rest) = text.strip_prefix("urn:epc:id:sscc:") {
        let (number, prefix) = indicated_number(two_parts(rest)?, IdentifierKind::Sscc)?;
        let sscc = Sscc::parse(&number).map_err(EpcUrnError::Identifier)?;
        return Ok(EpcUrn::Sscc { sscc, prefix });
    }
    if let Some(rest) = text.strip_prefix("urn:epc:id:sgln:") {
        return parse_sgln(rest);
    }
    if let Some(rest) = text.strip_prefix("urn:epc:id:pgln:") {
        let (company, reference) = two_parts(rest)?;
        let prefix = check_numbers(company, reference, IdentifierKind::Gln)?;
        let number = with_check_digit(&format!("{company}{reference}"));
        let gln = Gln::parse(&number).map_err(EpcUrnError::Identifier)?;
        return Ok(EpcUrn::Pgln { gln, prefix });
    }
    Err(EpcUrnError::Scheme)
}

fn parse_sgln(rest: &str) -> Result<EpcUrn, EpcUrnError> {
    let ((company, reference), extension) = three_parts(rest)?;
    let prefix = check_numbers(company, reference, IdentifierKind::Gln)?;
    let number = with_check_digit(&format!("{company}{reference}"));
    let gln = Gln::parse(&number).map_err(EpcUrnError::Identifier)?;
    // An extension of a single zero means that there is none (Tag Data Standard, section 6.3.3).
    let extension = match unescape(extension)?.as_str() {
        "0" => None,
        text => Some(GlnExtension::parse(text).map_err(EpcUrnError::Identifier)?),
    };
    Ok(EpcUrn::Sgln {
        gln,
        extension,
        prefix,
    })
}

/// Prefix and reference, and nothing after them.
fn two_parts(rest: &str) -> Result<(&str, &str), EpcUrnError> {
    let found = rest.split('.').count();
    rest.split_once('.')
        .filter(|_| found == 2)
        .ok_or(EpcUrnError::Parts { expected: 2, found })
}

/// Prefix and reference, and the last part, which may hold dots itself.
fn three_parts(rest: &str) -> Result<((&str, &str), &str), EpcUrnError> {
    let mut parts = rest.splitn(3, '.');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(company), Some(reference), Some(last)) => Ok(((company, reference), last)),
        _ => Err(EpcUrnError::Parts {
            expected: 3,
            found: rest.split('.').count(),
        }),
    }
}

/// The number, with its check digit, of which the first digit stands before the reference.
fn indicated_number(
    (company, reference): (&str, &str),
    kind: IdentifierKind,
) -> Result<(String, PrefixLength), EpcUrnError> {
    let prefix = check_numbers(company, reference, kind)?;
    let (first, rest) = reference.split_at_checked(1).ok_or(EpcUrnError::Digits {
        expected: payload_of(kind),
        found: company.len(),
    })?;
    Ok((with_check_digit(&format!("{first}{company}{rest}")), prefix))
}

fn check_numbers(
    company: &str,
    reference: &str,
    kind: IdentifierKind,
) -> Result<PrefixLength, EpcUrnError> {
    check_all_digits(company, IdentifierKind::CompanyPrefix).map_err(EpcUrnError::Identifier)?;
    check_all_digits(reference, kind).map_err(EpcUrnError::Identifier)?;
    let length_error = EpcUrnError::PrefixLength {
        found: company.len(),
    };
    let prefix = PrefixLength::new(u8::try_from(company.len()).map_err(|_| length_error)?)?;
    let (expected, found) = (
        payload_of(kind),
        company.len().saturating_add(reference.len()),
    );
    if found != expected {
        return Err(EpcUrnError::Digits { expected, found });
    }
    Ok(prefix)
}

fn unescape(text: &str) -> Result<String, EpcUrnError> {
    for (index, character) in text.char_indices() {
        let is_escape = character == '%'
            && text
                .as_bytes()
                .get(index.saturating_add(1)..index.saturating_add(3))
                .is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit));
        if (is_escaped(character) && !is_escape) || !character.is_ascii() {
            let position = text[..index].chars().count().saturating_add(1);
            return Err(EpcUrnError::Escape {
                position,
                found: character,
            });
        }
    }
    let bytes = percent_decode(text, UriPart::Path);
    // A byte above 127 becomes a character that the identifier then refuses by name.
    Ok(bytes.into_iter().map(char::from).collect())
}
