//! Signatures and the one rule that verifies them.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::hexadecimal_text;
use crate::{Digest, PublicKey};

/// The 64 bytes of an Ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct Signature(pub [u8; 64]);

hexadecimal_text!(Signature, 64);

/// Why a signature does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The key is no usable point.
    #[error("the public key is not a point of the curve")]
    Key,
    /// The signature does not belong to this key and message.
    #[error("the signature does not match the key and the signed bytes")]
    Mismatch,
}

/// The one verification rule: RFC 8032 without cofactor, small-order keys and R refused
/// (`verify_strict`). Never the library's `verify` or `verify_batch`: those accept pairs that
/// depend on the order in which they are checked.
pub fn verify(
    key: &PublicKey,
    message: &Digest,
    signature: &Signature,
) -> Result<(), SignatureError> {
    let key = ed25519_dalek::VerifyingKey::from_bytes(&key.0).map_err(|_| SignatureError::Key)?;
    key.verify_strict(
        &message.0,
        &ed25519_dalek::Signature::from_bytes(&signature.0),
    )
    .map_err(|_| SignatureError::Mismatch)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{PublicKeyError, SigningKey, digest};

    const IDENTITY: [u8; 32] = {
        let mut bytes = [0; 32];
        bytes[0] = 1;
        bytes
    };

    #[test]
    fn an_honest_signature_is_accepted_and_any_flipped_bit_is_refused() {
        let key = SigningKey::from_seed(&[3; 32]);
        let message = digest("test", b"message");
        let signature = key.sign(&message);
        assert!(verify(&key.public_key(), &message, &signature).is_ok());
        for bit in 0..512 {
            let mut altered = signature;
            altered.0[bit / 8] ^= 1 << (bit % 8);
            assert!(
                verify(&key.public_key(), &message, &altered).is_err(),
                "bit {bit}"
            );
        }
    }

    #[test]
    fn the_identity_key_signs_nothing() {
        let key = PublicKey(IDENTITY);
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&IDENTITY);
        assert!(verify(&key, &digest("test", b"any"), &Signature(bytes)).is_err());
        assert_eq!(key.check(), Err(PublicKeyError::SmallOrder));
    }

    #[test]
    fn a_key_that_is_not_a_point_or_not_canonical_is_not_registered() {
        assert!(PublicKey([2; 32]).check().is_err());
        let mut identity_plus_p = [0xff; 32];
        identity_plus_p[0] = 0xee;
        identity_plus_p[31] = 0x7f;
        assert_eq!(
            PublicKey(identity_plus_p).check(),
            Err(PublicKeyError::NotCanonical)
        );
    }

    #[test]
    fn a_key_with_a_torsion_part_is_not_registered() {
        let honest = SigningKey::from_seed(&[9; 32])
            .0
            .verifying_key()
            .to_edwards();
        // The point of order two, (0, -1): y = p - 1.
        let mut order_two = [0xff; 32];
        order_two[0] = 0xec;
        order_two[31] = 0x7f;
        let torsion = ed25519_dalek::VerifyingKey::from_bytes(&order_two)
            .unwrap()
            .to_edwards();
        let mixed = PublicKey((honest + torsion).compress().to_bytes());
        assert_eq!(mixed.check(), Err(PublicKeyError::SmallOrder));
    }
}
