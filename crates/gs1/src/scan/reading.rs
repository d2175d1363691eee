//! From what a scanner sent to a code, and what to say of the scanner.

use super::{ScanError, ScanHint, ScanOptions, ScannedCode};

/// A text, read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// What it says, or the rule it breaks.
    pub code: Result<ScannedCode, ScanError>,
    /// Other readings, for when the first is not on record: those of a text that lost its
    /// separators. The ledger decides; the guess counts only if exactly one is on record.
    pub alternatives: Vec<ScannedCode>,
    /// What to tell about the scanner.
    pub notes: Vec<String>,
}

impl Reading {
    /// Reads a code of any form. Where the text shows how the scanner is set wrong, it is read as it was
    /// meant, and a note says so. `reference_year` is the present year, for the century of dates.
    pub fn of(text: &str, reference_year: u16) -> Self {
        read(text, reference_year)
    }
}

fn read(text: &str, reference_year: u16) -> Reading {
    let options = ScanOptions::new(reference_year);
    let mut reading = Reading {
        code: ScannedCode::parse_with(text, &options),
        alternatives: ScannedCode::readings_without_separators(text, &options),
        notes: Vec::new(),
    };
    let Err(ScanError {
        hint: Some(hint), ..
    }) = &reading.code
    else {
        return reading;
    };
    let (code, note) = match hint {
        ScanHint::CaseInverted => (
            ScannedCode::parse_with(&swap_case(text), &options),
            "Capital and small letters came swapped: Caps Lock seems to be on. \
             The code was read as it was meant.",
        ),
        ScanHint::SeparatorSubstituted(substitute) => {
            let substitutes = [*substitute];
            let options = ScanOptions {
                substitutes: &substitutes,
                ..options
            };
            (
                ScannedCode::parse_with(text, &options),
                "The scanner sends another character in the place of the separator (GS). \
                 The code was read as it was meant; have the scanner set to send GS.",
            )
        }
        ScanHint::SeparatorLost | ScanHint::KeyboardLayout => return reading,
    };
    if code.is_ok() {
        reading.code = code;
        reading.notes.push(note.to_owned());
    }
    reading
}

/// Capital letters for small ones and the reverse, as Caps Lock sends them.
pub fn swap_case(text: &str) -> String {
    let swap = |letter: char| {
        if letter.is_ascii_uppercase() {
            letter.to_ascii_lowercase()
        } else {
            letter.to_ascii_uppercase()
        }
    };
    text.chars().map(swap).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GTIN: &str = "09506000134352";

    #[test]
    fn separator_that_the_scanner_replaces_is_restored_with_a_note() {
        let reading = read(&format!("]d201{GTIN}10ABC^21S1"), 2026);
        let code = reading.code.unwrap();
        assert_eq!(code.lot.unwrap().as_str(), "ABC");
        assert_eq!(code.serial.unwrap().as_str(), "S1");
        assert!(
            reading.notes[0].contains("separator"),
            "{:?}",
            reading.notes
        );
    }

    #[test]
    fn scan_with_caps_lock_is_read_as_meant_with_a_note() {
        let reading = read(&format!("]D201{GTIN}10abc\u{1d}21s1"), 2026);
        assert_eq!(reading.code.unwrap().lot.unwrap().as_str(), "ABC");
        assert!(
            reading.notes[0].contains("Caps Lock"),
            "{:?}",
            reading.notes
        );
    }

    #[test]
    fn text_without_separators_has_other_readings() {
        let reading = read(&format!("01{GTIN}10ABC21S1"), 2026);
        assert!(
            reading
                .alternatives
                .iter()
                .any(|code| code.lot.is_some_and(|lot| lot.as_str() == "ABC"))
        );
    }

    #[test]
    fn unreadable_text_stays_unreadable_and_says_why() {
        let reading = read(&format!("(01){}", "09506000134353"), 2026);
        assert!(
            reading
                .code
                .unwrap_err()
                .to_string()
                .contains("check digit")
        );
    }
}
