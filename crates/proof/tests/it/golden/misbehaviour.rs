//! Evidence of misbehaviour of each kind, and evidence that shows nothing.

use serde_json::{Value, json};
use theriac_crypto::{Digest, PublicKey, digest};
use theriac_ledger::block::Header;
use theriac_ledger::constants::PROTOCOL;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{BlockDigest, ChainId, Timestamp};
use theriac_ledger::validator::{Validator, ValidatorSet};
use theriac_proof::bundle::CertifiedHeader;
use theriac_proof::misbehaviour::{
    Misbehaviour, ProposalHalf, SeenProposal, SeenVote, VoteHalf, VoteKind,
};
use theriac_proof::vote::{VoteType, proposal_digest, vote_digest};
use theriac_proof::{CommitCertificate, CommitSignature};

use super::{hex, key};

const HEIGHT: u64 = 258;

/// The part of the votes' vectors that is about misbehaviour.
pub(crate) fn misbehaviour(chain: ChainId) -> Value {
    let [one, other] = [0, 1].map(|round| two_heads(chain, round));
    let held = [one, other, two_votes(chain), two_proposals(chain)];
    let evidence: Vec<Value> = held.iter().map(held_vector).collect();
    let refused: Vec<Value> = refused(chain)
        .into_iter()
        .map(|(why, evidence)| {
            evidence.check(None).expect_err("it shows nothing");
            json!({ "why": why, "bytes": hex(&evidence.encode()) })
        })
        .collect();
    json!({ "evidence": evidence, "refused": refused })
}

fn held_vector(evidence: &Misbehaviour) -> Value {
    let finding = evidence.check(None).expect("it holds");
    json!({
        "evidence": evidence,
        "bytes": hex(&evidence.encode()),
        "digest": evidence.digest(),
        "signed_both": finding.validators(),
    })
}

fn refused(chain: ChainId) -> Vec<(&'static str, Misbehaviour)> {
    let Misbehaviour::TwoVotes(votes) = two_votes(chain) else {
        unreachable!("they are two votes")
    };
    let (mut exchanged, mut same, mut moved) = (votes.clone(), votes.clone(), votes);
    std::mem::swap(&mut exchanged.a, &mut exchanged.b);
    same.b = same.a;
    moved.round += 1;
    let Misbehaviour::TwoHeads(mut heads) = two_heads(chain, 0) else {
        unreachable!("they are two heads")
    };
    let mut few = heads.b.certificate.signatures.clone().into_inner();
    few.pop();
    heads.b.certificate.signatures = BoundedList::new(few).expect("two signatures");
    vec![
        (
            "the halves are exchanged",
            Misbehaviour::TwoVotes(exchanged),
        ),
        ("both halves say the same", Misbehaviour::TwoVotes(same)),
        (
            "the signatures are of another round",
            Misbehaviour::TwoVotes(moved),
        ),
        (
            "two of four did not make the second block final",
            Misbehaviour::TwoHeads(heads),
        ),
    ]
}

fn block(name: &[u8]) -> BlockDigest {
    BlockDigest(digest("golden", name))
}

fn validator(number: u8) -> PublicKey {
    key(number).public_key()
}

fn two_votes(chain: ChainId) -> Misbehaviour {
    let vote = |block: Option<BlockDigest>| {
        let signed = vote_digest(&chain, VoteType::Prevote, HEIGHT, 3, block.as_ref());
        SeenVote {
            kind: VoteKind::Prevote,
            height: HEIGHT,
            round: 3,
            half: VoteHalf {
                block,
                signature: key(2).sign(&signed),
            },
        }
    };
    let (one, other) = (vote(None), vote(Some(block(b"block"))));
    Misbehaviour::of_votes(chain, validator(2), &one, &other).expect("they differ")
}

fn two_proposals(chain: ChainId) -> Misbehaviour {
    let proposal = |block: BlockDigest, pol_round: Option<u32>| {
        let pol = pol_round.map_or(-1, i64::from);
        let signed = proposal_digest(&chain, HEIGHT, 3, pol, &block);
        SeenProposal {
            height: HEIGHT,
            round: 3,
            half: ProposalHalf {
                block,
                pol_round,
                signature: key(3).sign(&signed),
            },
        }
    };
    let one = proposal(block(b"block"), None);
    let other = proposal(block(b"another block"), Some(2));
    Misbehaviour::of_proposals(chain, validator(3), &one, &other).expect("they differ")
}

/// The second block was decided in `round`.
fn two_heads(chain: ChainId, round: u32) -> Misbehaviour {
    let members = (1..=4).map(|number| Validator {
        key: validator(number),
        power: 1,
    });
    let set = ValidatorSet::new(members.collect()).expect("four validators");
    let (one, other) = (
        head(chain, &set, 0, [1, 2, 3]),
        head(chain, &set, round, [2, 3, 4]),
    );
    Misbehaviour::of_heads(set, one, other).expect("they differ")
}

fn head(chain: ChainId, set: &ValidatorSet, round: u32, signers: [u8; 3]) -> CertifiedHeader {
    let header = Header {
        protocol: PROTOCOL,
        chain_id: chain,
        height: HEIGHT,
        time: Timestamp(1_800_000_000_000),
        parent: block(b"parent"),
        // The two blocks differ by it.
        proposer: validator(signers[0]),
        transactions_root: Digest::ZERO,
        transaction_count: 0,
        state_root: digest("golden", b"state"),
        validators: set.digest(),
        next_validators: set.digest(),
    };
    let block = header.digest();
    let precommit = VoteType::Precommit;
    let signed = vote_digest(&chain, precommit, HEIGHT, i64::from(round), Some(&block));
    let mut signatures = signers.map(|number| CommitSignature {
        validator: validator(number),
        signature: key(number).sign(&signed),
    });
    signatures.sort_by_key(|signature| signature.validator);
    CertifiedHeader {
        header,
        certificate: CommitCertificate {
            height: HEIGHT,
            round,
            block,
            signatures: BoundedList::new(signatures.to_vec()).expect("three signatures"),
        },
        signers: None,
    }
}
