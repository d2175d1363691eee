//! Cases of element strings. In them `^` stands for FNC1.

use anyhow::{Context, bail};
use theriac_gs1::{ElementString, ElementStringError, SEPARATOR, UnknownAi, ValueError};

use super::report::Outcome;
use super::vector::Vector;

/// `^` and the data, with `^` after values of variable length.
pub(super) fn marked(elements: &ElementString) -> String {
    format!("^{}", elements.to_carrier_data().replace(SEPARATOR, "^"))
}

/// Reads data that begins with `^`.
pub(super) fn read_marked(text: &str) -> Result<ElementString, ElementStringError> {
    ElementString::parse(&text.replace('^', &SEPARATOR.to_string()))
}

pub(super) fn parse_bracketed(vector: &Vector) -> anyhow::Result<Outcome> {
    let expected = vector
        .flag(0)?
        .then(|| vector.text(2).map(str::to_owned))
        .transpose()?;
    let found = ElementString::parse_bracketed(vector.text(1)?, UnknownAi::Refuse);
    Ok(Outcome::compare(
        found.map(|elements| marked(&elements)),
        expected.as_ref(),
    ))
}

/// These cases say only whether data are accepted. That nothing was lost or cut elsewhere is seen
/// from the elements side by side, without separators, which may stand where none is needed.
pub(super) fn parse_marked(vector: &Vector) -> anyhow::Result<Outcome> {
    let text = vector.text(1)?;
    let expected = vector.flag(0)?.then(|| text.replace('^', ""));
    let found = read_marked(text).map(|elements| {
        elements
            .elements()
            .iter()
            .fold(String::new(), |text, element| {
                text + element.ai().as_str() + element.value()
            })
    });
    Ok(Outcome::compare(found, expected.as_ref()))
}

pub(super) fn check_combination(vector: &Vector) -> anyhow::Result<Outcome> {
    let unknown = UnknownAi::Keep;
    let elements = ElementString::parse_bracketed(vector.text(2)?, unknown)
        .context("the elements of a combination are not right by themselves")?;
    let found = match vector.symbol(1)? {
        "validateAIrepeats" => elements.check_repeats(),
        "validateAImutex" => elements.check_exclusions(),
        "validateAIrequisites" => elements.check_requirements(),
        "validateDigSigRequiresSerialisedKey" => elements.check_signature(),
        other => bail!("no check for {other}"),
    };
    Ok(Outcome::compare(found, vector.flag(0)?.then_some(&())))
}

/// The wrong character stands between bars; what follows is not the whole rest of the value.
pub(super) fn mark_error(vector: &Vector) -> anyhow::Result<Outcome> {
    let marks: Vec<&str> = vector.text(1)?.split('|').collect();
    let [before, wrong, _] = marks[..] else {
        bail!("the mark-up has not two bars")
    };
    let (_, value_before) = before
        .split_once(')')
        .context("the mark-up has no brackets")?;
    let found = ElementString::parse_bracketed(vector.text(0)?, UnknownAi::Refuse);
    let Err(ElementStringError::Value {
        error: ValueError::Character {
            position, found, ..
        },
        ..
    }) = found
    else {
        return Ok(Outcome::Failed(format!("found {found:?}")));
    };
    let found: Result<_, ElementStringError> = Ok((position, found.to_string()));
    Ok(Outcome::compare(
        found,
        Some(&(value_before.len() + 1, wrong.to_owned())),
    ))
}
