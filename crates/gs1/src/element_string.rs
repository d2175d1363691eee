//! Element strings: application identifiers with their values, in the order of the carrier.

mod combinations;
mod error;
mod parse;

use crate::ai::{Ai, check_value};

pub use error::ElementStringError;

/// The control character that stands for FNC1 as a separator (ASCII GS).
pub const SEPARATOR: char = '\u{1D}';

/// The most characters of any input: a QR code of version 40 holds 7,089 digits.
pub(crate) const CHARACTERS_MAX: usize = 7_089;

/// What to do with an identifier that GS1 has not assigned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum UnknownAi {
    /// Refuse the whole text.
    #[default]
    Refuse,
    /// Keep it, with a value of 1 to 90 characters of set 82. Only forms that mark the identifier
    /// (brackets, links) can do so; an element string without brackets cannot be cut without it.
    Keep,
}

/// One application identifier and its value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Element {
    ai: Ai,
    value: String,
}

/// A list of elements, each of them right by itself; see [`ElementString::check_combinations`]
/// for the rules between them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElementString {
    elements: Vec<Element>,
}

impl Element {
    /// The identifier.
    pub fn ai(&self) -> Ai {
        self.ai
    }

    /// The value, as the carrier holds it.
    pub fn value(&self) -> &str {
        &self.value
    }
}

impl ElementString {
    /// Reads the content of a carrier, after its symbology identifier if there was one.
    ///
    /// A leading FNC1 (given as GS) is skipped. Values of variable length run to the next GS or
    /// the end; a GS after a value of predefined length and one at the end are allowed.
    ///
    /// # Errors
    /// An unassigned identifier, a value that its identifier does not allow, nothing at all, or
    /// more than 7,089 characters.
    pub fn parse(text: &str) -> Result<Self, ElementStringError> {
        parse::parse_carrier_data(text)
    }

    /// Reads the form printed for people, `(01)…(10)…`.
    ///
    /// White space around values is dropped. An opening bracket inside a value is written `\(`.
    ///
    /// # Errors
    /// As [`ElementString::parse`], and brackets that do not hold two to four digits.
    pub fn parse_bracketed(text: &str, unknown: UnknownAi) -> Result<Self, ElementStringError> {
        parse::parse_bracketed(text, unknown)
    }

    /// Checks and keeps elements in the given order.
    ///
    /// # Errors
    /// An unassigned identifier, or a value that its identifier does not allow.
    pub fn new<'a>(
        elements: impl IntoIterator<Item = (Ai, &'a str)>,
    ) -> Result<Self, ElementStringError> {
        let mut list = Self::default();
        for (ai, value) in elements {
            list.push(ai, value, UnknownAi::Refuse, 1)?;
        }
        Ok(list)
    }

    /// The value of the first element with this identifier.
    pub fn get(&self, ai: Ai) -> Option<&str> {
        self.elements
            .iter()
            .find(|element| element.ai == ai)
            .map(Element::value)
    }

    /// The elements, in order.
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// The data a GS1 carrier holds after its leading FNC1: values of variable length are followed
    /// by GS unless they are last.
    pub fn to_carrier_data(&self) -> String {
        let mut data = String::new();
        let mut separator_due = false;
        for element in &self.elements {
            if separator_due {
                data.push(SEPARATOR);
            }
            data.push_str(element.ai.as_str());
            data.push_str(&element.value);
            separator_due = !element.ai.has_predefined_length();
        }
        data
    }

    /// The form printed for people, with opening brackets inside values written `\(`.
    pub fn to_bracketed(&self) -> String {
        let mut text = String::new();
        for element in &self.elements {
            text.push('(');
            text.push_str(element.ai.as_str());
            text.push(')');
            text.push_str(&element.value.replace('(', "\\("));
        }
        text
    }

    /// Checks a value and appends it; `position` is that of the element in the text, from 1.
    pub(crate) fn push(
        &mut self,
        ai: Ai,
        value: &str,
        unknown: UnknownAi,
        position: usize,
    ) -> Result<(), ElementStringError> {
        let entry = ai.entry();
        if entry.is_none() && unknown == UnknownAi::Refuse {
            return Err(ElementStringError::UnknownAi {
                position,
                found: ai.as_str().to_owned(),
            });
        }
        check_value(entry, value).map_err(|error| ElementStringError::Value {
            ai,
            position,
            error,
        })?;
        self.elements.push(Element {
            ai,
            value: value.to_owned(),
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests;
