//! The one digest: SHA3-256 with a tag.

use borsh::{BorshDeserialize, BorshSerialize};
use sha3::{Digest as _, Sha3_256};

use crate::hexadecimal_text;

/// 32 bytes of tagged SHA3-256.
#[derive(
    Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct Digest(pub [u8; 32]);

hexadecimal_text!(Digest, 32);

impl Digest {
    /// Thirty-two zero bytes: "none" where a layout needs a digest.
    pub const ZERO: Self = Self([0; 32]);

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// `SHA3-256("theriac/" ‖ tag ‖ "/v1" ‖ 0x00 ‖ bytes)`.
///
/// The tag says what the bytes are; two purposes never share one.
pub fn digest(tag: &str, bytes: &[u8]) -> Digest {
    Digester::new(tag).chain(bytes).finish()
}

/// [`digest`] of bytes that come in pieces; the pieces are concatenated, nothing stands between them.
#[derive(Clone, Debug)]
pub struct Digester(Sha3_256);

impl Digester {
    /// Starts a digest for `tag`.
    pub fn new(tag: &str) -> Self {
        let mut hasher = Sha3_256::new();
        hasher.update(b"theriac/");
        hasher.update(tag.as_bytes());
        hasher.update(b"/v1\0");
        Self(hasher)
    }

    /// Appends bytes.
    #[must_use]
    pub fn chain(mut self, bytes: &[u8]) -> Self {
        self.0.update(bytes);
        self
    }

    /// The digest of everything appended.
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_separates_equal_bytes() {
        assert_ne!(digest("block", b"x"), digest("transaction", b"x"));
    }

    #[test]
    fn pieces_and_whole_agree() {
        assert_eq!(
            Digester::new("t").chain(b"a").chain(b"bc").finish(),
            digest("t", b"abc")
        );
    }

    #[test]
    fn a_digest_is_plain_sha3_of_the_prefixed_bytes() {
        let expected: [u8; 32] = Sha3_256::digest(b"theriac/pack/v1\0abc").into();
        assert_eq!(digest("pack", b"abc").0, expected);
    }

    #[test]
    fn hexadecimal_reads_back() {
        let value = digest("t", b"");
        assert_eq!(value.to_string().parse(), Ok(value));
        assert_eq!(
            serde_json::from_str::<Digest>(&format!("\"{value}\"")).unwrap(),
            value
        );
        assert!("zz".parse::<Digest>().is_err());
    }
}
