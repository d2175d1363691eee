//! One of each message, round trips over random ones, and vectors of the bytes.

use arc_malachitebft_app_channel::app::consensus::LivenessMsg;
use arc_malachitebft_app_channel::app::types::core::{
    ExtendedCommitCertificate, ExtendedCommitSignature, NilOrVal, PolkaCertificate, PolkaSignature,
    Round, RoundCertificate, RoundCertificateType, RoundSignature, SignedMessage, ValidatorProof,
    Validity, VoteType,
};
use arc_malachitebft_app_channel::app::types::{ProposedValue, SignedConsensusMsg};
use arc_malachitebft_sync::{
    RawDecidedValue, Request, Response, Status, ValueRequest, ValueResponse,
};
use bytes::Bytes;
use proptest::prelude::*;
use theriac_crypto::{Digest, PublicKey, Signature};
use theriac_ledger::constants::BLOCK_BYTES_MAX;
use theriac_ledger::identifier::BlockDigest;

use super::*;
use crate::context::{
    Address, EngineHeight, EngineProposal, EngineValue, EngineVote, ProposalPart, TheriacContext,
};
use crate::engine::{StreamContent, StreamId, StreamMessage};
use crate::peer::peer_id;

type Ctx = TheriacContext;

fn block(byte: u8) -> BlockDigest {
    BlockDigest(Digest([byte; 32]))
}

fn address(byte: u8) -> Address {
    Address(PublicKey([byte; 32]))
}

fn signature(byte: u8) -> Signature {
    Signature([byte; 64])
}

fn round(number: u32) -> Round {
    number.checked_sub(1).map_or(Round::Nil, Round::new)
}

fn vote(height: u64, number: u32, byte: u8) -> SignedMessage<Ctx, EngineVote> {
    let value = if byte.is_multiple_of(2) {
        NilOrVal::Nil
    } else {
        NilOrVal::Val(block(byte))
    };
    let vote = EngineVote {
        kind: if byte < 128 {
            VoteType::Prevote
        } else {
            VoteType::Precommit
        },
        height: EngineHeight(height),
        round: round(number),
        value,
        validator: address(byte),
    };
    SignedMessage::new(vote, signature(byte))
}

fn proposal(height: u64, number: u32, byte: u8) -> SignedMessage<Ctx, EngineProposal> {
    let proposal = EngineProposal {
        height: EngineHeight(height),
        round: round(number),
        value: EngineValue(block(byte)),
        pol_round: round(number / 2),
        proposer: address(byte),
    };
    SignedMessage::new(proposal, signature(byte))
}

fn polka(height: u64, number: u32, count: u8) -> PolkaCertificate<Ctx> {
    PolkaCertificate {
        height: EngineHeight(height),
        round: round(number),
        value_id: block(count),
        polka_signatures: (0..count)
            .map(|byte| PolkaSignature::new(address(byte), signature(byte)))
            .collect(),
    }
}

fn skip(height: u64, number: u32, count: u8) -> RoundCertificate<Ctx> {
    RoundCertificate {
        height: EngineHeight(height),
        round: round(number),
        cert_type: if count.is_multiple_of(2) {
            RoundCertificateType::Skip
        } else {
            RoundCertificateType::Precommit
        },
        round_signatures: (0..count)
            .map(|byte| {
                let SignedMessage { message, signature } = vote(height, number, byte);
                RoundSignature::new(message.kind, message.value, message.validator, signature)
            })
            .collect(),
    }
}

fn part(height: u64, number: u32, bytes: &[u8]) -> ProposalPart {
    match bytes.len() % 3 {
        0 => ProposalPart::Init {
            height: EngineHeight(height),
            round: round(number),
            pol_round: round(number / 2),
            proposer: address(1),
            block: block(2),
            length: u32::try_from(bytes.len() + 1).unwrap(),
        },
        1 => ProposalPart::Data(Bytes::copy_from_slice(bytes)),
        _ => ProposalPart::Fin,
    }
}

fn streamed(height: u64, number: u32, bytes: &[u8]) -> StreamMessage<ProposalPart> {
    let content = if number.is_multiple_of(7) {
        StreamContent::Fin
    } else {
        StreamContent::Data(part(height, number, bytes))
    };
    StreamMessage::new(
        StreamId::new(Bytes::from_static(b"stream")),
        height,
        content,
    )
}

fn proof(byte: u8) -> ValidatorProof<Ctx> {
    let peer = peer_id(&PublicKey([byte; 32]));
    ValidatorProof::new(vec![byte; 32], peer.to_bytes(), signature(byte))
}

fn value(height: u64, number: u32, byte: u8) -> ProposedValue<Ctx> {
    ProposedValue {
        height: EngineHeight(height),
        round: round(number),
        valid_round: round(number / 2),
        proposer: address(byte),
        value: EngineValue(block(byte)),
        validity: Validity::from_bool(byte.is_multiple_of(2)),
    }
}

fn status(height: u64, byte: u8) -> Status<Ctx> {
    Status {
        peer_id: peer_id(&PublicKey([byte; 32])),
        tip_height: EngineHeight(height),
        history_min_height: EngineHeight(1),
    }
}

fn request(height: u64, count: u64) -> Request<Ctx> {
    let last = EngineHeight(height.saturating_add(count));
    Request::ValueRequest(ValueRequest::new(EngineHeight(height)..=last))
}

fn response(height: u64, count: u8, bytes: &[u8]) -> Response<Ctx> {
    let decided = |index: u8| {
        let certificate = ExtendedCommitCertificate {
            height: EngineHeight(height.saturating_add(u64::from(index))),
            round: Round::ZERO,
            value_id: block(index),
            commit_signatures: (0..index)
                .map(|byte| ExtendedCommitSignature::new(address(byte), signature(byte), None))
                .collect(),
        };
        RawDecidedValue::new(Bytes::copy_from_slice(bytes), certificate)
    };
    let values = (0..count).map(decided).collect();
    Response::ValueResponse(ValueResponse::new(EngineHeight(height), values))
}

/// Encodes, decodes, and checks that no shorter and no longer bytes are read as the message.
fn check<T: Wire + PartialEq + std::fmt::Debug>(message: &T) -> Bytes {
    let bytes = encode(message).unwrap();
    assert_eq!(&decode::<T>(bytes.clone()).unwrap(), message);
    assert_eq!(WireCodec.encoded_len(message).unwrap(), bytes.len());
    for end in 0..bytes.len() {
        assert!(decode::<T>(bytes.slice(..end)).is_err(), "cut at {end}");
    }
    let mut longer = bytes.to_vec();
    longer.push(0);
    let trailing = decode::<T>(longer.into()).unwrap_err();
    assert_eq!(trailing, CodecError::Trailing { count: 1 });
    bytes
}

/// Random bytes are refused, or are the one encoding of what they decode to.
fn check_random<T: Wire>(bytes: &[u8]) {
    if let Ok(message) = decode::<T>(Bytes::copy_from_slice(bytes)) {
        assert_eq!(encode(&message).unwrap(), bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_message_has_one_encoding(
        height: u64,
        number in 0..=u32::MAX,
        byte: u8,
        count in 0..8u8,
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        check(&SignedConsensusMsg::Vote(vote(height, number, byte)));
        check(&SignedConsensusMsg::Proposal(proposal(height, number, byte)));
        check(&LivenessMsg::Vote(vote(height, number, byte)));
        check(&LivenessMsg::PolkaCertificate(polka(height, number, count)));
        check(&LivenessMsg::SkipRoundCertificate(skip(height, number, count)));
        check(&polka(height, number, count));
        check(&part(height, number, &bytes));
        check(&streamed(height, number, &bytes));
        check(&proof(byte));
        check(&value(height, number, byte));
        check(&status(height, byte));
        check(&request(height, u64::from(number)));
        check(&response(height, count.min(4), &bytes));
    }

    #[test]
    fn random_bytes_never_panic_and_never_have_a_second_reading(
        bytes in prop::collection::vec(0..3u8, 0..400),
    ) {
        check_random::<SignedConsensusMsg<Ctx>>(&bytes);
        check_random::<LivenessMsg<Ctx>>(&bytes);
        check_random::<PolkaCertificate<Ctx>>(&bytes);
        check_random::<ProposalPart>(&bytes);
        check_random::<StreamMessage<ProposalPart>>(&bytes);
        check_random::<ValidatorProof<Ctx>>(&bytes);
        check_random::<ProposedValue<Ctx>>(&bytes);
        check_random::<Status<Ctx>>(&bytes);
        check_random::<Request<Ctx>>(&bytes);
        check_random::<Response<Ctx>>(&bytes);
    }
}

#[test]
fn a_body_over_the_bound_is_neither_written_nor_read() {
    let long = vec![0; BLOCK_BYTES_MAX + 1];
    let refused = encode(&response(1, 1, &long)).unwrap_err();
    let expected = CodecError::TooLong {
        field: "body",
        found: BLOCK_BYTES_MAX + 1,
        max: BLOCK_BYTES_MAX,
    };
    assert_eq!(refused, expected);
    let mut bytes = encode(&response(1, 1, &[])).unwrap().to_vec();
    bytes[13..17].copy_from_slice(&u32::try_from(long.len()).unwrap().to_be_bytes());
    assert_eq!(decode::<Response<Ctx>>(bytes.into()).unwrap_err(), expected);
}

#[test]
fn a_list_that_claims_too_many_entries_is_refused_before_it_is_read() {
    let mut bytes = encode(&response(1, 0, &[])).unwrap().to_vec();
    bytes[9..13].copy_from_slice(&u32::MAX.to_be_bytes());
    let refused = decode::<Response<Ctx>>(bytes.into()).unwrap_err();
    assert!(matches!(refused, CodecError::TooLong { max: 4, .. }));
}

#[test]
fn a_part_that_announces_an_impossible_body_is_refused() {
    for length in [0, u32::try_from(BLOCK_BYTES_MAX + 1).unwrap(), u32::MAX] {
        let mut bytes = encode(&part(1, 1, &[])).unwrap().to_vec();
        let at = bytes.len() - 4;
        bytes[at..].copy_from_slice(&length.to_be_bytes());
        assert!(decode::<ProposalPart>(bytes.into()).is_err());
    }
}

#[test]
fn a_round_below_none_or_above_the_largest_is_refused() {
    for number in [-2, i64::from(u32::MAX) + 1, i64::MIN] {
        let mut bytes = encode(&polka(1, 1, 0)).unwrap().to_vec();
        bytes[8..16].copy_from_slice(&number.to_be_bytes());
        let refused = decode::<PolkaCertificate<Ctx>>(bytes.into()).unwrap_err();
        assert!(matches!(refused, CodecError::Value { value, .. } if value == number));
    }
}

#[test]
fn the_bytes_are_those_of_the_vectors() {
    let nil = vote(0x0102, 1, 2);
    let messages = [
        (
            "vote",
            check(&SignedConsensusMsg::Vote(vote(0x0102, 3, 0x81))),
        ),
        ("nil_vote", check(&SignedConsensusMsg::Vote(nil.clone()))),
        (
            "proposal",
            check(&SignedConsensusMsg::Proposal(proposal(7, 4, 5))),
        ),
        ("liveness_vote", check(&LivenessMsg::Vote(nil))),
        (
            "liveness_polka",
            check(&LivenessMsg::PolkaCertificate(polka(7, 1, 2))),
        ),
        (
            "liveness_skip",
            check(&LivenessMsg::SkipRoundCertificate(skip(7, 2, 2))),
        ),
        ("polka", check(&polka(7, 1, 1))),
        ("part_init", check(&part(7, 2, &[0; 3]))),
        ("part_data", check(&part(7, 2, &[1, 2, 3, 4]))),
        ("part_fin", check(&part(7, 2, &[0; 2]))),
        ("stream_part", check(&streamed(7, 2, &[1]))),
        ("stream_fin", check(&streamed(7, 7, &[1]))),
        ("validator_proof", check(&proof(9))),
        ("proposed_value", check(&value(7, 3, 4))),
        ("sync_status", check(&status(7, 9))),
        ("sync_request", check(&request(7, 3))),
        ("sync_response", check(&response(7, 2, &[1, 2]))),
    ];
    let vectors: std::collections::BTreeMap<String, String> =
        serde_json::from_str(include_str!("../../tests/vectors/codec.json")).unwrap();
    let found: std::collections::BTreeMap<String, String> = messages
        .iter()
        .map(|(name, bytes)| ((*name).to_owned(), data_encoding::HEXLOWER.encode(bytes)))
        .collect();
    let shown = serde_json::to_string_pretty(&found).unwrap();
    assert_eq!(found, vectors, "the code writes {shown}");
}
