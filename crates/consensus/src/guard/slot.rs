//! One slot of the guard's file.

use theriac_crypto::{Digest, PublicKey, digest};
use theriac_ledger::identifier::{BlockDigest, ChainId, Height};

use super::{Step, Subject};

/// A slot's share of the file: one page, so that a torn write cannot reach the other slot.
pub const SLOT_BYTES: usize = 4096;

const MAGIC: &[u8; 16] = b"theriac guard 2\0";
/// The bytes under the checksum.
pub const CHECKED_BYTES: usize = 295;

/// What was signed at one step: for which block, if any, and the digest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signed {
    pub(super) block: Option<BlockDigest>,
    pub(super) digest: Digest,
}

/// `magic 16 ‖ chain 32 ‖ key 32 ‖ counter u64 ‖ height u64 ‖ round u32`, then for proposal, prevote
/// and precommit `nothing 0, nil 1, block 2 ‖ block 32 ‖ digest 32`, then
/// `digest("signing-guard", all before)` and zeros to the end of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) chain: ChainId,
    pub(super) key: PublicKey,
    pub(super) counter: u64,
    pub(super) height: Height,
    pub(super) round: u32,
    /// By step, in their order.
    pub(super) signed: [Option<Signed>; 3],
}

impl Slot {
    pub(super) fn new(chain: ChainId, key: PublicKey) -> Self {
        Self {
            chain,
            key,
            counter: 0,
            height: 0,
            round: 0,
            signed: [None; 3],
        }
    }

    /// The slot that remembers `subject`, too; of other rounds nothing.
    pub(super) fn next(&self, subject: Subject) -> Self {
        let mut signed = if (self.height, self.round) == (subject.height, subject.round) {
            self.signed
        } else {
            [None; 3]
        };
        signed[subject.step as usize] = Some(Signed {
            block: subject.block,
            digest: subject.digest,
        });
        Self {
            counter: self.counter.saturating_add(1),
            height: subject.height,
            round: subject.round,
            signed,
            ..*self
        }
    }

    /// What was signed at a step.
    pub(super) fn at(&self, step: Step) -> Option<Subject> {
        self.signed[step as usize].map(|signed| Subject {
            height: self.height,
            round: self.round,
            step,
            block: signed.block,
            digest: signed.digest,
        })
    }

    /// The last step that was signed.
    pub(super) fn last(&self) -> Option<Subject> {
        Step::ALL.into_iter().rev().find_map(|step| self.at(step))
    }

    /// Where it stands: the slots take turns.
    pub(super) fn index(&self) -> u64 {
        self.counter % 2
    }

    pub(super) fn encode(&self) -> [u8; SLOT_BYTES] {
        let mut bytes = Vec::with_capacity(SLOT_BYTES);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(self.chain.0.as_bytes());
        bytes.extend_from_slice(self.key.as_bytes());
        bytes.extend_from_slice(&self.counter.to_be_bytes());
        bytes.extend_from_slice(&self.height.to_be_bytes());
        bytes.extend_from_slice(&self.round.to_be_bytes());
        for signed in self.signed {
            let digest = signed.map_or(Digest::ZERO, |signed| signed.digest);
            let block = signed.and_then(|signed| signed.block);
            bytes.push(u8::from(signed.is_some()) + u8::from(block.is_some()));
            bytes.extend_from_slice(block.map_or(Digest::ZERO, |block| block.0).as_bytes());
            bytes.extend_from_slice(digest.as_bytes());
        }
        let checksum = digest("signing-guard", &bytes);
        bytes.extend_from_slice(checksum.as_bytes());
        bytes.resize(SLOT_BYTES, 0);
        bytes.try_into().expect("resized to the size of a slot")
    }

    /// The slot in these bytes; none when they are not whole.
    pub(super) fn decode(bytes: &[u8; SLOT_BYTES]) -> Option<Self> {
        let (checked, rest) = bytes.split_at(CHECKED_BYTES);
        if digest("signing-guard", checked).as_bytes() != rest.get(..32)? {
            return None;
        }
        let mut fields = Fields(checked);
        if fields.take::<16>()? != *MAGIC {
            return None;
        }
        Some(Self {
            chain: ChainId(Digest(fields.take()?)),
            key: PublicKey(fields.take()?),
            counter: u64::from_be_bytes(fields.take()?),
            height: u64::from_be_bytes(fields.take()?),
            round: u32::from_be_bytes(fields.take()?),
            signed: fields.signed()?,
        })
    }
}

struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*field)
    }

    /// What was signed at each step; none for bytes that say nothing of the kind.
    fn signed(&mut self) -> Option<[Option<Signed>; 3]> {
        let mut steps = [None; 3];
        for step in &mut steps {
            let [kind] = self.take()?;
            let block = BlockDigest(Digest(self.take()?));
            let digest = Digest(self.take()?);
            *step = match kind {
                0 => None,
                1 | 2 => Some(Signed {
                    block: (kind == 2).then_some(block),
                    digest,
                }),
                _ => return None,
            };
        }
        Some(steps)
    }
}
