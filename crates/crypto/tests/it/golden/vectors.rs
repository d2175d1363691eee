//! What the golden vectors contain: inputs as text or hexadecimal, outputs as hexadecimal.

use std::fmt::Write as _;

use serde_json::{Value, json};
use theriac_crypto::{
    Digest, PublicKey, Signature, SigningKey, digest, possession_digest, prove_possession, verify,
    verify_possession,
};

mod forged;
mod trees;

/// Every file and its contents.
pub(crate) fn all() -> Vec<(&'static str, Value)> {
    vec![
        ("digests.json", digests()),
        ("keys.json", keys()),
        ("merkle.json", trees::merkle()),
        ("possession.json", possession()),
        ("signatures.json", signatures()),
    ]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to memory does not fail");
        text
    })
}

fn signer() -> SigningKey {
    SigningKey::from_seed(&[1; 32])
}

/// The tagged digest itself, and those of texts that people write.
fn digests() -> Value {
    let cases = [
        ("genesis", ""),
        ("golden", "a"),
        (
            "golden",
            "123456789 123456789 123456789 123456789 123456789 123456789 123456789 \
          123456789 123456789 123456789 123456789 123456789 123456789 123456789",
        ),
        ("recall-notice", "Recall of batch L-1/a: do not dispense."),
        (
            "recall-notice",
            "Richiamo: l\u{2019}umidità è troppo alta.\nRestituire le confezioni.\n",
        ),
    ];
    let digests: Vec<Value> = cases
        .into_iter()
        .map(|(tag, text)| {
            json!({ "tag": tag, "text": text, "digest": digest(tag, text.as_bytes()) })
        })
        .collect();
    json!(digests)
}

/// Keys that may be registered, and keys that may not.
fn keys() -> Value {
    let known = signer().public_key();
    let mut sign_of_zero = forged::IDENTITY;
    sign_of_zero[31] |= 0x80;
    let cases = [
        ("an honest key", known.0, true),
        ("not on the curve", [2; 32], false),
        ("the identity", forged::IDENTITY, false),
        (
            "the identity, not canonical",
            forged::IDENTITY_NOT_CANONICAL,
            false,
        ),
        ("the identity, with the sign of a zero", sign_of_zero, false),
        ("the point of order two", forged::ORDER_TWO, false),
        ("a point of order eight", forged::order_eight(), false),
        (
            "an honest key and the point of order two",
            forged::mixed(),
            false,
        ),
    ];
    let keys: Vec<Value> = cases
        .into_iter()
        .map(|(what, key, is_acceptable)| {
            assert_eq!(PublicKey(key).check().is_ok(), is_acceptable, "{what}");
            json!({ "what": what, "key": hex(&key), "is_acceptable": is_acceptable })
        })
        .collect();
    json!(keys)
}

fn possession() -> Value {
    let nonces = [[0; 32], [5; 32]];
    let proofs: Vec<Value> = nonces
        .iter()
        .map(|nonce| {
            let (key, proof) = (signer().public_key(), prove_possession(nonce, &signer()));
            assert!(verify_possession(nonce, &key, &proof).is_ok());
            json!({
                "nonce": hex(nonce),
                "signing_key_seed": hex(&*signer().to_seed()),
                "key": key,
                "digest": possession_digest(nonce, &key),
                "signature": proof,
            })
        })
        .collect();
    json!(proofs)
}

/// Signatures that count and signatures that do not, by the one rule.
fn signatures() -> Value {
    let (honest, signed) = (signer().public_key(), digest("golden", b"signed"));
    let signature = signer().sign(&signed);
    let mut cases = vec![
        ("an honest signature", honest, signed, signature, true),
        (
            "another message",
            honest,
            digest("golden", b"another"),
            signature,
            false,
        ),
        (
            "another key",
            SigningKey::from_seed(&[2; 32]).public_key(),
            signed,
            signature,
            false,
        ),
        (
            "s plus the order of the group",
            honest,
            signed,
            forged::not_reduced(&signature),
            false,
        ),
        (
            "nothing but zeros",
            honest,
            signed,
            Signature([0; 64]),
            false,
        ),
        (
            "the identity signs anything",
            PublicKey(forged::IDENTITY),
            signed,
            forged::of(&forged::IDENTITY, &[0; 32]),
            false,
        ),
    ];
    cases.extend(forged::cases(honest, &signed));
    let signatures: Vec<Value> = cases
        .into_iter()
        .map(|(what, key, message, signature, counts)| {
            assert_eq!(verify(&key, &message, &signature).is_ok(), counts, "{what}");
            json!({
                "what": what,
                "key": key,
                "message": message,
                "signature": signature,
                "counts": counts,
            })
        })
        .collect();
    json!(signatures)
}

type Case = (&'static str, PublicKey, Digest, Signature, bool);
