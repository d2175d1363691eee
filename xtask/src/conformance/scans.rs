//! Cases of what readers send.

use anyhow::Context;
use theriac_gs1::{DigitalLink, Gtin, SEPARATOR, ScannedCode};

use super::element_strings::read_marked;
use super::report::Outcome;
use super::vector::Vector;

/// No case has a date whose century matters.
const YEAR: u16 = 2026;
const PLAIN: &str = "the carrier holds plain text, not GS1 data";
const COMPOSITE: &str =
    "an EAN/UPC carrier joined to a composite component is not a supported carrier";

pub(super) fn process(vector: &Vector) -> anyhow::Result<Outcome> {
    let (text, data) = (vector.text(1)?, vector.text(3)?);
    let found = ScannedCode::parse(text, YEAR);
    if !vector.flag(0)? {
        return Ok(Outcome::compare(found, None));
    }
    let found = found.map(|code| code.elements);
    if data.contains('|') {
        return Ok(Outcome::Excluded(COMPOSITE));
    }
    if data.starts_with('^') {
        return Ok(Outcome::compare(found, Some(&read_marked(data)?)));
    }
    if data.to_ascii_lowercase().starts_with("https://") {
        return Ok(Outcome::compare(
            found,
            Some(DigitalLink::parse(data)?.elements()),
        ));
    }
    match Gtin::parse(data) {
        Ok(gtin) => Ok(Outcome::compare(
            found,
            Some(&read_marked(&format!("^01{gtin}"))?),
        )),
        Err(_) => Ok(Outcome::Excluded(PLAIN)),
    }
}

/// The reference makes what a reader would send. We read that, and make it again from the elements.
pub(super) fn generate(vector: &Vector) -> anyhow::Result<Outcome> {
    let data = vector.text(1)?;
    let Some(sent) = vector.find_text(2) else {
        // The data do not fit the carrier, so neither are they a code for us.
        return Ok(Outcome::compare(ScannedCode::parse(data, YEAR), None));
    };
    if sent.contains("|]") {
        return Ok(Outcome::Excluded(COMPOSITE));
    }
    // A composite component continues the elements of its linear carrier, GTIN or element string.
    let data = data.replace("|^", "^");
    if !data.starts_with('^') && data.get(..12).is_none_or(|digits| !is_digits(digits)) {
        return Ok(Outcome::Excluded(PLAIN));
    }
    let found = ScannedCode::parse(sent, YEAR);
    if is_digits(&data) {
        let read = found.map(|code| {
            code.gtin
                .is_some_and(|gtin| gtin.as_str().trim_start_matches('0').starts_with(&data))
        });
        return Ok(Outcome::compare(read, Some(&true)));
    }
    let data = match data.strip_prefix('^') {
        Some(_) => data,
        None => format!("^01{}", data.replacen('^', "", 1)),
    };
    let prefix = sent.get(..3).context("no symbology identifier")?;
    let read = found.map(|code| {
        (
            format!("{prefix}{}", code.elements.to_carrier_data()),
            code.elements,
        )
    });
    // A separator at the end is read, and never written.
    let expected = (
        sent.trim_end_matches(SEPARATOR).to_owned(),
        read_marked(&data)?,
    );
    Ok(Outcome::compare(read, Some(&expected)))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
