//! Signatures: the one rule against the same rule written out over the library of the curve.

use curve25519_dalek::scalar::Scalar;
use theriac_crypto::{Digest, PublicKey, Signature, digest, verify};

use crate::edges::{Forge, strict, with_orders};

/// Either `key 32 ‖ message 32 ‖ signature 64`, or a recipe of 22 bytes for parts of small order: `key
/// torsion, R torsion, orders added, flipped bit u16 LE, what is zero, secret 8, nonce 8`.
pub(crate) fn signature(bytes: &[u8]) {
    if let Ok(bytes) = <&[u8; 128]>::try_from(bytes) {
        let half = |from: usize| std::array::from_fn(|index| bytes[from + index]);
        let signature = Signature(std::array::from_fn(|index| bytes[64 + index]));
        judge(&PublicKey(half(0)), &Digest(half(32)), &signature);
    }
    let Some((recipe, _)) = bytes.split_first_chunk::<22>() else {
        return;
    };
    let number = |from: usize| {
        Scalar::from(u64::from_le_bytes(std::array::from_fn(|index| {
            recipe[from + index]
        })))
    };
    let is_zero = |bit: u8| recipe[5] & (1 << bit) != 0;
    let forge = Forge {
        secret: if is_zero(0) { Scalar::ZERO } else { number(6) },
        nonce: if is_zero(1) { Scalar::ZERO } else { number(14) },
        key_torsion: usize::from(recipe[0]),
        nonce_torsion: usize::from(recipe[1]),
    };
    let message = digest("hostile", recipe);
    let Some(mut signature) = with_orders(&forge.sign(&message), usize::from(recipe[2] % 4)) else {
        return;
    };
    let bit = usize::from(u16::from_le_bytes([recipe[3], recipe[4]]));
    if bit < 512 {
        signature.0[bit / 8] ^= 1 << (bit % 8);
    }
    judge(&forge.key(), &message, &signature);
}

/// Both verdicts are the same, and one that is accepted is for this message alone.
fn judge(key: &PublicKey, message: &Digest, signature: &Signature) {
    let is_accepted = verify(key, message, signature).is_ok();
    assert_eq!(is_accepted, strict(key, message, signature));
    if is_accepted && key.check().is_ok() {
        let other = digest("hostile", &message.0);
        assert!(verify(key, &other, signature).is_err());
    }
}
