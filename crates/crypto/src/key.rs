//! Ed25519 keys.

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::CryptoRng;

use crate::hexadecimal_text;
use crate::{Digest, Signature};

/// The 32 bytes of an Ed25519 public key, as they are hashed and stored.
///
/// Any bytes decode: a key is judged by [`PublicKey::check`] when it is registered, and by
/// [`crate::verify`] whenever it is used.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct PublicKey(pub [u8; 32]);

hexadecimal_text!(PublicKey, 32);

/// Why a public key may not be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PublicKeyError {
    /// The bytes are no point of the curve.
    #[error("the public key is not a point of the curve")]
    NotAPoint,
    /// Another encoding of the same point exists.
    #[error("the public key is not in canonical form")]
    NotCanonical,
    /// The point has small order, or a part of small order: signatures under it prove nothing.
    #[error("the public key has a part of small order")]
    SmallOrder,
}

impl PublicKey {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// What registration demands of a key: a canonical point without a part of small order.
    pub fn check(&self) -> Result<(), PublicKeyError> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(&self.0)
            .map_err(|_| PublicKeyError::NotAPoint)?;
        let point = key.to_edwards();
        if point.compress().to_bytes() != self.0 {
            return Err(PublicKeyError::NotCanonical);
        }
        if key.is_weak() || !point.is_torsion_free() {
            return Err(PublicKeyError::SmallOrder);
        }
        Ok(())
    }
}

/// An Ed25519 private key; wiped when dropped, never printed.
#[derive(Clone)]
pub struct SigningKey(pub(crate) ed25519_dalek::SigningKey);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "SigningKey({}…)",
            &self.public_key().to_string()[..8]
        )
    }
}

impl SigningKey {
    /// A new key from a cryptographic generator.
    pub fn generate(generator: &mut impl CryptoRng) -> Self {
        Self(ed25519_dalek::SigningKey::generate(generator))
    }

    /// The key of a 32-byte seed (RFC 8032 section 5.1.5).
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        Self(ed25519_dalek::SigningKey::from_bytes(seed))
    }

    /// The seed, for handing the key to a component with its own key type (the peer network).
    pub fn to_seed(&self) -> zeroize::Zeroizing<[u8; 32]> {
        zeroize::Zeroizing::new(self.0.to_bytes())
    }

    /// The public half.
    pub fn public_key(&self) -> PublicKey {
        PublicKey(self.0.verifying_key().to_bytes())
    }

    /// Signs a digest. There is no way to sign bytes that carry no tag.
    pub fn sign(&self, message: &Digest) -> Signature {
        use ed25519_dalek::Signer as _;
        Signature(self.0.sign(&message.0).to_bytes())
    }
}
