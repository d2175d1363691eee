use thiserror::Error;

use crate::ai::Ai;
use crate::element_string::ElementStringError;

/// Why a Digital Link URI was refused or could not be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DigitalLinkError {
    /// Longer than any carrier holds.
    #[error("the link has more than {most} characters, more than any carrier holds")]
    TooLong {
        /// The most characters.
        most: usize,
    },
    /// A character that a URI does not hold unescaped.
    #[error("character {position} of the link is {found:?}, which a URI must escape")]
    Character {
        /// Character position, from 1.
        position: usize,
        /// The character found.
        found: char,
    },
    /// Another scheme than `http` or `https`, in lower case or in upper case throughout.
    #[error("a link begins with https:// or http://")]
    Scheme,
    /// The host is missing or has a character that host names do not have.
    #[error("the host {host:?} of the link is not a host name or address")]
    Host {
        /// The host, with the port.
        host: String,
    },
    /// The base of a link to build has a query or a fragment.
    #[error("the base of a link has no query and no fragment")]
    Base,
    /// No segment of the path, at its place, is a primary key.
    #[error("the path ends with no primary key, such as /01/ and a GTIN, and its qualifiers")]
    NoPrimaryKey,
    /// A link in the compressed form.
    #[error("the link is in the compressed form, which is not supported")]
    Compressed,
    /// The elements have no primary key of a link.
    #[error("none of the elements is a primary key of a link, such as (01)")]
    NothingToLink,
    /// A qualifier that the key does not have, or out of order.
    #[error("{qualifier} does not follow here: {key} takes qualifiers in this order: {}", in_words(.sequences))]
    Qualifier {
        /// The primary key.
        key: Ai,
        /// The first qualifier out of place.
        qualifier: Ai,
        /// The sequences that the key allows.
        sequences: &'static [&'static [&'static str]],
    },
    /// An identifier in the query that does not belong there.
    #[error("{ai} is not an attribute of {key}, so it does not stand in the query")]
    NotAnAttribute {
        /// The primary key.
        key: Ai,
        /// The identifier in the query.
        ai: Ai,
    },
    /// An identifier twice.
    #[error("{ai} is there twice")]
    Repeated {
        /// The identifier.
        ai: Ai,
    },
    /// A query key of digits that is no identifier at all.
    #[error("the query key {found:?} is of digits, and no application identifier")]
    UnknownAi {
        /// The key.
        found: String,
    },
    /// Escapes that do not give text.
    #[error("the escaped value of {ai} is not text")]
    NotText {
        /// The identifier.
        ai: Ai,
    },
    /// An element that its identifier does not allow.
    #[error(transparent)]
    Element {
        /// Why.
        error: ElementStringError,
    },
}

fn in_words(sequences: &[&[&str]]) -> String {
    if sequences.iter().all(|sequence| sequence.is_empty()) {
        return "none".to_owned();
    }
    let in_brackets = |sequence: &&[&str]| format!("({})", sequence.join(")("));
    sequences
        .iter()
        .map(in_brackets)
        .collect::<Vec<_>>()
        .join(" or ")
}
