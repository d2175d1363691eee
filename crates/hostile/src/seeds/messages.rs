//! Messages of the engine and its log, the guard's slots, evidence of misbehaviour, signed requests, snapshots.

use std::collections::BTreeMap;

use arc_malachitebft_app_channel::app::types::codec::Codec as _;
use bytes::Bytes;
use data_encoding::HEXLOWER;
use serde::Deserialize;
use serde_json::Value;
use theriac_consensus::codec::WireCodec;
use theriac_consensus::engine::Round;
use theriac_consensus::guard::CHECKED_BYTES;
use theriac_consensus::parts::{ProposalHead, split};
use theriac_consensus::{Address, EngineHeight};
use theriac_crypto::{Digest, PublicKey};
use theriac_ledger::identifier::{AccountId, BlockDigest, ShipmentId};
use theriac_ledger::testing::{date, gtin, run_id, serial, sscc};
use theriac_partner::exception::message::{Content, Line, Message, Note};
use theriac_partner::exception::{Kind, Resolution};

use super::{Seed, json, seed};
use crate::decoders::{engine_log, requests, signer, snapshot};

const CODEC: &str = include_str!("../../../consensus/tests/vectors/codec.json");
const GUARD: &str = include_str!("../../../consensus/tests/vectors/guard.json");
const VOTES: &str = include_str!("../../../proof/tests/vectors/votes.json");

/// Bytes of a slot that are not zeros at its end: what is checked, and the checksum.
const SLOT_BYTES_USED: usize = CHECKED_BYTES + 32;

pub(super) fn all() -> Vec<Seed> {
    let mut seeds = engine();
    seeds.push(parts());
    seeds.extend(guard());
    seeds.extend(misbehaviour());
    seeds.push(signed_request());
    seeds.extend(exceptions());
    let messages = signer::golden().into_iter();
    seeds.extend(messages.map(|(name, bytes)| seed("signer_message", name, bytes)));
    seeds.push(seed("snapshot", "three-blocks", snapshot::golden()));
    let logs = engine_log::golden().into_iter();
    seeds.extend(logs.map(|(name, bytes)| seed("engine_log", name, bytes)));
    seeds
}

fn hex(text: &str) -> Vec<u8> {
    HEXLOWER
        .decode(text.as_bytes())
        .expect("vectors are hexadecimal")
}

fn engine() -> Vec<Seed> {
    let vectors: BTreeMap<String, String> = serde_json::from_str(CODEC).expect("vectors read");
    vectors
        .into_iter()
        .map(|(name, bytes)| seed("engine_message", name, hex(&bytes)))
        .collect()
}

/// A small body in its parts, one frame each, from one publisher.
fn parts() -> Seed {
    let head = ProposalHead {
        height: EngineHeight(7),
        round: Round::new(1),
        pol_round: Round::Nil,
        proposer: Address(PublicKey([1; 32])),
        block: BlockDigest(Digest([2; 32])),
    };
    let mut frames = Vec::new();
    for part in split(&head, &Bytes::from_static(&[9; 40]), 1) {
        let bytes = WireCodec.encode(&part).expect("a part is encoded");
        frames.push(0);
        let length = u16::try_from(bytes.len()).expect("a small part");
        frames.extend(length.to_le_bytes());
        frames.extend_from_slice(&bytes);
    }
    seed("proposal_parts", "small-body", frames)
}

#[derive(Deserialize)]
struct GuardVectors {
    slots: Vec<SlotVector>,
}

#[derive(Deserialize)]
struct SlotVector {
    bytes: String,
}

/// Each slot beside the one before it, whole and with checksums to be put right.
fn guard() -> Vec<Seed> {
    let vectors: GuardVectors = serde_json::from_str(GUARD).expect("vectors read");
    let slots: Vec<Vec<u8>> = vectors.slots.iter().map(|slot| hex(&slot.bytes)).collect();
    slots
        .windows(2)
        .enumerate()
        .map(|(index, pair)| {
            let mut bytes = vec![if index == 0 { 0 } else { 3 }];
            for slot in pair {
                let used = &slot[..slot.len().min(SLOT_BYTES_USED)];
                let length = u16::try_from(used.len()).expect("a short slot");
                bytes.extend(length.to_le_bytes());
                bytes.extend_from_slice(used);
            }
            seed("signing_guard", format!("slots-{index}"), bytes)
        })
        .collect()
}

fn misbehaviour() -> Vec<Seed> {
    let vectors: Value = serde_json::from_str(VOTES).expect("vectors read");
    let evidence = vectors["misbehaviour"]["evidence"].as_array();
    let mut seeds = Vec::new();
    for (index, one) in evidence.into_iter().flatten().enumerate() {
        let bytes = hex(one["bytes"].as_str().expect("evidence has bytes"));
        seeds.push(seed("misbehaviour", format!("evidence-{index}"), bytes));
        let text = json(&one["evidence"]);
        seeds.push(seed("misbehaviour", format!("evidence-{index}.json"), text));
    }
    seeds
}

/// A report of a unit and of a pack, an answer and a settlement.
fn exceptions() -> Vec<Seed> {
    let shipment = Some(ShipmentId(Digest([3; 32])));
    let unit = Line {
        kind: Kind::Damaged,
        sscc: Some(sscc("9506000", 1)),
        gtin: None,
        lot: None,
        serial: None,
        expiry: None,
        count: 1,
    };
    let pack = Line {
        kind: Kind::Mismatch,
        sscc: None,
        gtin: Some(gtin("9506000", 1)),
        lot: Some(run_id(gtin("9506000", 1), "L1", 0).lot),
        serial: Some(serial(7)),
        expiry: Some(date("2027-12-31")),
        count: 1,
    };
    let case = Digest([4; 32]);
    let resolution = Resolution::CreditAccount;
    let contents = [
        (
            "report",
            Content::Report {
                shipment,
                lines: vec![unit, pack].try_into().expect("two lines"),
                resolution,
            },
        ),
        (
            "answer",
            Content::Answer {
                case,
                resolution: None,
            },
        ),
        (
            "settlement",
            Content::Settlement {
                case,
                resolution,
                shipment,
            },
        ),
    ];
    contents
        .into_iter()
        .map(|(name, content)| {
            let message = Message {
                salt: [7; 32],
                from: AccountId(Digest([1; 32])),
                to: AccountId(Digest([2; 32])),
                content,
                note: Note::parse("one case too many").expect("a note"),
            };
            seed("exception_message", name, message.bytes())
        })
        .collect()
}

fn signed_request() -> Seed {
    let (_, headers, request) = requests::known();
    let mut lines: Vec<u8> = Vec::new();
    for (_, value) in headers.to_pairs() {
        lines.extend_from_slice(value.as_bytes());
        lines.push(b'\n');
    }
    for part in [request.method, request.path_and_query] {
        lines.extend_from_slice(part.as_bytes());
        lines.push(b'\n');
    }
    lines.extend_from_slice(request.body);
    seed("signed_request", "known", lines)
}
