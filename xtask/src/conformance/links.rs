//! Cases of Digital Link URIs and their escapes.

use std::convert::Infallible;

use theriac_gs1::{
    DigitalLink, DigitalLinkOptions, ElementString, UnknownAi, UriPart, WordForm, percent_decode,
    percent_encode,
};

use super::element_strings::marked;
use super::report::Outcome;
use super::vector::Vector;

/// Lines that stand after the reference test permits words for identifiers.
const WORDS_ACCEPTED: [u32; 2] = [1439, 1441];
/// Lines that stand after the reference test permits unassigned identifiers.
const UNKNOWN_KEPT: [u32; 2] = [1768, 2207];

pub(super) fn parse(vector: &Vector) -> anyhow::Result<Outcome> {
    let words = if WORDS_ACCEPTED.contains(&vector.line) {
        WordForm::Accept
    } else {
        WordForm::Refuse
    };
    let options = DigitalLinkOptions {
        words,
        unknown: unknown_of(vector.line),
    };
    let expected = vector
        .flag(0)?
        .then(|| vector.text(2).map(str::to_owned))
        .transpose()?;
    let found = DigitalLink::parse_with(vector.text(1)?, options);
    Ok(Outcome::compare(
        found.map(|link| marked(link.elements())),
        expected.as_ref(),
    ))
}

pub(super) fn generate(vector: &Vector) -> anyhow::Result<Outcome> {
    let expected = vector
        .flag(0)?
        .then(|| vector.text(3).map(str::to_owned))
        .transpose()?;
    let elements = ElementString::parse_bracketed(vector.text(2)?, unknown_of(vector.line))?;
    let found = DigitalLink::build(vector.text(1)?, &elements);
    Ok(Outcome::compare(
        found.map(|link| link.to_string()),
        expected.as_ref(),
    ))
}

pub(super) fn escape(vector: &Vector) -> anyhow::Result<Outcome> {
    let text = vector.text(0)?;
    let found: Result<_, Infallible> =
        Ok([UriPart::Path, UriPart::Query].map(|part| percent_encode(text, part)));
    Ok(Outcome::compare(
        found,
        Some(&[vector.text(1)?.to_owned(), vector.text(2)?.to_owned()]),
    ))
}

/// The cases write each byte as the character of that number.
pub(super) fn unescape(vector: &Vector) -> anyhow::Result<Outcome> {
    let text = vector.text(0)?;
    let decode = |part| {
        percent_decode(text, part)
            .into_iter()
            .map(char::from)
            .collect::<String>()
    };
    let found: Result<_, Infallible> = Ok([UriPart::Path, UriPart::Query].map(decode));
    Ok(Outcome::compare(
        found,
        Some(&[vector.text(1)?.to_owned(), vector.text(2)?.to_owned()]),
    ))
}

fn unknown_of(line: u32) -> UnknownAi {
    if UNKNOWN_KEPT.contains(&line) {
        UnknownAi::Keep
    } else {
        UnknownAi::Refuse
    }
}
