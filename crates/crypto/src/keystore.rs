//! Private keys at rest: encrypted PKCS#8 in PEM (RFC 5958, RFC 8018), which openssl also opens.
//!
//! The key derivation is scrypt with N = 2^14, r = 8, p = 5: the cost that the OWASP password
//! storage guidance gives for 16 MiB, which is what openssl allows itself by default.

use ed25519_dalek::pkcs8::KeypairBytes;
use pkcs8::der::{Decode as _, SecretDocument, pem::LineEnding};
use pkcs8::pkcs5::{EncryptionScheme, pbes2, scrypt};
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

/// Most memory that opening a key may take: the most that the OWASP guidance names for scrypt.
const SCRYPT_MEMORY_BYTES_MAX: u64 = 128 * 1024 * 1024;
/// Most blocks that scrypt may mix, `N · r · p`: three times our own cost.
const SCRYPT_BLOCKS_MAX: u64 = 1 << 21;
/// Most rounds of PBKDF2: seven times what the OWASP guidance names.
const PBKDF2_ROUNDS_MAX: u32 = 1 << 22;

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
    /// The file demands more memory or work than any honest key.
    #[error("opening the key would take more memory or work than any key file needs")]
    TooCostly,
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
    check_cost(&encrypted.encryption_algorithm)?;
    let plain = encrypted
        .decrypt(passphrase)
        .map_err(|_| DecryptError::Passphrase)?;
    let info =
        PrivateKeyInfoRef::from_der(plain.as_bytes()).map_err(|_| DecryptError::Passphrase)?;
    ed25519_dalek::SigningKey::try_from(info)
        .map(SigningKey)
        .map_err(|_| DecryptError::Algorithm)
}

/// The file itself says what deriving its key costs; this is looked at before it is done.
fn check_cost(scheme: &EncryptionScheme) -> Result<(), DecryptError> {
    let parameters = scheme.pbes2().ok_or(DecryptError::Format)?;
    let is_affordable = match &parameters.kdf {
        pbes2::Kdf::Pbkdf2(kdf) => kdf.iteration_count <= PBKDF2_ROUNDS_MAX,
        pbes2::Kdf::Scrypt(kdf) => {
            let blocks = kdf.cost_parameter.checked_mul(u64::from(kdf.block_size));
            blocks.is_some_and(|blocks| {
                let memory = blocks.checked_mul(128);
                let work = blocks.checked_mul(u64::from(kdf.parallelization));
                memory.is_some_and(|bytes| bytes <= SCRYPT_MEMORY_BYTES_MAX)
                    && work.is_some_and(|blocks| blocks <= SCRYPT_BLOCKS_MAX)
            })
        }
        _ => return Err(DecryptError::Format),
    };
    if is_affordable {
        Ok(())
    } else {
        Err(DecryptError::TooCostly)
    }
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

    /// A key file in which some bytes stand instead of others of the same length.
    fn altered(pem: &str, from: &[u8], to: &[u8]) -> String {
        let (_, document) = SecretDocument::from_pem(pem).unwrap();
        let mut bytes = document.as_bytes().to_vec();
        let at = bytes.windows(from.len()).position(|part| part == from);
        let at = at.unwrap();
        bytes[at..at + to.len()].copy_from_slice(to);
        let document = SecretDocument::try_from(bytes).unwrap();
        document.to_pem(LABEL, LineEnding::LF).unwrap().to_string()
    }

    #[test]
    fn a_key_that_demands_a_machine_of_its_own_is_refused_before_it_gets_one() {
        let key = SigningKey::from_seed(&[4; 32]);
        let pem = encrypt_pem(&key, b"x", &mut ChaCha20Rng::seed_from_u64(1)).unwrap();
        // Integers of DER: N = 2^14, r = 8, p = 5.
        let costs = [2, 2, 0x40, 0, 2, 1, 8, 2, 1, 5];
        for costlier in [
            [2, 2, 0x40, 0, 2, 1, 127, 2, 1, 5],
            [2, 2, 0x40, 0, 2, 1, 8, 2, 1, 127],
        ] {
            let pem = altered(&pem, &costs, &costlier);
            assert_eq!(
                decrypt_pem(&pem, b"x").unwrap_err(),
                DecryptError::TooCostly
            );
        }
    }

    #[test]
    fn a_key_with_more_rounds_than_any_is_refused() {
        let key = SigningKey::from_seed(&[4; 32]);
        let bytes = KeypairBytes {
            secret_key: key.0.to_bytes(),
            public_key: None,
        };
        let plain = bytes.to_pkcs8_der().unwrap();
        let info = PrivateKeyInfoRef::from_der(plain.as_bytes()).unwrap();
        let rounds = 100_000;
        let costs = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(rounds, &[1; 16], [2; 16]);
        let encrypted = info.encrypt_with_params(costs.unwrap(), b"x").unwrap();
        let pem = encrypted.to_pem(LABEL, LineEnding::LF).unwrap();
        assert!(decrypt_pem(&pem, b"x").is_ok());
        let pem = altered(&pem, &[2, 3, 1, 0x86, 0xa0], &[2, 3, 0x7f, 0xff, 0xff]);
        assert_eq!(
            decrypt_pem(&pem, b"x").unwrap_err(),
            DecryptError::TooCostly
        );
    }
}
