//! What is said to a signer and what it answers, as bytes.
//!
//! Messages are borsh, read strictly: trailing bytes and other forms of the same value are refused,
//! and every list has its bound in its type.

use borsh::{BorshDeserialize, BorshSerialize};
use theriac_consensus::engine::{NilOrVal, Round, VoteType};
use theriac_consensus::signing::SignRequest;
use theriac_consensus::{Address, EngineHeight, EngineProposal, EngineValue, EngineVote};
use theriac_crypto::{Digest, PublicKey, Signature};
use theriac_http::signed_request::{PATH_BYTES_MAX, RequestToSign, SignedFields};
use theriac_ledger::constants::TRANSACTION_BYTES_MAX;
use theriac_ledger::encoding::{BoundedBytes, BoundedText, TextError, TooManyItems};
use theriac_ledger::identifier::{BlockDigest, ChainId, Height};
use theriac_ledger::transaction::Transaction;

pub mod frame;
mod refusal;

pub use refusal::{Refusal, RefusalCode, SENTENCE_BYTES_MAX};

/// Longest question: the longest transaction, its chain, and room for what stands around it.
pub const ASK_BYTES_MAX: usize = TRANSACTION_BYTES_MAX + 256;
/// Longest answer: a refusal with its sentence.
pub const ANSWER_BYTES_MAX: usize = SENTENCE_BYTES_MAX + 256;
/// Longest id of a peer.
pub const PEER_ID_BYTES_MAX: usize = 64;
/// Longest method of a request.
pub const METHOD_BYTES_MAX: usize = 16;

/// A question, for one chain.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Ask {
    /// The chain for which something is to be signed.
    pub chain: ChainId,
    /// What is asked.
    pub what: What,
}

/// What is asked: who the signer is, or a signature over something whole.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum What {
    /// Who the signer is.
    Identity,
    /// A vote.
    Vote(Vote),
    /// A proposal.
    Proposal(Proposal),
    /// That a peer of the validators' network speaks for the key.
    ValidatorProof {
        /// The peer's id.
        peer_id: BoundedBytes<PEER_ID_BYTES_MAX>,
    },
    /// A transaction.
    Transaction(Transaction),
    /// A request to a node.
    Request(Request),
    /// A proof of possession.
    Possession {
        /// The nonce of whoever registers the key.
        nonce: [u8; 32],
    },
}

/// First or second vote of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum VoteKind {
    /// First vote.
    Prevote,
    /// Second vote.
    Precommit,
}

/// A vote; who votes is the signer's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Vote {
    /// First or second.
    pub kind: VoteKind,
    /// Height.
    pub height: Height,
    /// Round.
    pub round: u32,
    /// The block; none for a vote for nil.
    pub block: Option<BlockDigest>,
}

/// A proposal; who proposes is the signer's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Proposal {
    /// Height.
    pub height: Height,
    /// Round.
    pub round: u32,
    /// Earlier round in which the block had a quorum of prevotes, if any.
    pub pol_round: Option<u32>,
    /// The block.
    pub block: BlockDigest,
}

/// What the signature of a request covers.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Request {
    /// The method, in capitals.
    pub method: BoundedText<METHOD_BYTES_MAX>,
    /// The path with its query.
    pub path_and_query: BoundedText<PATH_BYTES_MAX>,
    /// Digest of the body.
    pub body: Digest,
    /// When it is signed, milliseconds since 1970.
    pub time_ms: u64,
    /// Fresh random bytes.
    pub nonce: [u8; 16],
}

/// The answer to a question.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Answer {
    /// Who the signer is.
    Identity(Identity),
    /// A signature over what was asked.
    Signature(Signature),
    /// Nothing was signed.
    Refused(Refusal),
}

/// Who a signer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Identity {
    /// The public half of its key.
    pub key: PublicKey,
    /// Whether it signs votes and proposals.
    pub signs_votes: bool,
    /// Height of the last vote or proposal that it signed.
    pub last_signed: Option<Height>,
}

/// Why something cannot be put to a signer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnaskableError {
    /// A vote or proposal has no round.
    #[error("a vote without a round is not signed")]
    Round,
    /// A peer's id is longer than any.
    #[error("the id of a peer is too long")]
    PeerId(#[source] TooManyItems),
    /// A method or path is none of a request.
    #[error("the method or path is none of a request")]
    Request(#[from] TextError),
}

impl TryFrom<&SignRequest> for What {
    type Error = UnaskableError;

    fn try_from(request: &SignRequest) -> Result<Self, UnaskableError> {
        Ok(match request {
            SignRequest::Vote(vote) => Self::Vote(Vote {
                kind: match vote.kind {
                    VoteType::Prevote => VoteKind::Prevote,
                    VoteType::Precommit => VoteKind::Precommit,
                },
                height: vote.height.0,
                round: vote.round.as_u32().ok_or(UnaskableError::Round)?,
                block: vote.block().copied(),
            }),
            SignRequest::Proposal(proposal) => Self::Proposal(Proposal {
                height: proposal.height.0,
                round: proposal.round.as_u32().ok_or(UnaskableError::Round)?,
                pol_round: proposal.pol_round.as_u32(),
                block: proposal.value.0,
            }),
            SignRequest::ValidatorProof { peer_id } => Self::ValidatorProof {
                peer_id: BoundedBytes::new(peer_id.clone()).map_err(UnaskableError::PeerId)?,
            },
        })
    }
}

impl Vote {
    /// The vote of a validator.
    pub fn of(&self, validator: PublicKey) -> SignRequest {
        SignRequest::Vote(EngineVote {
            kind: match self.kind {
                VoteKind::Prevote => VoteType::Prevote,
                VoteKind::Precommit => VoteType::Precommit,
            },
            height: EngineHeight(self.height),
            round: Round::new(self.round),
            value: self.block.map_or(NilOrVal::Nil, NilOrVal::Val),
            validator: Address(validator),
        })
    }
}

impl Proposal {
    /// The proposal of a validator.
    pub fn of(&self, proposer: PublicKey) -> SignRequest {
        SignRequest::Proposal(EngineProposal {
            height: EngineHeight(self.height),
            round: Round::new(self.round),
            value: EngineValue(self.block),
            pol_round: self.pol_round.map_or(Round::Nil, Round::new),
            proposer: Address(proposer),
        })
    }
}

impl Request {
    /// What is to be signed of a request.
    ///
    /// # Errors
    ///
    /// [`UnaskableError::Request`] for a method or path that no request has.
    pub fn of(request: &RequestToSign<'_>) -> Result<Self, UnaskableError> {
        let fields = request.fields();
        Ok(Self {
            method: BoundedText::parse(fields.method)?,
            path_and_query: BoundedText::parse(fields.path_and_query)?,
            body: fields.body,
            time_ms: fields.time_ms,
            nonce: fields.nonce,
        })
    }

    /// As the digest is computed from it.
    pub fn fields(&self) -> SignedFields<'_> {
        SignedFields {
            method: self.method.as_str(),
            path_and_query: self.path_and_query.as_str(),
            body: self.body,
            time_ms: self.time_ms,
            nonce: self.nonce,
        }
    }
}

#[cfg(test)]
mod tests;
