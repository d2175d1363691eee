//! Up to 20 characters of GS1 character set 82, kept inline so that identifiers stay `Copy`.

use crate::character_set::is_character_set_82;
use crate::digits::ascii_text;
use crate::error::{IdentifierError, IdentifierKind};

/// The most characters a lot or serial number has.
const CHARACTERS_MAX: usize = 20;

/// Invariant: characters first, then zero bytes; so the derived order is that of the text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ShortText {
    bytes: [u8; CHARACTERS_MAX],
    length: u8,
}

impl ShortText {
    /// Reads 1 to 20 characters of the set.
    pub(crate) fn parse(text: &str, kind: IdentifierKind) -> Result<Self, IdentifierError> {
        let stranger = text
            .chars()
            .enumerate()
            .find(|(_, character)| !is_character_set_82(*character));
        if let Some((index, found)) = stranger {
            let position = index.saturating_add(1);
            return Err(IdentifierError::NotInCharacterSet82 {
                kind,
                position,
                found,
            });
        }
        let found = text.len();
        let refusal = IdentifierError::Length {
            kind,
            expected: "1 to 20",
            found,
        };
        if text.is_empty() {
            return Err(refusal);
        }
        let mut bytes = [0; CHARACTERS_MAX];
        let Some(target) = bytes.get_mut(..found) else {
            return Err(refusal);
        };
        target.copy_from_slice(text.as_bytes());
        let length = u8::try_from(found).expect("at most 20");
        Ok(Self { bytes, length })
    }

    pub(crate) fn as_str(&self) -> &str {
        ascii_text(self.as_bytes())
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes
            .get(..usize::from(self.length))
            .expect("the length is at most 20")
    }

    pub(crate) fn length(self) -> u8 {
        self.length
    }
}
