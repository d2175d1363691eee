//! Valid transactions of every kind, altered in every way that needs no secret of a member: none may
//! be accepted.

use std::collections::BTreeMap;

use rand_chacha::ChaCha20Rng;
use rand_core::{Rng as _, SeedableRng as _};
use theriac_crypto::{SigningKey, digest};
use theriac_ledger::encoding::BoundedBytes;
use theriac_ledger::execute::{Refusal, check, check_stateless};
use theriac_ledger::identifier::ChainId;
use theriac_ledger::testing::Actor;
use theriac_ledger::transaction::SignedTransaction;

use crate::edges::{Forge, with_orders};
use crate::scene::Scene;

/// A way to alter a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mutation {
    /// One bit.
    Bit,
    /// One byte, to any other.
    Byte,
    /// A number somewhere, to one of those that programs stumble over.
    Number,
    /// Cut at the end.
    Cut,
    /// Bytes taken out, or put in twice.
    Splice,
    /// A field of another valid transaction.
    Field,
    /// Another member's key as signer, the signature kept.
    Signer,
    /// Another member's signature over its own transaction.
    Signature,
    /// Signed anew by its signer, for another chain.
    ForeignChain,
    /// Altered, and signed anew by a key that is not on record, or is for requests only.
    Stranger,
    /// The order of the curve added to `s`, once or more.
    Orders,
    /// The sign of R, of the key, or the highest bit of `s`.
    Sign,
    /// A signature that is made of points of small order.
    SmallOrder,
    /// Two of the ways above, one after the other.
    Twice,
}

impl Mutation {
    /// Every way.
    pub const ALL: [Self; 14] = [
        Self::Bit,
        Self::Byte,
        Self::Number,
        Self::Cut,
        Self::Splice,
        Self::Field,
        Self::Signer,
        Self::Signature,
        Self::ForeignChain,
        Self::Stranger,
        Self::Orders,
        Self::Sign,
        Self::SmallOrder,
        Self::Twice,
    ];
}

/// What became of altered transactions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many were judged, by the way they were altered.
    pub altered: BTreeMap<Mutation, u64>,
    /// How many were refused, by code; `does not decode` where they are no transaction.
    pub refused: BTreeMap<&'static str, u64>,
    /// Those that were accepted: bytes, and how they came about.
    pub accepted: Vec<(Mutation, Vec<u8>)>,
    /// Kinds of action that were altered.
    pub kinds: BTreeMap<&'static str, u64>,
}

impl Tally {
    /// How many were judged.
    pub fn count(&self) -> u64 {
        self.altered.values().sum()
    }
}

/// Alters valid transactions `count` times, from a seed, and judges each as a node would: bytes, the
/// transaction alone, the rules.
///
/// The valid ones must be accepted, before and after: the judge is not one that refuses all.
pub fn run(count: u64, seed: u64) -> Tally {
    let scene = Scene::shared();
    let mut altering = Altering {
        scene,
        generator: ChaCha20Rng::seed_from_u64(seed),
    };
    let mut tally = Tally::default();
    judge_valid(scene);
    while tally.count() < count {
        let at = altering.below(scene.valid.len());
        let (_, original) = &scene.valid[at];
        let way = Mutation::ALL[altering.below(Mutation::ALL.len())];
        let bytes = altering.alter(way, original);
        if bytes == original.encode() {
            continue;
        }
        *tally.altered.entry(way).or_default() += 1;
        let kind = original.transaction.action.decode();
        let kind = kind.map_or("unknown", |body| body.kind().name());
        *tally.kinds.entry(kind).or_default() += 1;
        match refusal(scene, &bytes) {
            Some(code) => *tally.refused.entry(code).or_default() += 1,
            None => tally.accepted.push((way, bytes)),
        }
    }
    judge_valid(scene);
    tally
}

fn judge_valid(scene: &Scene) {
    for (actor, signed) in &scene.valid {
        let refusal = refusal(scene, &signed.encode());
        assert_eq!(refusal, None, "a valid transaction of {actor:?}");
    }
}

/// Why a node refuses these bytes; none where it accepts them.
fn refusal(scene: &Scene, bytes: &[u8]) -> Option<&'static str> {
    let Ok(signed) = SignedTransaction::decode(bytes) else {
        return Some("does not decode");
    };
    let checked = match check_stateless(signed, &scene.chain()) {
        Ok(checked) => checked,
        Err(rejection) => return Some(rejection.code()),
    };
    match check(&scene.ledger.state, scene.context(), &checked) {
        Ok(()) => None,
        Err(Refusal::Rejected(rejection)) => Some(rejection.code()),
        Err(Refusal::Unavailable(_)) => Some("unavailable"),
    }
}

struct Altering {
    scene: &'static Scene,
    generator: ChaCha20Rng,
}

impl Altering {
    fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.generator.next_u64() % bound).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        self.generator.next_u32().to_le_bytes()[0]
    }

    fn alter(&mut self, way: Mutation, original: &SignedTransaction) -> Vec<u8> {
        match way {
            Mutation::Bit
            | Mutation::Byte
            | Mutation::Number
            | Mutation::Cut
            | Mutation::Splice => self.alter_bytes(way, original.encode()),
            Mutation::Twice => {
                let first = Mutation::ALL[self.below(Mutation::ALL.len() - 1)];
                let bytes = self.alter(first, original);
                match SignedTransaction::decode(&bytes) {
                    Ok(signed) => {
                        let second = Mutation::ALL[self.below(Mutation::ALL.len() - 1)];
                        self.alter(second, &signed)
                    }
                    Err(_) => self.alter_bytes(Mutation::Bit, bytes),
                }
            }
            _ => {
                let mut signed = original.clone();
                self.alter_parts(way, &mut signed);
                signed.encode()
            }
        }
    }

    fn alter_bytes(&mut self, way: Mutation, mut bytes: Vec<u8>) -> Vec<u8> {
        let at = self.below(bytes.len());
        let other = self.below(bytes.len());
        let (from, to) = (at.min(other), at.max(other));
        match way {
            Mutation::Byte => {
                let byte = self.byte();
                if let Some(place) = bytes.get_mut(at) {
                    *place = byte;
                }
            }
            Mutation::Number => {
                let width = [1, 2, 4, 8][self.below(4)];
                let numbers = [0, 1, u64::MAX, u64::MAX >> 1, 1 << 31, 0x7fff, 128, 255];
                let number = numbers[self.below(numbers.len())].to_le_bytes();
                for (place, byte) in bytes.iter_mut().skip(at).zip(&number[..width]) {
                    *place = *byte;
                }
            }
            Mutation::Cut => bytes.truncate(at),
            Mutation::Splice if self.below(2) == 0 => {
                bytes.drain(from..to);
            }
            Mutation::Splice => {
                let twice = bytes[from..to].to_vec();
                bytes.splice(from..from, twice);
            }
            _ => {
                if let Some(place) = bytes.get_mut(at) {
                    *place ^= 1 << (other % 8);
                }
            }
        }
        bytes
    }

    fn alter_parts(&mut self, way: Mutation, signed: &mut SignedTransaction) {
        match way {
            Mutation::Field => self.swap_field(signed),
            Mutation::Signer => {
                let actor = Actor::ALL[self.below(Actor::ALL.len())];
                signed.transaction.signer = self.scene.key(actor).public_key();
            }
            Mutation::Signature => signed.signature = self.another().signature,
            Mutation::ForeignChain => self.sign_for_another_chain(signed),
            Mutation::Stranger => self.sign_as_stranger(signed),
            Mutation::Orders => {
                let times = 1 + self.below(14);
                if let Some(altered) = with_orders(&signed.signature, times) {
                    signed.signature = altered;
                }
            }
            Mutation::Sign => match self.below(3) {
                0 => signed.signature.0[31] ^= 0x80,
                1 => signed.signature.0[63] ^= 1 << (5 + self.below(3)),
                _ => signed.transaction.signer.0[31] ^= 0x80,
            },
            _ => self.sign_with_small_order(signed),
        }
    }

    fn another(&mut self) -> SignedTransaction {
        let at = self.below(self.scene.valid.len());
        self.scene.valid[at].1.clone()
    }

    fn swap_field(&mut self, signed: &mut SignedTransaction) {
        let other = self.another().transaction;
        let transaction = &mut signed.transaction;
        match self.below(6) {
            0 => transaction.signer = other.signer,
            1 => transaction.salt = other.salt,
            2 => transaction.action = other.action,
            3 => transaction.action.kind = other.action.kind,
            4 => transaction.valid_until.0 = transaction.valid_until.0.wrapping_add(1),
            _ => transaction.details = Some(digest("hostile", &other.salt)),
        }
    }

    fn sign_for_another_chain(&mut self, signed: &mut SignedTransaction) {
        let signer = signed.transaction.signer;
        let mut keys = Actor::ALL.iter().map(|actor| self.scene.key(*actor));
        if let Some(key) = keys.find(|key| key.public_key() == signer) {
            let other = ChainId(digest("hostile", &[self.byte()]));
            *signed = signed.transaction.clone().sign(&other, &key);
        }
    }

    fn sign_as_stranger(&mut self, signed: &mut SignedTransaction) {
        let actor = Actor::ALL[self.below(Actor::ALL.len())];
        let key = match self.below(2) {
            0 => SigningKey::from_seed(&[self.byte(); 32]),
            _ => self.scene.ledger.consortium.request_key(actor),
        };
        let mut transaction = signed.transaction.clone();
        transaction.signer = key.public_key();
        if self.below(2) == 0 {
            let body = transaction.action.body.to_vec();
            let altered = self.alter_bytes(Mutation::Bit, body);
            if let Ok(altered) = BoundedBytes::new(altered) {
                transaction.action.body = altered;
            }
        }
        *signed = transaction.sign(&self.scene.chain(), &key);
    }

    fn sign_with_small_order(&mut self, signed: &mut SignedTransaction) {
        let mut forge = Forge::honest(&[self.byte(), self.byte()]);
        forge.key_torsion = self.below(8);
        forge.nonce_torsion = self.below(8);
        if self.below(2) == 0 {
            forge.secret -= forge.secret;
        }
        if self.below(2) == 0 {
            forge.nonce -= forge.nonce;
        }
        // With the signer's own key only the signature is of another make.
        if self.below(2) == 0 {
            signed.transaction.signer = forge.key();
        }
        let id = signed.transaction.id(&self.scene.chain());
        signed.signature = forge.sign(&id.0);
    }
}
