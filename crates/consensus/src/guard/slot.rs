//! One slot of the guard's file.

use theriac_crypto::{Digest, PublicKey, digest};
use theriac_ledger::identifier::{BlockDigest, ChainId};

use super::{Step, Subject};

/// A slot's share of the file: one page, so that a torn write cannot reach the other slot.
pub const SLOT_BYTES: usize = 4096;

const MAGIC: &[u8; 16] = b"theriac guard 1\0";
const CHECKED: usize = 166;

/// `magic 16 ‖ chain 32 ‖ key 32 ‖ counter u64 ‖ height u64 ‖ round u32 ‖ step u8 ‖ nil 0, block 1 ‖
/// block 32 ‖ digest 32 ‖ digest("signing-guard", all before)`, zeros to the end of the page.
/// Counter 0 has no subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Slot {
    pub(super) chain: ChainId,
    pub(super) key: PublicKey,
    pub(super) counter: u64,
    pub(super) subject: Option<Subject>,
}

impl Slot {
    pub(super) fn new(chain: ChainId, key: PublicKey) -> Self {
        Self {
            chain,
            key,
            counter: 0,
            subject: None,
        }
    }

    pub(super) fn next(&self, subject: Subject) -> Self {
        Self {
            counter: self.counter.saturating_add(1),
            subject: Some(subject),
            ..*self
        }
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
        let none = Subject {
            height: 0,
            round: 0,
            step: Step::Proposal,
            block: None,
            digest: Digest::ZERO,
        };
        let subject = self.subject.as_ref().unwrap_or(&none);
        bytes.extend_from_slice(&subject.height.to_be_bytes());
        bytes.extend_from_slice(&subject.round.to_be_bytes());
        bytes.push(match subject.step {
            Step::Proposal => 0,
            Step::Prevote => 1,
            Step::Precommit => 2,
        });
        bytes.push(u8::from(subject.block.is_some()));
        let block = subject.block.map_or(Digest::ZERO, |block| block.0);
        bytes.extend_from_slice(block.as_bytes());
        bytes.extend_from_slice(subject.digest.as_bytes());
        let checksum = digest("signing-guard", &bytes);
        bytes.extend_from_slice(checksum.as_bytes());
        bytes.resize(SLOT_BYTES, 0);
        bytes.try_into().expect("resized to the size of a slot")
    }

    /// The slot in these bytes; none when they are not whole.
    pub(super) fn decode(bytes: &[u8; SLOT_BYTES]) -> Option<Self> {
        let (checked, rest) = bytes.split_at(CHECKED);
        if digest("signing-guard", checked).as_bytes() != rest.get(..32)? {
            return None;
        }
        let mut fields = Fields(checked);
        if fields.take::<16>()? != *MAGIC {
            return None;
        }
        let chain = ChainId(Digest(fields.take()?));
        let key = PublicKey(fields.take()?);
        let counter = u64::from_be_bytes(fields.take()?);
        let height = u64::from_be_bytes(fields.take()?);
        let round = u32::from_be_bytes(fields.take()?);
        let step = match fields.take::<1>()? {
            [0] => Step::Proposal,
            [1] => Step::Prevote,
            [2] => Step::Precommit,
            _ => return None,
        };
        let has_block = fields.take::<1>()? == [1];
        let block = BlockDigest(Digest(fields.take()?));
        let subject = Subject {
            height,
            round,
            step,
            block: has_block.then_some(block),
            digest: Digest(fields.take()?),
        };
        Some(Self {
            chain,
            key,
            counter,
            subject: (counter > 0).then_some(subject),
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
}
