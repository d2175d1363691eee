//! The engine's evidence against validators, in the form that anyone can check.

use arc_malachitebft_app_channel::app::types::MisbehaviorEvidence;
use arc_malachitebft_app_channel::app::types::core::{SignedProposal, SignedVote, VoteType};
use theriac_ledger::identifier::ChainId;
use theriac_proof::misbehaviour::{
    Misbehaviour, ProposalHalf, SeenProposal, SeenVote, VoteHalf, VoteKind,
};

use crate::context::TheriacContext;

/// What the engine saw in one height. A pair that does not contradict itself in what is signed, or
/// names no round, is left out: it would prove nothing.
pub fn from_engine(
    chain: ChainId,
    evidence: &MisbehaviorEvidence<TheriacContext>,
) -> Vec<Misbehaviour> {
    let votes = evidence.votes.iter().flat_map(|(address, pairs)| {
        pairs.iter().filter_map(move |(one, other)| {
            Misbehaviour::of_votes(chain, address.0, &vote(one)?, &vote(other)?)
        })
    });
    let proposals = evidence.proposals.iter().flat_map(|(address, pairs)| {
        pairs.iter().filter_map(move |(one, other)| {
            Misbehaviour::of_proposals(chain, address.0, &proposal(one)?, &proposal(other)?)
        })
    });
    votes.chain(proposals).collect()
}

fn vote(signed: &SignedVote<TheriacContext>) -> Option<SeenVote> {
    let vote = &signed.message;
    Some(SeenVote {
        kind: match vote.kind {
            VoteType::Prevote => VoteKind::Prevote,
            VoteType::Precommit => VoteKind::Precommit,
        },
        height: vote.height.0,
        round: vote.round.as_u32()?,
        half: VoteHalf {
            block: vote.block().copied(),
            signature: signed.signature,
        },
    })
}

fn proposal(signed: &SignedProposal<TheriacContext>) -> Option<SeenProposal> {
    let proposal = &signed.message;
    Some(SeenProposal {
        height: proposal.height.0,
        round: proposal.round.as_u32()?,
        half: ProposalHalf {
            block: proposal.value.0,
            pol_round: proposal.pol_round.as_u32(),
            signature: signed.signature,
        },
    })
}

#[cfg(test)]
mod tests;
