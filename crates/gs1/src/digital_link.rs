//! GS1 Digital Link URIs (GS1 Digital Link Standard: URI Syntax, release 1.6, uncompressed form).

mod build;
mod error;
mod parse;
mod words;

use std::fmt;

pub use error::DigitalLinkError;

use crate::element_string::{ElementString, UnknownAi};
use crate::percent::{UriPart, percent_encode};

/// Whether names of the first edition, such as `gtin` for `01`, are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WordForm {
    /// Read them in the path, and `exp` in the query of a link that uses them.
    #[default]
    Accept,
    /// Only digits name an identifier.
    Refuse,
}

/// How links are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DigitalLinkOptions {
    /// Names instead of digits.
    pub words: WordForm,
    /// Query keys of digits that GS1 has not assigned.
    pub unknown: UnknownAi,
}

/// A Digital Link URI: where it leads, and the elements it names.
///
/// Invariant: the first element is a primary key; its qualifiers follow in their order; the rest
/// are attributes; no identifier stands twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigitalLink {
    stem: String,
    elements: ElementString,
    path_elements: usize,
    parameters: Vec<(String, String)>,
    fragment: Option<String>,
}

impl DigitalLink {
    /// Reads a link with the default options: words accepted, unassigned identifiers refused.
    ///
    /// A GTIN of 8, 12 or 13 digits is padded. Query keys that are not identifiers are kept apart.
    ///
    /// # Errors
    /// See [`DigitalLinkError`].
    pub fn parse(text: &str) -> Result<Self, DigitalLinkError> {
        Self::parse_with(text, DigitalLinkOptions::default())
    }

    /// Reads a link with the given options.
    ///
    /// # Errors
    /// See [`DigitalLinkError`].
    pub fn parse_with(text: &str, options: DigitalLinkOptions) -> Result<Self, DigitalLinkError> {
        parse::parse(text, options)
    }

    /// Makes the link of an item. The first primary key among the elements leads the path, its
    /// qualifiers follow in the order of the standard, all others become attributes.
    ///
    /// `base` is scheme, host and an optional path, such as `https://id.gs1.org`.
    ///
    /// # Errors
    /// A base that is not such a URI, no primary key, an element that a link cannot carry.
    pub fn build(base: &str, elements: &ElementString) -> Result<Self, DigitalLinkError> {
        build::build(base, elements)
    }

    /// Scheme, host and path before the primary key, without a slash at the end.
    pub fn stem(&self) -> &str {
        &self.stem
    }

    /// Primary key, qualifiers, attributes.
    pub fn elements(&self) -> &ElementString {
        &self.elements
    }

    /// Query parameters that are not identifiers, such as `linkType`, decoded, in order.
    pub fn parameters(&self) -> &[(String, String)] {
        &self.parameters
    }

    /// The text after `#`, not decoded.
    pub fn fragment(&self) -> Option<&str> {
        self.fragment.as_deref()
    }
}

/// The URI of the elements alone: parameters and fragment are left out.
impl fmt::Display for DigitalLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.stem)?;
        let elements = self.elements.elements();
        let (path, attributes) = elements.split_at(self.path_elements.min(elements.len()));
        for element in path {
            let value = percent_encode(element.value(), UriPart::Path);
            write!(f, "/{}/{value}", element.ai().as_str())?;
        }
        for (index, element) in attributes.iter().enumerate() {
            let mark = if index == 0 { '?' } else { '&' };
            let value = percent_encode(element.value(), UriPart::Query);
            write!(f, "{mark}{}={value}", element.ai().as_str())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
