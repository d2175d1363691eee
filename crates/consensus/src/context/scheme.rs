//! The signature scheme: Ed25519 with the one strict rule of `theriac_crypto`.

use arc_malachitebft_app_channel::app::types::core::SigningScheme;
use theriac_crypto::{PublicKey, Signature, SigningKey};

/// Ed25519, checked by [`theriac_crypto::verify`] and nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StrictEd25519;

/// Why bytes are no key or signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} bytes, found {found}")]
pub struct SchemeError {
    /// Bytes that the form has.
    pub expected: usize,
    /// Bytes found.
    pub found: usize,
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], SchemeError> {
    bytes.try_into().map_err(|_| SchemeError {
        expected: N,
        found: bytes.len(),
    })
}

impl SigningScheme for StrictEd25519 {
    type DecodingError = SchemeError;
    type Signature = Signature;
    type PublicKey = PublicKey;
    type PrivateKey = SigningKey;

    fn decode_signature(bytes: &[u8]) -> Result<Signature, SchemeError> {
        fixed(bytes).map(Signature)
    }

    fn encode_signature(signature: &Signature) -> Vec<u8> {
        signature.0.to_vec()
    }

    fn decode_public_key(bytes: &[u8]) -> Result<PublicKey, SchemeError> {
        fixed(bytes).map(PublicKey)
    }

    fn encode_public_key(key: &PublicKey) -> Vec<u8> {
        key.0.to_vec()
    }
}
