//! Making links from elements.

use crate::ai::Ai;
use crate::digital_link::{DigitalLink, DigitalLinkError, parse};
use crate::element_string::{Element, ElementString, UnknownAi};

pub(super) fn build(base: &str, elements: &ElementString) -> Result<DigitalLink, DigitalLinkError> {
    let stem = check_base(base)?;
    elements
        .check_repeats()
        .map_err(|error| DigitalLinkError::Element { error })?;
    let (key, sequences) = elements
        .elements()
        .iter()
        .find_map(|element| Some((element, element.ai().entry()?.key?)))
        .ok_or(DigitalLinkError::NothingToLink)?;
    let sequence = best_sequence(sequences, elements);
    let mut ordered = ElementString::default();
    append(&mut ordered, key)?;
    for qualifier in sequence {
        if let Some(element) = find(elements, qualifier) {
            append(&mut ordered, element)?;
        }
    }
    let path_elements = ordered.elements().len();
    for element in elements.elements() {
        if ordered.get(element.ai()).is_some() {
            // In the path already, or the same element once more.
            continue;
        }
        parse::check_attribute(key.ai(), sequences, element.ai())?;
        append(&mut ordered, element)?;
    }
    Ok(DigitalLink {
        stem,
        elements: ordered,
        path_elements,
        parameters: Vec::new(),
        fragment: None,
    })
}

/// The base without slashes at its end.
fn check_base(base: &str) -> Result<String, DigitalLinkError> {
    parse::check_characters(base)?;
    if base.contains(['?', '#']) {
        return Err(DigitalLinkError::Base);
    }
    let trimmed = base.trim_end_matches('/');
    parse::split_scheme_and_host(trimmed)?;
    Ok(trimmed.to_owned())
}

/// The sequence of which most is there; the first of equals.
fn best_sequence(
    sequences: &'static [&'static [&'static str]],
    elements: &ElementString,
) -> &'static [&'static str] {
    let present = |sequence: &&[&str]| {
        sequence
            .iter()
            .filter(|digits| find(elements, digits).is_some())
            .count()
    };
    // `max_by_key` answers with the last of equals, so look from the end.
    sequences
        .iter()
        .rev()
        .copied()
        .max_by_key(present)
        .unwrap_or(&[])
}

fn find<'a>(elements: &'a ElementString, digits: &str) -> Option<&'a Element> {
    elements
        .elements()
        .iter()
        .find(|element| element.ai().as_str() == digits)
}

fn append(list: &mut ElementString, element: &Element) -> Result<(), DigitalLinkError> {
    let ai: Ai = element.ai();
    list.push(ai, element.value(), UnknownAi::Keep, 1)
        .map_err(|error| DigitalLinkError::Element { error })
}
