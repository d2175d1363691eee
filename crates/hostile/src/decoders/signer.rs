//! What is said to a signer, and what it answers.

use theriac_consensus::signing::SignRequest;
use theriac_crypto::{Digest, PublicKey, Signature, SigningKey};
use theriac_ledger::action::{ActionBody, AnchorDigest, AnchorKind};
use theriac_ledger::encoding::{BoundedBytes, BoundedText};
use theriac_ledger::identifier::{BlockDigest, ChainId, Timestamp};
use theriac_ledger::transaction::Transaction;
use theriac_signer::wire::frame::{decode, encode};
use theriac_signer::wire::{
    ANSWER_BYTES_MAX, ASK_BYTES_MAX, Answer, Ask, Identity, Proposal, Refusal, RefusalCode,
    Request, Vote, VoteKind, What,
};

/// The content of a frame, as a question and as an answer: one value, one form, and a vote is signed as
/// it was read.
pub(crate) fn message(bytes: &[u8]) {
    if let Ok(answer) = decode::<Answer>(bytes, ANSWER_BYTES_MAX) {
        assert_eq!(encode(&answer), bytes, "an answer has two forms");
    }
    let Ok(ask) = decode::<Ask>(bytes, ASK_BYTES_MAX) else {
        return;
    };
    assert_eq!(encode(&ask), bytes, "a question has two forms");
    let key = known_key();
    let request = match &ask.what {
        What::Vote(vote) => vote.of(key),
        What::Proposal(proposal) => proposal.of(key),
        What::ValidatorProof { peer_id } => SignRequest::ValidatorProof {
            peer_id: peer_id.to_vec(),
        },
        _ => return,
    };
    let digest = request.digest(&ask.chain, &key);
    if let Some(subject) = request.subject(&ask.chain) {
        assert_eq!(
            subject.digest, digest,
            "the guard is asked for something else"
        );
    }
    if let Ok(again) = What::try_from(&request) {
        assert_eq!(again, ask.what, "a vote changes on its way");
    }
}

fn known_key() -> PublicKey {
    SigningKey::from_seed(&[1; 32]).public_key()
}

/// Messages of every kind.
pub(crate) fn golden() -> Vec<(&'static str, Vec<u8>)> {
    let chain = ChainId(Digest([12; 32]));
    let questions = questions()
        .into_iter()
        .map(|(name, what)| (name, encode(&Ask { chain, what })));
    let answers = answers()
        .into_iter()
        .map(|(name, answer)| (name, encode(&answer)));
    questions.chain(answers).collect()
}

fn questions() -> [(&'static str, What); 7] {
    let block = BlockDigest(Digest([2; 32]));
    let action: ActionBody = AnchorDigest {
        kind: AnchorKind::Document,
        digest: Digest([3; 32]),
    }
    .into();
    let transaction = Transaction {
        signer: known_key(),
        salt: [4; 16],
        valid_until: Timestamp(5),
        action: action.to_action().expect("a small action"),
        details: None,
    };
    [
        ("identity", What::Identity),
        (
            "vote",
            What::Vote(Vote {
                kind: VoteKind::Precommit,
                height: 6,
                round: 1,
                block: Some(block),
            }),
        ),
        (
            "proposal",
            What::Proposal(Proposal {
                height: 6,
                round: 1,
                pol_round: Some(0),
                block,
            }),
        ),
        (
            "proof",
            What::ValidatorProof {
                peer_id: BoundedBytes::new(vec![7; 38]).expect("a short id"),
            },
        ),
        ("transaction", What::Transaction(transaction)),
        (
            "request",
            What::Request(Request {
                method: BoundedText::parse("GET").expect("a method"),
                path_and_query: BoundedText::parse("/v1/blocks?from=1").expect("a path"),
                body: Digest([8; 32]),
                time_ms: 9,
                nonce: [10; 16],
            }),
        ),
        ("possession", What::Possession { nonce: [11; 32] }),
    ]
}

fn answers() -> [(&'static str, Answer); 4] {
    let identity = Identity {
        key: known_key(),
        signs_votes: true,
        last_signed: Some(6),
    };
    let refusal = Refusal::signed(6, "another vote was signed");
    let late = Refusal::new(RefusalCode::Time, "too late");
    [
        ("answer-identity", Answer::Identity(identity)),
        ("answer-signature", Answer::Signature(Signature([13; 64]))),
        ("answer-signed", Answer::Refused(refusal)),
        ("answer-time", Answer::Refused(late)),
    ]
}
