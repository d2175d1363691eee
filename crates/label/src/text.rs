//! The lines a person reads on a label.

use crate::error::TextError;

/// Longest line: a serial of 20 characters with its name takes 26; a product name gets the rest.
pub const MAX_LINE_CHARS: usize = 48;

/// Most lines on one label: product name, GTIN, lot, expiry, serial and three more.
pub const MAX_LINES: usize = 8;

/// Width of the names column, so that the values stand below each other.
const NAME_COLUMN_CHARS: usize = 5;

/// The text beside or below a code: an optional product name, then lines such as `LOT  ABC1`.
///
/// A PNG shows printable ASCII; any other character becomes a hollow box there. An SVG shows all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LabelText {
    // Invariant: at most MAX_LINES, each at most MAX_LINE_CHARS, no control characters.
    lines: Vec<String>,
}

impl LabelText {
    /// No text yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts the product's name on the first line.
    pub fn with_title(mut self, title: &str) -> Result<Self, TextError> {
        let line = checked_line(title.to_owned())?;
        self.check_room()?;
        self.lines.insert(0, line);
        Ok(self)
    }

    /// Adds a line: what it is (`GTIN`, `LOT`, `EXP`, `SN`, `SSCC`) and its value.
    pub fn with_line(mut self, name: &str, value: &str) -> Result<Self, TextError> {
        let line = checked_line(format!("{name:<NAME_COLUMN_CHARS$}{value}"))?;
        self.check_room()?;
        self.lines.push(line);
        Ok(self)
    }

    /// The lines, top to bottom.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    fn check_room(&self) -> Result<(), TextError> {
        if self.lines.len() >= MAX_LINES {
            return Err(TextError::TooManyLines { limit: MAX_LINES });
        }
        Ok(())
    }
}

fn checked_line(line: String) -> Result<String, TextError> {
    let chars = line.chars().count();
    if chars > MAX_LINE_CHARS {
        let line = line.chars().take(MAX_LINE_CHARS).collect();
        return Err(TextError::LineTooLong {
            line,
            chars,
            limit: MAX_LINE_CHARS,
        });
    }
    // U+FFFE and U+FFFF are not characters of XML 1.0 and would spoil the SVG.
    let found = line
        .chars()
        .enumerate()
        .find(|(_, c)| c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'));
    match found {
        Some((position, character)) => Err(TextError::ControlCharacter {
            character,
            position,
        }),
        None => Ok(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_below_each_other_and_the_name_comes_first() {
        let text = LabelText::new()
            .with_line("GTIN", "09506000134352")
            .and_then(|t| t.with_line("SN", "1"))
            .and_then(|t| t.with_title("Theriac"))
            .unwrap();
        assert_eq!(text.lines(), ["Theriac", "GTIN 09506000134352", "SN   1"]);
    }

    #[test]
    fn a_long_line_a_ninth_line_and_a_control_character_are_refused() {
        assert!(matches!(
            LabelText::new().with_title(&"x".repeat(49)),
            Err(TextError::LineTooLong { chars: 49, .. })
        ));
        let full = (0..MAX_LINES)
            .try_fold(LabelText::new(), |t, _| t.with_line("A", "b"))
            .unwrap();
        assert_eq!(
            full.with_line("A", "b"),
            Err(TextError::TooManyLines { limit: MAX_LINES })
        );
        assert!(matches!(
            LabelText::new().with_line("LOT", "A\u{1d}"),
            Err(TextError::ControlCharacter { position: 6, .. })
        ));
    }
}
