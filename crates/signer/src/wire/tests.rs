use proptest::prelude::*;
use theriac_ledger::action::Action;
use theriac_ledger::identifier::Timestamp;

use super::frame::{FrameError, VERSION, decode, encode};
use super::*;

fn digest32() -> impl Strategy<Value = Digest> {
    any::<[u8; 32]>().prop_map(Digest)
}

fn block() -> impl Strategy<Value = BlockDigest> {
    digest32().prop_map(BlockDigest)
}

fn transaction() -> impl Strategy<Value = Transaction> {
    let body = prop::collection::vec(any::<u8>(), 0..300);
    (
        any::<[u8; 32]>(),
        any::<[u8; 16]>(),
        any::<u64>(),
        any::<u16>(),
        body,
        prop::option::of(digest32()),
    )
        .prop_map(
            |(signer, salt, valid_until, kind, body, details)| Transaction {
                signer: PublicKey(signer),
                salt,
                valid_until: Timestamp(valid_until),
                action: Action {
                    kind,
                    body: BoundedBytes::new(body).unwrap(),
                },
                details,
            },
        )
}

fn request() -> impl Strategy<Value = Request> {
    (
        "[A-Z]{1,16}",
        "/[!-~]{0,200}",
        digest32(),
        any::<u64>(),
        any::<[u8; 16]>(),
    )
        .prop_map(|(method, path, body, time_ms, nonce)| Request {
            method: BoundedText::parse(&method).unwrap(),
            path_and_query: BoundedText::parse(&path).unwrap(),
            body,
            time_ms,
            nonce,
        })
}

fn what() -> impl Strategy<Value = What> {
    let kind = prop_oneof![Just(VoteKind::Prevote), Just(VoteKind::Precommit)];
    let vote = (kind, any::<u64>(), any::<u32>(), prop::option::of(block()));
    let proposal = (
        any::<u64>(),
        any::<u32>(),
        prop::option::of(any::<u32>()),
        block(),
    );
    let peer_id = prop::collection::vec(any::<u8>(), 0..=PEER_ID_BYTES_MAX);
    prop_oneof![
        Just(What::Identity),
        vote.prop_map(|(kind, height, round, block)| What::Vote(Vote {
            kind,
            height,
            round,
            block,
        })),
        proposal.prop_map(
            |(height, round, pol_round, block)| What::Proposal(Proposal {
                height,
                round,
                pol_round,
                block,
            })
        ),
        peer_id.prop_map(|peer_id| What::ValidatorProof {
            peer_id: BoundedBytes::new(peer_id).unwrap(),
        }),
        transaction().prop_map(What::Transaction),
        request().prop_map(What::Request),
        any::<[u8; 32]>().prop_map(|nonce| What::Possession { nonce }),
    ]
}

fn ask() -> impl Strategy<Value = Ask> {
    (digest32(), what()).prop_map(|(chain, what)| Ask {
        chain: ChainId(chain),
        what,
    })
}

fn answer() -> impl Strategy<Value = Answer> {
    let identity = (
        any::<[u8; 32]>(),
        any::<bool>(),
        prop::option::of(any::<u64>()),
    );
    prop_oneof![
        identity.prop_map(
            |(key, signs_votes, last_signed)| Answer::Identity(Identity {
                key: PublicKey(key),
                signs_votes,
                last_signed,
            })
        ),
        (any::<[u8; 32]>(), any::<[u8; 32]>()).prop_map(|(first, second)| {
            let both: Vec<u8> = first.into_iter().chain(second).collect();
            Answer::Signature(Signature(both.try_into().unwrap()))
        }),
        ("\\PC{0,600}", prop::option::of(any::<u64>())).prop_map(|(sentence, height)| {
            let refusal = Refusal::new(RefusalCode::OverLimit, &sentence);
            Answer::Refused(Refusal { height, ..refusal })
        }),
    ]
}

proptest! {
    #[test]
    fn what_is_asked_reads_back(ask in ask()) {
        prop_assert_eq!(decode::<Ask>(&encode(&ask), ASK_BYTES_MAX).unwrap(), ask);
    }

    #[test]
    fn what_is_answered_reads_back_and_keeps_its_bound(answer in answer()) {
        let bytes = encode(&answer);
        prop_assert!(bytes.len() <= ANSWER_BYTES_MAX);
        prop_assert_eq!(decode::<Answer>(&bytes, ANSWER_BYTES_MAX).unwrap(), answer);
    }

    #[test]
    fn any_bytes_are_refused_or_have_no_other_form(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(ask) = decode::<Ask>(&bytes, ASK_BYTES_MAX) {
            prop_assert_eq!(encode(&ask), bytes);
        }
    }

    #[test]
    fn a_vote_is_signed_as_the_engine_means_it(what in what(), chain in digest32(), key in any::<[u8; 32]>()) {
        let key = PublicKey(key);
        let request = match &what {
            What::Vote(vote) => vote.of(key),
            What::Proposal(proposal) => proposal.of(key),
            What::ValidatorProof { peer_id } => SignRequest::ValidatorProof { peer_id: peer_id.to_vec() },
            _ => return Ok(()),
        };
        // A round that the engine cannot hold has no other form either.
        if let Ok(again) = What::try_from(&request) {
            prop_assert_eq!(&again, &what);
            let chain = ChainId(chain);
            prop_assert!(request.subject(&chain).is_none_or(|subject| subject.digest == request.digest(&chain, &key)));
        }
    }
}

#[test]
fn a_frame_begins_with_its_version_and_nothing_follows_it() {
    let ask = Ask {
        chain: ChainId(Digest([7; 32])),
        what: What::Identity,
    };
    let bytes = encode(&ask);
    assert_eq!(bytes.len(), 34);
    assert_eq!((bytes[0], bytes[33]), (VERSION, 0));
    assert!(matches!(
        decode::<Ask>(&[], ASK_BYTES_MAX),
        Err(FrameError::Version)
    ));
    let mut other = bytes.clone();
    other[0] = VERSION + 1;
    assert!(matches!(
        decode::<Ask>(&other, ASK_BYTES_MAX),
        Err(FrameError::Version)
    ));
    let longer = [&bytes[..], &[0]].concat();
    assert!(matches!(
        decode::<Ask>(&longer, ASK_BYTES_MAX),
        Err(FrameError::Decode(_))
    ));
    assert!(matches!(
        decode::<Ask>(&bytes, 33),
        Err(FrameError::TooLong { max: 33, found: 34 })
    ));
}

#[tokio::test]
async fn a_frame_that_claims_too_much_is_refused_before_it_is_read() {
    let claimed = u32::MAX.to_le_bytes();
    let mut stream = &claimed[..];
    let read = frame::read::<Ask>(&mut stream, ASK_BYTES_MAX).await;
    assert!(matches!(
        read,
        Err(FrameError::TooLong {
            max: ASK_BYTES_MAX,
            ..
        })
    ));
    let mut nothing: &[u8] = &[];
    assert!(
        frame::read::<Ask>(&mut nothing, ASK_BYTES_MAX)
            .await
            .unwrap()
            .is_none()
    );
    let mut torn: &[u8] = &[34, 0];
    assert!(frame::read::<Ask>(&mut torn, ASK_BYTES_MAX).await.is_err());
}

#[tokio::test]
async fn the_longest_transaction_fits_a_frame() {
    let body = vec![1; TRANSACTION_BYTES_MAX - 200];
    let transaction = Transaction {
        signer: PublicKey([1; 32]),
        salt: [2; 16],
        valid_until: Timestamp(3),
        action: Action {
            kind: 16,
            body: BoundedBytes::new(body).unwrap(),
        },
        details: Some(Digest([4; 32])),
    };
    let ask = Ask {
        chain: ChainId(Digest([5; 32])),
        what: What::Transaction(transaction),
    };
    let mut bytes = Vec::new();
    frame::write(&mut bytes, &ask, ASK_BYTES_MAX).await.unwrap();
    let read = frame::read::<Ask>(&mut &bytes[..], ASK_BYTES_MAX).await;
    assert_eq!(read.unwrap(), Some(ask));
}

#[test]
fn a_long_sentence_is_cut_between_characters() {
    let refusal = Refusal::new(RefusalCode::Time, &"é".repeat(SENTENCE_BYTES_MAX));
    assert_eq!(refusal.sentence.as_str().len(), SENTENCE_BYTES_MAX);
    let refusal = Refusal::new(RefusalCode::Time, "two\nlines ");
    assert_eq!(refusal.sentence.as_str(), "two lines");
}
