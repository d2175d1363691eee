//! Points and signatures that no honest signer makes.
//!
//! This crate has no arithmetic of scalars, so what needs the scalar of the signer was computed
//! elsewhere: with `r` from a hash, `k` from RFC 8032 section 5.1.7 and the signer's own scalar.

use theriac_crypto::{Digest, PublicKey, Signature, digest};

use super::Case;

/// The identity: y = 1.
pub(crate) const IDENTITY: [u8; 32] = {
    let mut bytes = [0; 32];
    bytes[0] = 1;
    bytes
};

/// The identity again: y = 1 + p.
pub(crate) const IDENTITY_NOT_CANONICAL: [u8; 32] = {
    let mut bytes = [0xff; 32];
    bytes[0] = 0xee;
    bytes[31] = 0x7f;
    bytes
};

/// y = p - 1.
pub(crate) const ORDER_TWO: [u8; 32] = {
    let mut bytes = [0xff; 32];
    bytes[0] = 0xec;
    bytes[31] = 0x7f;
    bytes
};

pub(crate) fn order_eight() -> [u8; 32] {
    bytes("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85")
}

/// The signer's key plus the point of order two.
pub(crate) fn mixed() -> [u8; 32] {
    bytes("63771c228bf60e6a02ad24d2c345a28d3598f640e26bede40c8b77fe4bf090a3")
}

/// The signature of these halves.
pub(crate) fn of(r: &[u8; 32], s: &[u8; 32]) -> Signature {
    let mut both = [0; 64];
    both[..32].copy_from_slice(r);
    both[32..].copy_from_slice(s);
    Signature(both)
}

/// The same signature with s + L: it satisfies the equation.
pub(crate) fn not_reduced(signature: &Signature) -> Signature {
    let order = bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let mut sum = *signature;
    let mut carry = 0;
    for (byte, added) in sum.0[32..].iter_mut().zip(order) {
        let total = u16::from(*byte) + u16::from(added) + carry;
        *byte = total.to_le_bytes()[0];
        carry = total >> 8;
    }
    sum
}

/// Each satisfies the equation with the cofactor; the strict rule sees the difference.
pub(crate) fn cases(honest: PublicKey, signed: &Digest) -> Vec<Case> {
    let r = bytes("b31b20f50426242514d81b383548bd90de72fd0b8cf2382a88f9f52ce5076b23");
    let r_with_part = bytes("d5912d4242e5c909bc83ae974fdde6ebfe715b0cd5e3c032e3e86b29b042a691");
    let of_identity = bytes("a9115db8d5ae403a307ffbaf97210b55ffc031f8baf952d483a41a5b19ddf30f");
    let of_identity_not_canonical =
        bytes("f0f7584fd0b01f270a7d4b7022b3c1e889d36882d99175b100a1c397e09a2008");
    let of_order_eight = bytes("60fbf471203be53a0ba2147bf6c20de4817ae698d8eedf3a1d7d5e08bef54e03");
    let with_part = bytes("b0c6c5c641e7484dba0d1637cca4a49ee1ab2e95ea101c47cd3a411ceb07210b");
    let even = bytes("c062aa6cb850d03c58af76e264b9d01391d53d6f2db32dee88ae2b74c08eda0e");
    let odd = bytes("15ff5c7761a05d9fab929ac810f86846ba34b5c71a955b276dd6f81f44509109");
    let mixed = PublicKey(mixed());
    vec![
        (
            "R is the identity",
            honest,
            *signed,
            of(&IDENTITY, &of_identity),
            false,
        ),
        (
            "R is the identity, not canonical",
            honest,
            *signed,
            of(&IDENTITY_NOT_CANONICAL, &of_identity_not_canonical),
            false,
        ),
        (
            "R has order eight",
            honest,
            *signed,
            of(&order_eight(), &of_order_eight),
            false,
        ),
        (
            "R has a part of order eight",
            honest,
            *signed,
            of(&r_with_part, &with_part),
            false,
        ),
        // Why a key with such a part is never registered: which of its signatures count is chance.
        (
            "a key with a part of order two, k even",
            mixed,
            digest("golden", b"mixed 0"),
            of(&r, &even),
            true,
        ),
        (
            "a key with a part of order two, k odd",
            mixed,
            digest("golden", b"mixed 1"),
            of(&r, &odd),
            false,
        ),
    ]
}

fn bytes(text: &str) -> [u8; 32] {
    text.parse::<Digest>().expect("64 hexadecimal digits").0
}
