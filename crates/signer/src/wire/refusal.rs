//! Why nothing was signed.

use borsh::{BorshDeserialize, BorshSerialize};
use theriac_ledger::encoding::BoundedText;
use theriac_ledger::identifier::Height;

/// Longest sentence of a refusal.
pub const SENTENCE_BYTES_MAX: usize = 512;

/// Why nothing was signed: a code for programs, a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Refusal {
    /// What kind of refusal.
    pub code: RefusalCode,
    /// What is wrong and what to do.
    pub sentence: BoundedText<SENTENCE_BYTES_MAX>,
    /// With [`RefusalCode::Signed`]: the height of what was signed.
    pub height: Option<Height>,
}

/// What kind of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum RefusalCode {
    /// The bytes are no question of this version.
    Malformed,
    /// Another user of the machine asks.
    Caller,
    /// The question is for another chain.
    Chain,
    /// What is to be signed names another key.
    Key,
    /// The signer's configuration does not allow it.
    NotAllowed,
    /// There was too much of it in a minute; later it is signed.
    OverLimit,
    /// Its time is too far from the signer's.
    Time,
    /// Something else was signed for that step, or something after it.
    Signed,
    /// The signing guard failed: the signer stops.
    Broken,
}

impl RefusalCode {
    /// Its name in logs and answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Caller => "caller",
            Self::Chain => "chain",
            Self::Key => "key",
            Self::NotAllowed => "not_allowed",
            Self::OverLimit => "over_limit",
            Self::Time => "time",
            Self::Signed => "signed",
            Self::Broken => "broken",
        }
    }
}

impl std::fmt::Display for RefusalCode {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

impl Refusal {
    /// A refusal; what is too long of its sentence is cut off.
    pub fn new(code: RefusalCode, sentence: &str) -> Self {
        let mut end = sentence.len().min(SENTENCE_BYTES_MAX);
        while !sentence.is_char_boundary(end) {
            end -= 1;
        }
        let kept: String = sentence[..end]
            .chars()
            .map(|character| {
                if character.is_control() {
                    ' '
                } else {
                    character
                }
            })
            .collect();
        Self {
            code,
            // Without control characters and within its bound; an empty one says less, not nothing.
            sentence: BoundedText::parse(kept.trim()).unwrap_or_default(),
            height: None,
        }
    }

    /// A refusal because of what was signed at a height.
    pub fn signed(height: Height, sentence: &str) -> Self {
        Self {
            height: Some(height),
            ..Self::new(RefusalCode::Signed, sentence)
        }
    }
}
