//! Misbehaviour of validators: two signed statements of which an honest one signs one at most.
//!
//! A validator signs one proposal, one prevote and one precommit in a round, and a height has one
//! final block. Two that differ are evidence that anyone can check with the keys alone: who gave it
//! does not matter, and nobody can make it up against a validator that kept the rules.
//!
//! Evidence has one form: the two halves are in ascending order of what they say.
//!
//! Entry points: [`Misbehaviour::decode`], [`Misbehaviour::from_json`] and [`Misbehaviour::check`];
//! [`Misbehaviour::of_votes`], [`Misbehaviour::of_proposals`] and [`Misbehaviour::of_heads`] make
//! it of what was seen.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_crypto::{Digest, PublicKey, Signature, digest};
use theriac_ledger::encoding::{DecodeError, decode, encode};
use theriac_ledger::identifier::{BlockDigest, ChainId, Height};
use theriac_ledger::validator::ValidatorSet;

use crate::bundle::CertifiedHeader;
use crate::vote::VoteType;

mod check;
mod finding;

pub use check::{Half, MisbehaviourError};
pub use finding::{Finding, Offence};

/// Longest evidence: two headers with 64 signatures of 96 bytes each, and a set of 64 validators of
/// 40 bytes, take 15,479 bytes.
pub const MISBEHAVIOUR_BYTES_MAX: usize = 16 * 1024;

/// Longest JSON form: hexadecimal doubles, every field has a name, and people indent.
pub const MISBEHAVIOUR_JSON_BYTES_MAX: usize = 16 * MISBEHAVIOUR_BYTES_MAX;

/// Prevote or precommit; the bytes are those that are signed.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum VoteKind {
    /// First vote of a round.
    Prevote = 1,
    /// Second vote of a round.
    Precommit = 2,
}

impl From<VoteKind> for VoteType {
    fn from(kind: VoteKind) -> Self {
        match kind {
            VoteKind::Prevote => Self::Prevote,
            VoteKind::Precommit => Self::Precommit,
        }
    }
}

/// Two final blocks of one height, both signed by more than two thirds of its validators.
///
/// One set is enough: where two chains part, the block before is common, and it announces the set.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwoHeads {
    /// The chain.
    pub chain_id: ChainId,
    /// The set that signs the height.
    pub validators: ValidatorSet,
    /// The header with the lower digest; its `signers` are none.
    pub a: CertifiedHeader,
    /// The other.
    pub b: CertifiedHeader,
}

/// Two votes of one validator for one height, round and kind.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwoVotes {
    /// The chain.
    pub chain_id: ChainId,
    /// Who voted.
    pub validator: PublicKey,
    /// In which vote of the round.
    pub kind: VoteKind,
    /// The height.
    pub height: Height,
    /// The round, from zero.
    pub round: u32,
    /// The vote for no block, or for the block with the lower digest.
    pub a: VoteHalf,
    /// The other.
    pub b: VoteHalf,
}

/// What one of two votes says, and its signature.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct VoteHalf {
    /// The block, or none.
    pub block: Option<BlockDigest>,
    /// Over [`vote_digest`](crate::vote::vote_digest).
    pub signature: Signature,
}

/// Two proposals of one validator for one height and round.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TwoProposals {
    /// The chain.
    pub chain_id: ChainId,
    /// Who proposed.
    pub validator: PublicKey,
    /// The height.
    pub height: Height,
    /// The round, from zero.
    pub round: u32,
    /// The one with the lower digest of its block; of one block, with the lower `pol_round`.
    pub a: ProposalHalf,
    /// The other.
    pub b: ProposalHalf,
}

/// What one of two proposals says, and its signature.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct ProposalHalf {
    /// The block.
    pub block: BlockDigest,
    /// Earlier round in which the block had a quorum of prevotes, if that is claimed.
    pub pol_round: Option<u32>,
    /// Over [`proposal_digest`](crate::vote::proposal_digest).
    pub signature: Signature,
}

/// Evidence against validators.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Misbehaviour {
    /// Two final blocks of one height.
    TwoHeads(Box<TwoHeads>),
    /// Two votes of one validator.
    TwoVotes(TwoVotes),
    /// Two proposals of one validator.
    TwoProposals(TwoProposals),
}

/// A vote that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenVote {
    /// Prevote or precommit.
    pub kind: VoteKind,
    /// Its height.
    pub height: Height,
    /// Its round.
    pub round: u32,
    /// What it says.
    pub half: VoteHalf,
}

/// A proposal that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenProposal {
    /// Its height.
    pub height: Height,
    /// Its round.
    pub round: u32,
    /// What it says.
    pub half: ProposalHalf,
}

/// What evidence is about, whichever signatures show it: a second one about the same shows nothing
/// new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// Who misbehaved; none where it is more than a third of the voting power.
    pub validator: Option<PublicKey>,
    /// The height.
    pub height: Height,
    /// The round; none for heads, whose certificates may be of two rounds.
    pub round: Option<u32>,
    /// 0 heads, 1 prevotes, 2 precommits, 3 proposals.
    pub step: u8,
}

/// Why a text is no evidence of misbehaviour.
#[derive(Debug, thiserror::Error)]
pub enum JsonError {
    /// More bytes than evidence has.
    #[error(
        "{found} bytes are more than the {MISBEHAVIOUR_JSON_BYTES_MAX} that evidence of misbehaviour has at most"
    )]
    TooLong {
        /// Bytes found.
        found: usize,
    },
    /// Another form.
    #[error("the text is not evidence of misbehaviour")]
    Malformed(#[from] serde_json::Error),
    /// Values that have no canonical bytes.
    #[error("the evidence has no canonical bytes")]
    NotCanonical(#[from] DecodeError),
    /// A field that nobody knows, or a value in another spelling.
    #[error("the text has unknown fields, or values that are written in another way")]
    OtherForm,
}

impl Misbehaviour {
    /// Evidence of two votes of a validator; none where they do not contradict each other.
    pub fn of_votes(
        chain_id: ChainId,
        validator: PublicKey,
        one: &SeenVote,
        other: &SeenVote,
    ) -> Option<Self> {
        let place = |vote: &SeenVote| (vote.kind, vote.height, vote.round);
        if place(one) != place(other) {
            return None;
        }
        let (a, b) = ascending(one.half, other.half, VoteHalf::says)?;
        Some(Self::TwoVotes(TwoVotes {
            chain_id,
            validator,
            kind: one.kind,
            height: one.height,
            round: one.round,
            a,
            b,
        }))
    }

    /// Evidence of two proposals of a validator; none where they do not contradict each other.
    pub fn of_proposals(
        chain_id: ChainId,
        validator: PublicKey,
        one: &SeenProposal,
        other: &SeenProposal,
    ) -> Option<Self> {
        if (one.height, one.round) != (other.height, other.round) {
            return None;
        }
        let (a, b) = ascending(one.half, other.half, ProposalHalf::says)?;
        Some(Self::TwoProposals(TwoProposals {
            chain_id,
            validator,
            height: one.height,
            round: one.round,
            a,
            b,
        }))
    }

    /// Evidence of two heads of one height, signed by one set; none where they are of two heights
    /// or chains, or the same block.
    pub fn of_heads(
        validators: ValidatorSet,
        one: CertifiedHeader,
        other: CertifiedHeader,
    ) -> Option<Self> {
        let place = |head: &CertifiedHeader| (head.header.chain_id, head.header.height);
        if place(&one) != place(&other) {
            return None;
        }
        let chain_id = one.header.chain_id;
        let bare = |head| CertifiedHeader {
            signers: None,
            ..head
        };
        let (a, b) = ascending(bare(one), bare(other), |head| head.header.digest())?;
        Some(Self::TwoHeads(Box::new(TwoHeads {
            chain_id,
            validators,
            a,
            b,
        })))
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    /// Reads canonical bytes, at most [`MISBEHAVIOUR_BYTES_MAX`].
    ///
    /// # Errors
    ///
    /// [`DecodeError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode(bytes, MISBEHAVIOUR_BYTES_MAX)
    }

    /// Reads the JSON form, at most [`MISBEHAVIOUR_JSON_BYTES_MAX`].
    ///
    /// # Errors
    ///
    /// [`JsonError`].
    pub fn from_json(text: &[u8]) -> Result<Self, JsonError> {
        if text.len() > MISBEHAVIOUR_JSON_BYTES_MAX {
            return Err(JsonError::TooLong { found: text.len() });
        }
        let evidence: Self = serde_json::from_slice(text)?;
        // Headers and certificates are shared with other texts and let unknown fields pass.
        let read: serde_json::Value = serde_json::from_slice(text)?;
        if serde_json::to_value(&evidence)? != read {
            return Err(JsonError::OtherForm);
        }
        Ok(Self::decode(&evidence.encode())?)
    }

    /// `digest("misbehaviour", bytes)`: its name where it is kept.
    pub fn digest(&self) -> Digest {
        digest("misbehaviour", &self.encode())
    }

    /// What it is about.
    pub fn subject(&self) -> Subject {
        match self {
            Self::TwoHeads(heads) => Subject {
                validator: None,
                height: heads.a.header.height,
                round: None,
                step: 0,
            },
            Self::TwoVotes(votes) => Subject {
                validator: Some(votes.validator),
                height: votes.height,
                round: Some(votes.round),
                step: VoteType::from(votes.kind).byte(),
            },
            Self::TwoProposals(proposals) => Subject {
                validator: Some(proposals.validator),
                height: proposals.height,
                round: Some(proposals.round),
                step: 3,
            },
        }
    }
}

impl VoteHalf {
    fn says(&self) -> Option<BlockDigest> {
        self.block
    }
}

impl ProposalHalf {
    fn says(&self) -> (BlockDigest, Option<u32>) {
        (self.block, self.pol_round)
    }
}

/// Two halves in order of what they say; none where they say the same.
fn ascending<T, K: Ord>(one: T, other: T, says: impl Fn(&T) -> K) -> Option<(T, T)> {
    match says(&one).cmp(&says(&other)) {
        std::cmp::Ordering::Less => Some((one, other)),
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Greater => Some((other, one)),
    }
}
