//! Checks of a value against the row of its application identifier.

use thiserror::Error;

use crate::ai::entry::{CharacterSet, Entry};
use crate::ai::rule::ValueRule;

/// Why the value of an application identifier was refused. Positions count from 1 in the value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ValueError {
    /// There is no value.
    #[error("it is empty")]
    Empty,
    /// The value ends too early.
    #[error("it has {found} characters, at least {expected} are needed")]
    TooShort {
        /// The fewest characters.
        expected: usize,
        /// Characters found.
        found: usize,
    },
    /// The value is longer than it may be.
    #[error("it has {found} characters, at most {expected} are allowed")]
    TooLong {
        /// The most characters.
        expected: usize,
        /// Characters found.
        found: usize,
    },
    /// A character of another set.
    #[error("its character {position} is {found:?}, only {allowed} are allowed there")]
    Character {
        /// Character position, from 1.
        position: usize,
        /// The character found.
        found: char,
        /// What may stand there, in words.
        allowed: &'static str,
    },
    /// A part that breaks a rule of its own.
    #[error("the part from its character {position} breaks a rule: {rule}")]
    Rule {
        /// Where the part begins, from 1.
        position: usize,
        /// The rule.
        rule: ValueRule,
    },
}

/// Checks a value; without an entry, for an unassigned identifier, only character set and length.
pub(crate) fn check_value(entry: Option<&Entry>, value: &str) -> Result<(), ValueError> {
    /// The longest value of any identifier, (91) to (99).
    const LONGEST: usize = 90;
    if value.is_empty() {
        return Err(ValueError::Empty);
    }
    if let Some(entry) = entry {
        return check_components(entry, value);
    }
    check_characters(CharacterSet::Set82, value, 0)?;
    if value.len() > LONGEST {
        return Err(ValueError::TooLong {
            expected: LONGEST,
            found: value.len(),
        });
    }
    Ok(())
}

fn check_components(entry: &Entry, value: &str) -> Result<(), ValueError> {
    let mut rest = value;
    let mut offset: usize = 0;
    for component in entry.components {
        if component.optional && rest.is_empty() {
            break;
        }
        let characters = rest.chars().count();
        let taken = characters.min(usize::from(component.longest));
        let split = rest
            .char_indices()
            .nth(taken)
            .map_or(rest.len(), |(index, _)| index);
        let (part, remainder) = rest.split_at(split);
        check_characters(component.set, part, offset)?;
        let shortest = usize::from(component.shortest);
        if taken < shortest {
            let expected = offset.saturating_add(shortest);
            return Err(ValueError::TooShort {
                expected,
                found: value.chars().count(),
            });
        }
        if let Some(rule) = component
            .rules
            .iter()
            .flatten()
            .find(|rule| !rule.holds(part))
        {
            let position = offset.saturating_add(1);
            return Err(ValueError::Rule {
                position,
                rule: *rule,
            });
        }
        rest = remainder;
        offset = offset.saturating_add(taken);
    }
    if rest.is_empty() {
        Ok(())
    } else {
        Err(ValueError::TooLong {
            expected: entry.longest(),
            found: value.chars().count(),
        })
    }
}

fn check_characters(set: CharacterSet, part: &str, offset: usize) -> Result<(), ValueError> {
    match part
        .chars()
        .enumerate()
        .find(|(_, character)| !set.holds(*character))
    {
        None => Ok(()),
        Some((index, found)) => Err(ValueError::Character {
            position: offset.saturating_add(index).saturating_add(1),
            found,
            allowed: set.name(),
        }),
    }
}
