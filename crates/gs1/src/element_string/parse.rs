//! Reading element strings, with separators and with brackets.

use crate::ai::Ai;
use crate::element_string::{
    CHARACTERS_MAX, ElementString, ElementStringError, SEPARATOR, UnknownAi,
};

/// A text with the count of characters read so far, so that refusals can name a position.
struct Cursor<'a> {
    rest: &'a str,
    position: usize,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Result<Self, ElementStringError> {
        // A character takes at least one byte, so this also bounds the work.
        if text.len() > CHARACTERS_MAX.saturating_mul(4) || text.chars().count() > CHARACTERS_MAX {
            return Err(ElementStringError::TooLong {
                most: CHARACTERS_MAX,
            });
        }
        Ok(Self {
            rest: text,
            position: 1,
        })
    }

    fn skip(&mut self, character: char) {
        if let Some(rest) = self.rest.strip_prefix(character) {
            self.rest = rest;
            self.position = self.position.saturating_add(1);
        }
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        self.position = self.position.saturating_add(taken.chars().count());
        taken
    }

    fn unknown_ai(&self) -> ElementStringError {
        let found = self.rest.chars().take(4).collect();
        ElementStringError::UnknownAi {
            position: self.position,
            found,
        }
    }
}

pub(super) fn parse_carrier_data(text: &str) -> Result<ElementString, ElementStringError> {
    let mut cursor = Cursor::new(text)?;
    cursor.skip(SEPARATOR);
    let mut list = ElementString::default();
    while !cursor.rest.is_empty() {
        let (ai, entry) = Ai::at_start_of(cursor.rest).ok_or_else(|| cursor.unknown_ai())?;
        let position = cursor.position;
        cursor.take(ai.as_str().len());
        let to_separator = cursor.rest.find(SEPARATOR).unwrap_or(cursor.rest.len());
        let length = if entry.predefined {
            let segment = &cursor.rest[..to_separator];
            segment
                .char_indices()
                .nth(entry.longest())
                .map_or(to_separator, |(index, _)| index)
        } else {
            to_separator
        };
        let value = cursor.take(length);
        list.push(ai, value, UnknownAi::Refuse, position)?;
        cursor.skip(SEPARATOR);
    }
    refuse_empty(list)
}

pub(super) fn parse_bracketed(
    text: &str,
    unknown: UnknownAi,
) -> Result<ElementString, ElementStringError> {
    let mut cursor = Cursor::new(text)?;
    let mut list = ElementString::default();
    while !cursor.rest.is_empty() {
        let position = cursor.position;
        let ai = bracketed_ai(cursor.rest).ok_or(ElementStringError::Bracket { position })?;
        cursor.take(ai.as_str().len().saturating_add(2));
        let value = cursor.take(value_length(cursor.rest));
        let value = value.trim_matches(|character: char| character.is_ascii_whitespace());
        list.push(ai, &value.replace("\\(", "("), unknown, position)?;
    }
    refuse_empty(list)
}

/// `(` digits `)` at the start of a text.
fn bracketed_ai(text: &str) -> Option<Ai> {
    let (digits, _) = text.strip_prefix('(')?.split_once(')')?;
    Ai::parse(digits)
}

/// Bytes up to the next opening bracket that no backslash precedes.
fn value_length(text: &str) -> usize {
    let mut before = '\0';
    for (index, character) in text.char_indices() {
        if character == '(' && before != '\\' {
            return index;
        }
        before = character;
    }
    text.len()
}

fn refuse_empty(list: ElementString) -> Result<ElementString, ElementStringError> {
    if list.elements().is_empty() {
        Err(ElementStringError::Empty)
    } else {
        Ok(list)
    }
}
