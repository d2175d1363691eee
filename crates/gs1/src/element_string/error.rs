use thiserror::Error;

use crate::ai::{Ai, ValueError};

/// Why an element string was refused. Positions count characters of the text from 1.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ElementStringError {
    /// There are no elements.
    #[error("the text holds no element")]
    Empty,
    /// More than any carrier holds.
    #[error("the text has more than {most} characters, more than any carrier holds")]
    TooLong {
        /// The most characters.
        most: usize,
    },
    /// No assigned identifier stands where one must begin.
    #[error("no application identifier begins with {found:?} at character {position}")]
    UnknownAi {
        /// Character position.
        position: usize,
        /// Up to four characters found there.
        found: String,
    },
    /// The printed form needs an identifier in round brackets.
    #[error("at character {position} an identifier of two to four digits in brackets is expected")]
    Bracket {
        /// Character position.
        position: usize,
    },
    /// The value of an identifier is not allowed.
    #[error("the value of {ai} at character {position} is refused: {error}")]
    Value {
        /// The identifier.
        ai: Ai,
        /// Where the element begins.
        position: usize,
        /// Why, with positions inside the value.
        error: ValueError,
    },
    /// The same identifier twice, with different values.
    #[error("{ai} is there twice with different values")]
    Repeated {
        /// The identifier.
        ai: Ai,
    },
    /// Two identifiers that must not stand together.
    #[error("{ai} must not stand beside {other}")]
    Excluded {
        /// The identifier with the rule.
        ai: Ai,
        /// The identifier that breaks it.
        other: Ai,
    },
    /// An identifier without those it needs.
    #[error("{ai} needs {} beside it", in_words(.alternatives))]
    Required {
        /// The identifier with the rule.
        ai: Ai,
        /// Alternatives, each a group that must be there together; `n` stands for any digit.
        alternatives: &'static [&'static [&'static str]],
    },
    /// A digital signature, AI (8030), signs one item, so its key must have a serial part.
    #[error("(8030) signs one item, and {ai} has no serial component here")]
    SignatureWithoutSerial {
        /// The key without a serial part.
        ai: Ai,
    },
}

fn in_words(alternatives: &[&[&str]]) -> String {
    let groups: Vec<String> = alternatives
        .iter()
        .map(|group| {
            group
                .iter()
                .map(|part| format!("({part})"))
                .collect::<Vec<_>>()
                .join(" with ")
        })
        .collect();
    groups.join(" or ")
}
