//! What a scanned text asks, read here and not by the verifier that answers it.

use theriac_gs1::{ScanError, ScanHint, ScanOptions, ScannedCode};
use theriac_proof::Question;

/// Every question that a verifier may take the text for: as it stands, as a scanner that is set
/// wrong meant it, or, where it lost its separators, as any of its readings. Evidence about another
/// question is about another pack.
pub fn of(text: &str, reference_year: u16) -> Vec<Question> {
    let options = ScanOptions::new(reference_year);
    let meant = match ScannedCode::parse_with(text, &options) {
        Err(ScanError {
            hint: Some(hint), ..
        }) => as_meant(text, hint, &options),
        other => other,
    };
    let mut codes = ScannedCode::readings_without_separators(text, &options);
    codes.extend(meant);
    codes.iter().filter_map(Question::of).collect()
}

fn as_meant(
    text: &str,
    hint: ScanHint,
    options: &ScanOptions<'_>,
) -> Result<ScannedCode, ScanError> {
    match hint {
        ScanHint::CaseInverted => ScannedCode::parse_with(&swap_case(text), options),
        ScanHint::SeparatorSubstituted(substitute) => {
            let substitutes = &[substitute];
            let options = ScanOptions {
                substitutes,
                ..*options
            };
            ScannedCode::parse_with(text, &options)
        }
        ScanHint::SeparatorLost | ScanHint::KeyboardLayout => {
            ScannedCode::parse_with(text, options)
        }
    }
}

/// Capital letters for small ones and the reverse, as Caps Lock sends them.
fn swap_case(text: &str) -> String {
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

    fn lots(text: &str) -> Vec<String> {
        let questions = of(text, 2026);
        questions
            .iter()
            .filter_map(|question| question.lot)
            .map(|lot| lot.to_string())
            .collect()
    }

    #[test]
    fn bracketed_text_asks_one_question() {
        let questions = of(&format!("(01){GTIN}(17)271231(10)A1(21)S1"), 2026);
        let [question] = questions.as_slice() else {
            panic!("{questions:?}");
        };
        assert_eq!(
            question.to_string(),
            format!("(01){GTIN}(17)271231(10)A1(21)S1")
        );
    }

    #[test]
    fn text_of_a_scanner_set_wrong_asks_what_was_meant() {
        assert_eq!(lots(&format!("]d201{GTIN}10ABC^21S1")), ["ABC"]);
        assert_eq!(lots(&format!("]D201{GTIN}10abc\u{1d}21s1")), ["ABC"]);
    }

    #[test]
    fn text_without_separators_may_ask_any_of_its_readings() {
        let lots = lots(&format!("01{GTIN}10ABC21S1"));
        assert!(lots.contains(&"ABC".to_owned()), "{lots:?}");
        assert!(lots.contains(&"ABC21S1".to_owned()), "{lots:?}");
    }

    #[test]
    fn text_that_names_no_product_asks_nothing() {
        assert!(of("(00)395060001343520001", 2026).is_empty());
        assert!(of("what is this", 2026).is_empty());
        assert!(of("", 2026).is_empty());
    }
}
