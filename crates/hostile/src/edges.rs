//! Signatures on which verifiers of Ed25519 are known to disagree, made for any message.
//!
//! The cases are those of "Taming the many `EdDSA`s" (Chalkias, Garillot, Nikolaenko, 2020) and of
//! ZIP-215: small order, torsion, second encodings, malleability. What we expect of each is the rule
//! of [`theriac_crypto::verify`].

use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use sha2::{Digest as _, Sha512};
use theriac_crypto::{Digest, PublicKey, Signature};

/// The order of the base point, little-endian.
const ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// Second encodings of points of small order: y at or above p, or the sign of an x that is zero.
const SECOND_ENCODINGS: [(u8, u8); 6] = [
    // y = p and y = p + 1, with both signs.
    (0xed, 0x7f),
    (0xed, 0xff),
    (0xee, 0x7f),
    (0xee, 0xff),
    // y = 1 and y = p - 1 with the sign of a zero.
    (0x01, 0x80),
    (0xec, 0xff),
];

/// Nonces tried: of those that do, one in eight does.
const TRIES: usize = 400;

/// One case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// What is special about it.
    pub what: String,
    /// The key.
    pub key: PublicKey,
    /// The signature.
    pub signature: Signature,
    /// Whether [`theriac_crypto::verify`] accepts it.
    pub is_accepted: bool,
    /// Whether the key may be registered. One that is accepted above and may not be registered is
    /// held by nobody.
    pub is_registrable: bool,
}

/// Both halves of a signature before they are bytes, with parts of small order.
#[derive(Debug, Clone, Copy)]
pub struct Forge {
    /// The secret scalar; zero makes a key of small order.
    pub secret: Scalar,
    /// The secret of R; zero makes an R of small order.
    pub nonce: Scalar,
    /// Which point of the eight-torsion is added to the key.
    pub key_torsion: usize,
    /// Which is added to R.
    pub nonce_torsion: usize,
}

impl Forge {
    /// An honest signer.
    pub fn honest(seed: &[u8]) -> Self {
        Self {
            secret: scalar(&[b"secret", seed]),
            nonce: scalar(&[b"nonce", seed]),
            key_torsion: 0,
            nonce_torsion: 0,
        }
    }

    /// The key.
    pub fn key(&self) -> PublicKey {
        PublicKey(point(&self.secret, self.key_torsion).compress().to_bytes())
    }

    fn r(&self) -> [u8; 32] {
        let point = point(&self.nonce, self.nonce_torsion);
        point.compress().to_bytes()
    }

    /// The challenge, as the bytes of key and R make it.
    pub fn challenge(&self, message: &Digest) -> Scalar {
        scalar(&[&self.r(), &self.key().0, &message.0])
    }

    /// The signature: `s = r + ka`.
    pub fn sign(&self, message: &Digest) -> Signature {
        let s = self.nonce + self.challenge(message) * self.secret;
        join(&self.r(), s.as_bytes())
    }

    /// Whether the parts of small order cancel out, so that the equation without cofactor holds.
    pub fn holds_without_cofactor(&self, message: &Digest) -> bool {
        let challenge = Scalar::from(u64::from(self.challenge(message).as_bytes()[0] % 8));
        let of_key = torsion(self.key_torsion) * challenge;
        torsion(self.nonce_torsion) + of_key == EIGHT_TORSION[0]
    }

    /// This with a nonce for which the parts of small order cancel out, or do not. None where no
    /// nonce is found: the torsion of the key reaches few points.
    fn ground(mut self, message: &Digest, cancels: bool) -> Option<Self> {
        for _ in 0..TRIES {
            if self.holds_without_cofactor(message) == cancels {
                return Some(self);
            }
            self.nonce += Scalar::ONE;
        }
        None
    }
}

fn scalar(parts: &[&[u8]]) -> Scalar {
    let hash = parts.iter().fold(Sha512::new(), Sha512::chain_update);
    Scalar::from_bytes_mod_order_wide(&hash.finalize().into())
}

fn torsion(index: usize) -> EdwardsPoint {
    EIGHT_TORSION[index % EIGHT_TORSION.len()]
}

fn point(secret: &Scalar, index: usize) -> EdwardsPoint {
    EdwardsPoint::mul_base(secret) + torsion(index)
}

fn join(r: &[u8; 32], s: &[u8; 32]) -> Signature {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(r);
    bytes[32..].copy_from_slice(s);
    Signature(bytes)
}

/// `s` with so many times the order added: the same scalar in another form. None past 256 bits.
pub fn with_orders(signature: &Signature, times: usize) -> Option<Signature> {
    let mut altered = *signature;
    for _ in 0..times {
        let mut carry = 0;
        for (byte, order) in altered.0[32..].iter_mut().zip(ORDER) {
            let sum = u16::from(*byte) + u16::from(order) + carry;
            *byte = sum.to_le_bytes()[0];
            carry = sum >> 8;
        }
        if carry != 0 {
            return None;
        }
    }
    Some(altered)
}

/// The rule of [`theriac_crypto::verify`], written out anew over the library of the curve: canonical
/// `s`, no small order in key and R, and `sB = R + kA` without cofactor.
pub fn strict(key: &PublicKey, message: &Digest, signature: &Signature) -> bool {
    let (r_bytes, s_bytes) = signature.0.split_at(32);
    let s: [u8; 32] = s_bytes.try_into().expect("half of a signature");
    let Some(s) = Option::<Scalar>::from(Scalar::from_canonical_bytes(s)) else {
        return false;
    };
    let read = |bytes: &[u8]| CompressedEdwardsY::from_slice(bytes).ok()?.decompress();
    let (Some(a), Some(r)) = (read(&key.0), read(r_bytes)) else {
        return false;
    };
    let challenge = scalar(&[r_bytes, &key.0, &message.0]);
    !a.is_small_order() && !r.is_small_order() && EdwardsPoint::mul_base(&s) == r + a * challenge
}

/// Every case, for a message that may depend on the key.
pub fn edges(message: impl Fn(&PublicKey) -> Digest) -> Vec<Edge> {
    let mut edges = honest(&message);
    edges.extend(malleated(&message));
    edges.extend(of_mixed_order(&message));
    edges.extend(of_small_order(&message));
    edges
}

fn honest(message: &impl Fn(&PublicKey) -> Digest) -> Vec<Edge> {
    let forge = Forge::honest(b"edges");
    let (key, other) = (forge.key(), Forge::honest(b"other").key());
    let signature = forge.sign(&message(&key));
    let edge = |what: &str, key, signature, is_accepted| Edge {
        what: what.to_owned(),
        key,
        signature,
        is_accepted,
        is_registrable: true,
    };
    let negated = |at: usize| {
        let mut altered = signature;
        altered.0[at] ^= 0x80;
        altered
    };
    let mut zero_s = signature;
    zero_s.0[32..].fill(0);
    vec![
        edge("an honest signature", key, signature, true),
        edge(
            "an honest signature under another key",
            other,
            signature,
            false,
        ),
        edge("-R", key, negated(31), false),
        edge("s with its highest bit set", key, negated(63), false),
        edge("s = 0", key, zero_s, false),
        edge("all zeros", key, Signature([0; 64]), false),
        edge("all ones", key, Signature([0xff; 64]), false),
    ]
}

fn malleated(message: &impl Fn(&PublicKey) -> Digest) -> Vec<Edge> {
    let forge = Forge::honest(b"malleated");
    let key = forge.key();
    let signature = forge.sign(&message(&key));
    (1..16)
        .map_while(|times| Some((times, with_orders(&signature, times)?)))
        .map(|(times, signature)| Edge {
            what: format!("s + {times} L"),
            key,
            signature,
            is_accepted: false,
            is_registrable: true,
        })
        .collect()
}

fn of_mixed_order(message: &impl Fn(&PublicKey) -> Digest) -> Vec<Edge> {
    let mut edges = Vec::new();
    for key_torsion in 0..8 {
        for nonce_torsion in 0..8 {
            for cancels in [true, false] {
                // Without torsion the equation always holds, and with it only in R never.
                if key_torsion == 0 && cancels != (nonce_torsion == 0) {
                    continue;
                }
                let forge = Forge {
                    key_torsion,
                    nonce_torsion,
                    ..Forge::honest(b"mixed")
                };
                let message = message(&forge.key());
                let Some(ground) = forge.ground(&message, cancels) else {
                    continue;
                };
                edges.push(Edge {
                    what: format!(
                        "torsion {key_torsion} in the key, {nonce_torsion} in R, cancels: {cancels}"
                    ),
                    key: ground.key(),
                    signature: ground.sign(&message),
                    is_accepted: cancels,
                    is_registrable: key_torsion == 0,
                });
            }
        }
    }
    edges
}

fn of_small_order(message: &impl Fn(&PublicKey) -> Digest) -> Vec<Edge> {
    let mut edges = Vec::new();
    let mut add = |what: String, key: PublicKey, signature| {
        edges.push(Edge {
            what,
            is_registrable: key.check().is_ok(),
            key,
            signature,
            is_accepted: false,
        });
    };
    for index in 0..8 {
        // Any R fits a key of small order, where the torsion cancels.
        for nonce in [Scalar::ZERO, scalar(&[b"any"])] {
            let forge = Forge {
                secret: Scalar::ZERO,
                nonce,
                key_torsion: index,
                nonce_torsion: 0,
            };
            let message = message(&forge.key());
            let is_small = nonce == Scalar::ZERO;
            let ground = forge.ground(&message, true).filter(|_| !is_small);
            let forge = ground.unwrap_or(forge);
            let what = format!("key of small order {index}, R of small order: {is_small}");
            add(what, forge.key(), forge.sign(&message));
        }
        // An R of small order under an honest key.
        let forge = Forge {
            nonce: Scalar::ZERO,
            nonce_torsion: index,
            ..Forge::honest(b"small R")
        };
        let signature = forge.sign(&message(&forge.key()));
        add(format!("R of small order {index}"), forge.key(), signature);
    }
    for (first, last) in SECOND_ENCODINGS {
        let bytes = second_encoding(first, last);
        let key = PublicKey(bytes);
        let what = format!("second encoding {first:02x}…{last:02x}");
        let nonce = scalar(&[b"any"]);
        let r = point(&nonce, 0).compress().to_bytes();
        add(format!("{what} as key"), key, join(&r, nonce.as_bytes()));
        add(format!("{what} as key and R"), key, join(&bytes, &[0; 32]));
        let forge = Forge::honest(b"second encoding");
        let challenge = scalar(&[&bytes, &forge.key().0, &message(&forge.key()).0]);
        let s = challenge * forge.secret;
        add(
            format!("{what} as R"),
            forge.key(),
            join(&bytes, s.as_bytes()),
        );
    }
    edges
}

/// Little-endian bytes that are all ones between the first and the last, or all zeros for small y.
fn second_encoding(first: u8, last: u8) -> [u8; 32] {
    let middle = if first == 1 { 0 } else { 0xff };
    let mut bytes = [middle; 32];
    bytes[0] = first;
    bytes[31] = last;
    bytes
}
