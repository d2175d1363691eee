//! Key files.

use std::borrow::Cow;

use data_encoding::BASE64;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng as _;
use theriac_crypto::keystore::{decrypt_pem, encrypt_pem};
use theriac_crypto::{PublicKey, Signature};

/// The passphrase of the seeds.
const PASSPHRASE: &[u8] = b"open sesame";

/// Opens a key file, in PEM or as the bytes inside, and reads texts of keys and signatures. A key
/// that opens can be written and opened again.
pub(crate) fn key_file(bytes: &[u8]) {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) if !bytes.starts_with(&[0x30]) => Cow::Borrowed(text),
        _ => Cow::Owned(pem_of(bytes)),
    };
    if let Ok(key) = text.parse::<PublicKey>() {
        assert_eq!(key.to_string().parse(), Ok(key));
        let _ = key.check();
    }
    if let Ok(signature) = text.parse::<Signature>() {
        assert_eq!(signature.to_string().parse(), Ok(signature));
    }
    if let Ok(key) = decrypt_pem(&text, PASSPHRASE) {
        let mut generator = ChaCha20Rng::seed_from_u64(1);
        let pem = encrypt_pem(&key, PASSPHRASE, &mut generator).expect("a key can be written");
        let again = decrypt_pem(&pem, PASSPHRASE).expect("what was written opens");
        assert_eq!(again.public_key(), key.public_key());
    }
}

fn pem_of(bytes: &[u8]) -> String {
    let mut text = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n".to_owned();
    for line in bytes.chunks(48) {
        text.push_str(&BASE64.encode(line));
        text.push('\n');
    }
    text + "-----END ENCRYPTED PRIVATE KEY-----\n"
}
