//! Proposals and votes.

use arc_malachitebft_app_channel::app::types::core::{
    self as malachite, NilOrVal, Round, SignedExtension, VoteType,
};
use theriac_crypto::Digest;
use theriac_ledger::identifier::{BlockDigest, ChainId};
use theriac_proof::vote;

use super::{Address, EngineHeight, EngineValue, TheriacContext};

/// A proposer's signed word for a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineProposal {
    /// Height.
    pub height: EngineHeight,
    /// Round.
    pub round: Round,
    /// The block.
    pub value: EngineValue,
    /// Earlier round in which the block had a quorum of prevotes.
    pub pol_round: Round,
    /// Who proposes.
    pub proposer: Address,
}

impl EngineProposal {
    /// What its proposer signs.
    pub fn digest(&self, chain: &ChainId) -> Digest {
        vote::proposal_digest(
            chain,
            self.height.0,
            self.round.as_i64(),
            self.pol_round.as_i64(),
            &self.value.0,
        )
    }
}

impl malachite::Proposal<TheriacContext> for EngineProposal {
    fn height(&self) -> EngineHeight {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &EngineValue {
        &self.value
    }

    fn take_value(self) -> EngineValue {
        self.value
    }

    fn pol_round(&self) -> Round {
        self.pol_round
    }

    fn validator_address(&self) -> &Address {
        &self.proposer
    }
}

/// A prevote or precommit, for a block or for none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineVote {
    /// Prevote or precommit.
    pub kind: VoteType,
    /// Height.
    pub height: EngineHeight,
    /// Round.
    pub round: Round,
    /// The block, or none.
    pub value: NilOrVal<BlockDigest>,
    /// Who votes.
    pub validator: Address,
}

impl EngineVote {
    /// The block voted for.
    pub fn block(&self) -> Option<&BlockDigest> {
        match &self.value {
            NilOrVal::Nil => None,
            NilOrVal::Val(block) => Some(block),
        }
    }

    /// What the validator signs. The validator is not part of it, so all sign the same bytes.
    pub fn digest(&self, chain: &ChainId) -> Digest {
        let kind = match self.kind {
            VoteType::Prevote => vote::VoteType::Prevote,
            VoteType::Precommit => vote::VoteType::Precommit,
        };
        vote::vote_digest(
            chain,
            kind,
            self.height.0,
            self.round.as_i64(),
            self.block(),
        )
    }
}

/// Vote extensions are not used; this type has no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoExtension {}

impl malachite::Extension for NoExtension {
    fn size_bytes(&self) -> usize {
        match *self {}
    }
}

impl malachite::Vote<TheriacContext> for EngineVote {
    fn height(&self) -> EngineHeight {
        self.height
    }

    fn round(&self) -> Round {
        self.round
    }

    fn value(&self) -> &NilOrVal<BlockDigest> {
        &self.value
    }

    fn take_value(self) -> NilOrVal<BlockDigest> {
        self.value
    }

    fn vote_type(&self) -> VoteType {
        self.kind
    }

    fn validator_address(&self) -> &Address {
        &self.validator
    }

    fn extension(&self) -> Option<&SignedExtension<TheriacContext>> {
        None
    }

    fn take_extension(&mut self) -> Option<SignedExtension<TheriacContext>> {
        None
    }

    fn extend(self, extension: SignedExtension<TheriacContext>) -> Self {
        match extension.message {}
    }
}
