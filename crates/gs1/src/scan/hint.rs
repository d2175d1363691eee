//! Signs of a scanner or keyboard set wrong, the commonest cause of false alarms.

use std::fmt;

use crate::ai::ValueError;
use crate::element_string::{ElementStringError, SEPARATOR};
use crate::scan::error::ScanReason;
use crate::scan::options::SeparatorSubstitute;
use crate::scan::symbology::Symbology;

/// What a refused text looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ScanHint {
    /// Letters whose case is known are inverted: Caps Lock is on.
    CaseInverted,
    /// Two fields run into each other: the scanner drops the separator.
    SeparatorLost,
    /// A text that scanners send in the place of the separator.
    SeparatorSubstituted(SeparatorSubstitute),
    /// Characters that the digit keys of another keyboard layout give.
    KeyboardLayout,
}

impl fmt::Display for ScanHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CaseInverted => f.write_str("the case is inverted, perhaps Caps Lock is on"),
            Self::SeparatorLost => {
                f.write_str("two fields run together, perhaps the scanner drops the separator")
            }
            Self::SeparatorSubstituted(substitute) => {
                let spelling = substitute.spellings().first().copied().unwrap_or_default();
                write!(
                    f,
                    "perhaps the scanner sends {spelling} for the separator: allow it"
                )
            }
            Self::KeyboardLayout => {
                f.write_str("perhaps the scanner is set to another keyboard layout")
            }
        }
    }
}

/// What the digit row of a French keyboard gives without shift, and what the closing bracket becomes
/// on a French or Nordic one; no GS1 code begins with them.
const LAYOUT_SIGNS: [char; 7] = ['é', 'è', 'ç', 'à', '§', '¨', 'å'];

/// Looks at a refused text for a sign.
pub(super) fn find_hint(text: &str, reason: &ScanReason) -> Option<ScanHint> {
    if let ScanReason::TooLong { .. } | ScanReason::Empty = reason {
        return None;
    }
    let inverted_word = ["uRN:", "URN:EPC", "hTTP"]
        .iter()
        .any(|start| text.starts_with(start));
    if inverted_word || text.get(..3).is_some_and(Symbology::is_inverted) && is_symbology(reason) {
        return Some(ScanHint::CaseInverted);
    }
    if text.starts_with(LAYOUT_SIGNS) || text.starts_with("+d2") || text.starts_with("+Q") {
        return Some(ScanHint::KeyboardLayout);
    }
    let is_marked = text.starts_with(']') || text.starts_with(|first: char| first.is_ascii_digit());
    let ScanReason::Elements(error) = reason else {
        return None;
    };
    let substitute = SeparatorSubstitute::ALL.into_iter().find(|substitute| {
        substitute
            .spellings()
            .iter()
            .any(|part| text.contains(part))
    });
    match (substitute, error) {
        (Some(substitute), _) if is_marked => Some(ScanHint::SeparatorSubstituted(substitute)),
        (
            None,
            ElementStringError::Value {
                ai,
                error: ValueError::TooLong { .. },
                ..
            },
        ) if !ai.has_predefined_length() && !text.contains(SEPARATOR) => {
            Some(ScanHint::SeparatorLost)
        }
        _ => None,
    }
}

fn is_symbology(reason: &ScanReason) -> bool {
    matches!(reason, ScanReason::Symbology { .. })
}
