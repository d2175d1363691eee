use arc_malachitebft_app_channel::app::types::core::{NilOrVal, Round, SignedMessage};
use theriac_crypto::{SigningKey, digest};
use theriac_ledger::identifier::BlockDigest;

use super::*;
use crate::context::{Address, EngineHeight, EngineProposal, EngineValue, EngineVote};

fn key() -> SigningKey {
    SigningKey::from_seed(&[4; 32])
}

fn chain() -> ChainId {
    ChainId(digest("test", b"chain"))
}

fn block(number: u8) -> BlockDigest {
    BlockDigest(digest("test", &[number]))
}

fn signed_vote(round: Round, value: NilOrVal<BlockDigest>) -> SignedVote<TheriacContext> {
    let vote = EngineVote {
        kind: VoteType::Precommit,
        height: EngineHeight(5),
        round,
        value,
        validator: Address(key().public_key()),
    };
    SignedMessage::new(vote, key().sign(&vote.digest(&chain())))
}

fn signed_proposal(pol_round: Round, number: u8) -> SignedProposal<TheriacContext> {
    let proposal = EngineProposal {
        height: EngineHeight(5),
        round: Round::new(2),
        value: EngineValue(block(number)),
        pol_round,
        proposer: Address(key().public_key()),
    };
    SignedMessage::new(proposal, key().sign(&proposal.digest(&chain())))
}

#[expect(
    clippy::default_trait_access,
    reason = "the engine does not export the types"
)]
fn empty() -> MisbehaviorEvidence<TheriacContext> {
    MisbehaviorEvidence {
        proposals: Default::default(),
        votes: Default::default(),
    }
}

#[test]
fn what_the_engine_saw_is_evidence_that_anyone_can_check() {
    let mut seen = empty();
    let round = Round::new(1);
    seen.votes.add(
        signed_vote(round, NilOrVal::Val(block(1))),
        signed_vote(round, NilOrVal::Nil),
    );
    // One block, and two claims about an earlier round.
    seen.proposals.add(
        signed_proposal(Round::Nil, 1),
        signed_proposal(Round::ZERO, 1),
    );
    let found = from_engine(chain(), &seen);
    assert_eq!(found.len(), 2);
    for evidence in found {
        let finding = evidence.check(None).unwrap();
        assert_eq!(finding.height, 5);
        assert_eq!(finding.validators(), [key().public_key()]);
    }
}

#[test]
fn a_pair_that_names_no_round_or_says_the_same_is_left_out() {
    let mut seen = empty();
    seen.votes.add(
        signed_vote(Round::Nil, NilOrVal::Val(block(1))),
        signed_vote(Round::Nil, NilOrVal::Nil),
    );
    let twice = signed_vote(Round::ZERO, NilOrVal::Nil);
    seen.votes.add(twice.clone(), twice);
    assert_eq!(from_engine(chain(), &seen), Vec::new());
}
