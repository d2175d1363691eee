//! Digits and the check digit shared by GTIN, SSCC and GLN.

use crate::error::{IdentifierError, IdentifierKind};

/// Reads exactly `N` ASCII digits.
pub(crate) fn parse_digits<const N: usize>(
    text: &str,
    kind: IdentifierKind,
    expected: &'static str,
) -> Result<[u8; N], IdentifierError> {
    check_all_digits(text, kind)?;
    text.as_bytes()
        .try_into()
        .map_err(|_| IdentifierError::Length {
            kind,
            expected,
            found: text.len(),
        })
}

/// Refuses the first character that is not an ASCII digit.
pub(crate) fn check_all_digits(text: &str, kind: IdentifierKind) -> Result<(), IdentifierError> {
    match text
        .chars()
        .enumerate()
        .find(|(_, character)| !character.is_ascii_digit())
    {
        None => Ok(()),
        Some((index, found)) => Err(IdentifierError::NotADigit {
            kind,
            position: index.saturating_add(1),
            found,
        }),
    }
}

/// The check digit, as an ASCII digit, of a payload of ASCII digits.
///
/// Weights 3 and 1 alternate from the right, starting with 3 (GS1 General Specifications,
/// section 7.9.1, standard check digit calculations).
pub(crate) fn check_digit(payload: &[u8]) -> u8 {
    // Invariant: payloads are at most 18 digits, so the sum stays below 18 * 27.
    let sum: u32 = payload
        .iter()
        .rev()
        .zip([3_u32, 1].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit.wrapping_sub(b'0')) * weight)
        .sum();
    let value = (10 - sum % 10) % 10;
    b'0' + u8::try_from(value).expect("a remainder of ten fits a byte")
}

/// Refuses digits whose last one is not the check digit of the others.
pub(crate) fn check_check_digit(
    digits: &[u8],
    kind: IdentifierKind,
) -> Result<(), IdentifierError> {
    let Some((found, payload)) = digits.split_last() else {
        return Ok(());
    };
    let expected = check_digit(payload);
    if *found == expected {
        Ok(())
    } else {
        Err(IdentifierError::CheckDigit {
            kind,
            expected: char::from(expected),
            found: char::from(*found),
        })
    }
}

/// The text of bytes that are ASCII by construction.
pub(crate) fn ascii_text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("identifiers hold ASCII only")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_of_published_numbers() {
        for (payload, expected) in [
            ("629104150021", b'3'),
            ("37610425002123456", b'9'),
            ("0952012345678", b'8'),
            ("0234567", b'3'),
        ] {
            assert_eq!(check_digit(payload.as_bytes()), expected, "{payload}");
        }
    }
}
