//! What a code says.

use crate::error::ContentError;

/// Longest Digital Link on a label: host and path prefix, GTIN, lot and serial of 20 characters with
/// every character percent-encoded, and a few attributes. Keeps the QR code below version 20.
pub const MAX_DIGITAL_LINK_CHARS: usize = 400;

/// Longest element string on a label: GTIN, lot, serial, expiry and a national number take 86.
pub const MAX_ELEMENT_STRING_CHARS: usize = 200;

/// GS, the separator between elements of a GS1 element string.
const GROUP_SEPARATOR: char = '\u{1d}';

/// The symbol a content is drawn in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// QR code (ISO/IEC 18004), AIM identifier `]Q1`.
    Qr,
    /// GS1 DataMatrix (ISO/IEC 16022, ECC 200, FNC1 first), AIM identifier `]d2`.
    DataMatrix,
}

impl Carrier {
    /// The AIM identifier a scanner sends before the content (ISO/IEC 15424).
    pub fn aim_identifier(self) -> &'static str {
        match self {
            Self::Qr => "]Q1",
            Self::DataMatrix => "]d2",
        }
    }
}

/// The content of one code, fit for its carrier. What the identifiers mean is checked by whoever
/// built the text; here only its shape is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelContent {
    carrier: Carrier,
    // Invariant: printable ASCII, plus GS for a DataMatrix; at most the carrier's limit.
    text: String,
}

impl LabelContent {
    /// A GS1 Digital Link URI, to be drawn as a QR code. Characters outside printable ASCII must be
    /// percent-encoded before.
    pub fn digital_link(uri: impl Into<String>) -> Result<Self, ContentError> {
        let text = uri.into();
        check_length(&text, MAX_DIGITAL_LINK_CHARS)?;
        for (position, character) in text.chars().enumerate() {
            if !character.is_ascii_graphic() {
                let hint = "percent-encode it";
                return Err(ContentError::Character {
                    character,
                    position,
                    hint,
                });
            }
        }
        // A scheme is read in either case (RFC 3986 section 3.1); capitals make a smaller QR code.
        let host = ["https://", "http://"].iter().find_map(|scheme| {
            let (start, rest) = text.split_at_checked(scheme.len())?;
            start.eq_ignore_ascii_case(scheme).then_some(rest)
        });
        if host.is_none_or(|rest| rest.is_empty() || rest.starts_with('/')) {
            return Err(ContentError::NotALink);
        }
        Ok(Self {
            carrier: Carrier::Qr,
            text,
        })
    }

    /// A GS1 element string, to be drawn as a DataMatrix: application identifiers and values, GS
    /// (0x1D) after each variable field that is not last, without FNC1, AIM prefix or brackets.
    /// GS1 General Specifications, section 7.8 (processing of data from a GS1 symbology).
    pub fn element_string(elements: impl Into<String>) -> Result<Self, ContentError> {
        let text = elements.into();
        check_length(&text, MAX_ELEMENT_STRING_CHARS)?;
        let last = text.chars().count().saturating_sub(1);
        let mut previous = None;
        for (position, character) in text.chars().enumerate() {
            if character == GROUP_SEPARATOR {
                if position == last || previous == Some(GROUP_SEPARATOR) {
                    return Err(ContentError::NeedlessSeparator { position });
                }
            } else if !character.is_ascii_graphic() {
                let hint = "use the characters of GS1 character set 82";
                return Err(ContentError::Character {
                    character,
                    position,
                    hint,
                });
            }
            previous = Some(character);
        }
        if !text.chars().take(2).all(|c| c.is_ascii_digit()) || text.len() < 3 {
            return Err(ContentError::NotAnElementString);
        }
        Ok(Self {
            carrier: Carrier::DataMatrix,
            text,
        })
    }

    /// The symbol this content is drawn in.
    pub fn carrier(&self) -> Carrier {
        self.carrier
    }

    /// The text a scanner gives back, without AIM prefix.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn check_length(text: &str, limit: usize) -> Result<(), ContentError> {
    if text.is_empty() {
        return Err(ContentError::Empty);
    }
    let chars = text.chars().count();
    if chars > limit {
        return Err(ContentError::TooLong { chars, limit });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scheme_in_capitals_makes_a_link_too() {
        let link = "HTTP://127.0.0.1:8080/01/09506000134376/10/G-1/21/ABC";
        assert_eq!(LabelContent::digital_link(link).unwrap().as_str(), link);
        assert!(LabelContent::digital_link("HTTP:///01/09506000134376").is_err());
    }

    #[test]
    fn a_link_without_a_host_is_refused() {
        for text in ["https://", "https:///01/1", "ftp://a/01/1", "01/0950"] {
            assert_eq!(
                LabelContent::digital_link(text),
                Err(ContentError::NotALink),
                "{text}"
            );
        }
    }

    #[test]
    fn a_link_with_a_space_names_its_place() {
        let error = LabelContent::digital_link("https://a.b/10/A B").unwrap_err();
        assert!(matches!(
            error,
            ContentError::Character {
                character: ' ',
                position: 16,
                ..
            }
        ));
    }

    #[test]
    fn an_element_string_with_brackets_or_prefix_is_refused() {
        for text in [
            "(01)09506000134352",
            "]d20109506000134352",
            "\u{1d}0109506000134352",
            "01",
        ] {
            assert_eq!(
                LabelContent::element_string(text),
                Err(ContentError::NotAnElementString),
                "{text}"
            );
        }
    }

    #[test]
    fn a_separator_that_separates_nothing_is_refused() {
        assert_eq!(
            LabelContent::element_string("10AB\u{1d}"),
            Err(ContentError::NeedlessSeparator { position: 4 })
        );
        assert_eq!(
            LabelContent::element_string("10AB\u{1d}\u{1d}21X"),
            Err(ContentError::NeedlessSeparator { position: 5 })
        );
    }

    #[test]
    fn a_content_over_the_limit_is_refused() {
        let error = LabelContent::element_string("10".repeat(101)).unwrap_err();
        assert_eq!(
            error,
            ContentError::TooLong {
                chars: 202,
                limit: 200
            }
        );
    }
}
