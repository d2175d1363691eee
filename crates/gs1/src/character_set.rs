//! The character sets of AI data: 82, 39 and 64 (GS1 General Specifications, section 7.11).

/// Says whether a character belongs to GS1 AI encodable character set 82.
///
/// The set is the invariant part of ISO/IEC 646: digits, letters and twenty punctuation marks,
/// without space, `#`, `$`, `@`, brackets, braces, backslash, caret, grave accent, bar and tilde.
pub fn is_character_set_82(character: char) -> bool {
    character.is_ascii_alphanumeric()
        || matches!(
            character,
            '!' | '"'
                | '%'
                | '&'
                | '\''
                | '('
                | ')'
                | '*'
                | '+'
                | ','
                | '-'
                | '.'
                | '/'
                | ':'
                | ';'
                | '<'
                | '='
                | '>'
                | '?'
                | '_'
        )
}

/// Says whether a character belongs to character set 39: digits, upper case, `#`, `-` and `/`.
pub(crate) fn is_character_set_39(character: char) -> bool {
    character.is_ascii_digit()
        || character.is_ascii_uppercase()
        || matches!(character, '#' | '-' | '/')
}

/// Says whether a character belongs to the file-safe, URI-safe base64 alphabet or its padding.
pub(crate) fn is_character_set_64(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '=')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn character_set_82_has_82_members() {
        let members = (0..=u8::MAX)
            .filter(|byte| is_character_set_82(char::from(*byte)))
            .count();
        assert_eq!(members, 82);
    }

    #[test]
    fn character_set_39_has_39_members() {
        let members = (0..=u8::MAX)
            .filter(|byte| is_character_set_39(char::from(*byte)))
            .count();
        assert_eq!(members, 39);
    }
}
