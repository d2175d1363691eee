//! Proof that whoever registers a key holds its private half.

use crate::{Digest, Digester, PublicKey, Signature, SignatureError, SigningKey, verify};

/// What is signed to prove possession: `digest("possession", nonce ‖ key)`.
///
/// `nonce` is the ceremony's 32 bytes at genesis, so that a proof serves one ceremony only.
pub fn possession_digest(nonce: &[u8; 32], key: &PublicKey) -> Digest {
    Digester::new("possession")
        .chain(nonce)
        .chain(&key.0)
        .finish()
}

/// Signs the proof.
pub fn prove_possession(nonce: &[u8; 32], key: &SigningKey) -> Signature {
    key.sign(&possession_digest(nonce, &key.public_key()))
}

/// Checks a proof; the key itself is judged by [`PublicKey::check`].
pub fn verify_possession(
    nonce: &[u8; 32],
    key: &PublicKey,
    proof: &Signature,
) -> Result<(), SignatureError> {
    verify(key, &possession_digest(nonce, key), proof)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_serves_one_ceremony_only() {
        let key = SigningKey::from_seed(&[1; 32]);
        let proof = prove_possession(&[5; 32], &key);
        assert!(verify_possession(&[5; 32], &key.public_key(), &proof).is_ok());
        assert!(verify_possession(&[6; 32], &key.public_key(), &proof).is_err());
    }
}
