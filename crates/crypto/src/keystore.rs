//! Private keys at rest: encrypted PKCS#8 in PEM (RFC 5958, RFC 8018), which openssl also opens.
//!
//! The key derivation is scrypt with N = 2^14, r = 8, p = 5: the cost that the OWASP password
//! storage guidance gives for 16 MiB, which is what openssl allows itself by default.

use ed25519_dalek::pkcs8::KeypairBytes;
use pkcs8::der::{Decode as _, SecretDocument, pem::LineEnding};
use pkcs8::pkcs5::{pbes2, scrypt};
use pkcs8::{EncodePrivateKey as _, EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::SigningKey;

const LABEL: &str = "ENCRYPTED PRIVATE KEY";
const SCRYPT_LOG_N: u8 = 14;
const SCRYPT_R: u32 = 8;
const SCRYPT_P: u32 = 5;

/// Longest PEM text that is read: a key of ours is about 400 bytes.
pub const PEM_LENGTH_MAX: usize = 4096;

/// Why a key could not be encrypted.
#[derive(Debug, thiserror::Error)]
pub enum EncryptError {
    /// The encoding failed.
    #[error("the private key could not be encoded")]
    Encoding(#[source] pkcs8::Error),
}

/// Why an encrypted key could not be opened.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecryptError {
    /// Longer than any key of ours.
    #[error("the key file is longer than {PEM_LENGTH_MAX} bytes")]
    TooLong,
    /// Not an encrypted PKCS#8 PEM text.
    #[error("the key file is not an encrypted PKCS#8 key in PEM form")]
    Format,
    /// Wrong passphrase, or altered bytes.
    #[error("the passphrase does not open the key")]
    Passphrase,
    /// It opened, but to a key of another kind.
    #[error("the key is not an Ed25519 private key")]
    Algorithm,
}

/// Encrypts a key under a passphrase, as PEM text.
pub fn encrypt_pem(
    key: &SigningKey,
    passphrase: &[u8],
    generator: &mut impl CryptoRng,
) -> Result<Zeroizing<String>, EncryptError> {
    let mut salt = [0; 16];
    let mut iv = [0; 16];
    generator.fill_bytes(&mut salt);
    generator.fill_bytes(&mut iv);
    let cost = scrypt::Params::new(SCRYPT_LOG_N, SCRYPT_R, SCRYPT_P)
        .expect("the constants are within the bounds of scrypt");
    let parameters = pbes2::Parameters::generate_scrypt_aes256cbc(cost, &salt, iv)
        .map_err(|error| EncryptError::Encoding(error.into()))?;
    // Without the public half: openssl 3.0 does not read version 2 of PKCS#8 (RFC 5958), which has it.
    let bytes = KeypairBytes {
        secret_key: key.0.to_bytes(),
        public_key: None,
    };
    let plain = bytes.to_pkcs8_der().map_err(EncryptError::Encoding)?;
    let info = PrivateKeyInfoRef::from_der(plain.as_bytes())
        .map_err(|error| EncryptError::Encoding(error.into()))?;
    let encrypted = info
        .encrypt_with_params(parameters, passphrase)
        .map_err(EncryptError::Encoding)?;
    encrypted
        .to_pem(LABEL, LineEnding::LF)
        .map_err(|error| EncryptError::Encoding(error.into()))
}

/// Opens a key that [`encrypt_pem`], or openssl, encrypted.
pub fn decrypt_pem(pem: &str, passphrase: &[u8]) -> Result<SigningKey, DecryptError> {
    if pem.len() > PEM_LENGTH_MAX {
        return Err(DecryptError::TooLong);
    }
    let (label, document) = SecretDocument::from_pem(pem).map_err(|_| DecryptError::Format)?;
    if label != LABEL {
        return Err(DecryptError::Format);
    }
    let encrypted = EncryptedPrivateKeyInfoRef::from_der(document.as_bytes())
        .map_err(|_| DecryptError::Format)?;
    let plain = encrypted
        .decrypt(passphrase)
        .map_err(|_| DecryptError::Passphrase)?;
    let info =
        PrivateKeyInfoRef::from_der(plain.as_bytes()).map_err(|_| DecryptError::Passphrase)?;
    ed25519_dalek::SigningKey::try_from(info)
        .map(SigningKey)
        .map_err(|_| DecryptError::Algorithm)
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha20Rng;
    use rand_core::SeedableRng as _;

    use super::*;

    #[test]
    fn a_key_opens_with_its_passphrase_and_with_no_other() {
        let key = SigningKey::from_seed(&[4; 32]);
        let pem = encrypt_pem(&key, b"open sesame", &mut ChaCha20Rng::seed_from_u64(1)).unwrap();
        assert_eq!(
            decrypt_pem(&pem, b"open sesame").unwrap().public_key(),
            key.public_key()
        );
        assert_eq!(
            decrypt_pem(&pem, b"open barley").unwrap_err(),
            DecryptError::Passphrase
        );
    }

    #[test]
    fn a_text_that_is_no_key_is_refused() {
        assert_eq!(decrypt_pem("", b"x").unwrap_err(), DecryptError::Format);
        assert_eq!(
            decrypt_pem(&"x".repeat(5000), b"x").unwrap_err(),
            DecryptError::TooLong
        );
    }
}
