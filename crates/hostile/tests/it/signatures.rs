//! Every place where a signature is checked gives one verdict, on what others disagree about.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use arc_malachitebft_app_channel::Verifier as _;
use arc_malachitebft_app_channel::app::types::core::{NilOrVal, Round, ValidatorProof, VoteType};
use theriac_consensus::signing::{SignRequest, StrictVerifier};
use theriac_consensus::{Address, EngineHeight, EngineProposal, EngineValue, EngineVote};
use theriac_crypto::{Digest, PublicKey, digest, possession_digest, verify, verify_possession};
use theriac_hostile::edges::{Edge, edges, strict};
use theriac_http::signed_request::{self, ReceivedRequest, RequestToSign, SignedHeaders};
use theriac_ledger::action::{ActionBody, AnchorDigest, AnchorKind};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::execute::{StatelessRejection, check_stateless};
use theriac_ledger::identifier::{BlockDigest, ChainId, Timestamp};
use theriac_ledger::transaction::{SignedTransaction, Transaction};
use theriac_ledger::validator::{Validator, ValidatorSet};
use theriac_proof::vote::{VoteType as ProofVoteType, vote_digest};
use theriac_proof::{CommitCertificate, CommitSignature};

fn chain() -> ChainId {
    ChainId(digest("test", b"chain"))
}

fn block() -> BlockDigest {
    BlockDigest(digest("test", b"block"))
}

/// Judges every case with what somewhere checks signatures, over the message that is signed there.
fn judge(message: impl Fn(&PublicKey) -> Digest, accepts: impl Fn(&Edge) -> bool) {
    let edges = edges(message);
    assert!(edges.len() > 100, "{} cases", edges.len());
    for edge in &edges {
        assert_eq!(accepts(edge), edge.is_accepted, "{}", edge.what);
    }
}

/// The answer of something that never waits.
fn answer<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => unreachable!("it waits for nothing"),
    }
}

#[test]
fn the_one_rule_decides_every_edge_as_written_out_over_the_curve() {
    let message = digest("test", b"message");
    judge(
        |_| message,
        |edge| {
            let is_accepted = verify(&edge.key, &message, &edge.signature).is_ok();
            assert_eq!(is_accepted, strict(&edge.key, &message, &edge.signature));
            is_accepted
        },
    );
}

#[test]
fn a_key_under_which_an_edge_is_accepted_and_that_may_be_registered_is_an_honest_one() {
    let message = digest("test", b"message");
    for edge in edges(|_| message) {
        let what = &edge.what;
        assert_eq!(edge.key.check().is_ok(), edge.is_registrable, "{what}");
        let is_honest =
            what == "an honest signature" || what == "torsion 0 in the key, 0 in R, cancels: true";
        assert_eq!(edge.is_accepted && edge.is_registrable, is_honest, "{what}");
    }
}

#[test]
fn the_engine_checks_votes_by_the_one_rule() {
    let vote = |key: &PublicKey| EngineVote {
        kind: VoteType::Precommit,
        height: EngineHeight(7),
        round: Round::new(2),
        value: NilOrVal::Val(block()),
        validator: Address(*key),
    };
    let verifier = StrictVerifier::new(chain());
    judge(
        |key| vote(key).digest(&chain()),
        |edge| {
            let vote = vote(&edge.key);
            let checked = verifier.verify_signed_vote(&vote, &edge.signature, &edge.key);
            answer(checked).unwrap().is_valid()
        },
    );
}

#[test]
fn the_engine_checks_proposals_by_the_one_rule() {
    let proposal = |key: &PublicKey| EngineProposal {
        height: EngineHeight(7),
        round: Round::new(2),
        value: EngineValue(block()),
        pol_round: Round::Nil,
        proposer: Address(*key),
    };
    let verifier = StrictVerifier::new(chain());
    judge(
        |key| proposal(key).digest(&chain()),
        |edge| {
            let proposal = proposal(&edge.key);
            let checked = verifier.verify_signed_proposal(&proposal, &edge.signature, &edge.key);
            answer(checked).unwrap().is_valid()
        },
    );
}

#[test]
fn the_engine_checks_proofs_of_validators_by_the_one_rule() {
    let request = SignRequest::ValidatorProof {
        peer_id: vec![1, 2, 3],
    };
    let verifier = StrictVerifier::new(chain());
    judge(
        |key| request.digest(&chain(), key),
        |edge| {
            let key = edge.key.0.to_vec();
            let proof = ValidatorProof::new(key, vec![1, 2, 3], edge.signature);
            answer(verifier.verify_validator_proof(&proof))
                .unwrap()
                .is_valid()
        },
    );
}

#[test]
fn certificates_are_checked_by_the_one_rule() {
    let height = 7;
    let message = vote_digest(
        &chain(),
        ProofVoteType::Precommit,
        height,
        2,
        Some(&block()),
    );
    judge(
        |_| message,
        |edge| {
            let member = Validator {
                key: edge.key,
                power: 1,
            };
            let signature = CommitSignature {
                validator: edge.key,
                signature: edge.signature,
            };
            let certificate = CommitCertificate {
                height,
                round: 2,
                block: block(),
                signatures: BoundedList::new(vec![signature]).unwrap(),
            };
            let set = ValidatorSet::new(vec![member]).unwrap();
            certificate.verify(&chain(), &set).is_ok()
        },
    );
}

#[test]
fn transactions_are_checked_by_the_one_rule() {
    let transaction = |key: &PublicKey| Transaction {
        signer: *key,
        salt: [1; 16],
        valid_until: Timestamp(1),
        action: ActionBody::from(AnchorDigest {
            kind: AnchorKind::Document,
            digest: Digest::ZERO,
        })
        .to_action()
        .unwrap(),
        details: None,
    };
    judge(
        |key| transaction(key).id(&chain()).0,
        |edge| {
            let signed = SignedTransaction {
                transaction: transaction(&edge.key),
                signature: edge.signature,
            };
            match check_stateless(signed, &chain()) {
                Ok(_) => true,
                Err(StatelessRejection::Signature(_)) => false,
                Err(other) => unreachable!("{other}"),
            }
        },
    );
}

#[test]
fn requests_are_checked_by_the_one_rule() {
    let chain = chain().0;
    let request = RequestToSign {
        method: "GET",
        path_and_query: "/v1/status",
        body: b"",
        time_ms: 5,
        nonce: [2; 16],
    };
    let received = ReceivedRequest {
        method: request.method,
        path_and_query: request.path_and_query,
        body: request.body,
    };
    judge(
        |key| request.digest(key, &chain),
        |edge| {
            let headers = SignedHeaders {
                key: edge.key,
                time_ms: request.time_ms,
                nonce: request.nonce,
                signature: edge.signature,
            };
            let pairs = headers.to_pairs();
            let header = |name: &str| {
                let pair = pairs.iter().find(|(known, _)| *known == name)?;
                Some(pair.1.as_bytes())
            };
            signed_request::verify(header, &received, 5, &chain).is_ok()
        },
    );
}

#[test]
fn proofs_of_possession_are_checked_by_the_one_rule() {
    let nonce = [4; 32];
    judge(
        |key| possession_digest(&nonce, key),
        |edge| verify_possession(&nonce, &edge.key, &edge.signature).is_ok(),
    );
}
