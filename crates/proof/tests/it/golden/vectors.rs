//! What the golden vectors contain: inputs as JSON, outputs as hexadecimal.

use std::fmt::Write as _;

use serde_json::{Value, json};
use theriac_crypto::{SigningKey, digest};
use theriac_ledger::encoding::{BoundedList, encode};
use theriac_ledger::identifier::{BlockDigest, ChainId};
use theriac_ledger::validator::{Validator, ValidatorSet};
use theriac_proof::vote::{VoteType, proposal_bytes, proposal_digest, vote_bytes, vote_digest};
use theriac_proof::{CommitCertificate, CommitSignature};

mod misbehaviour;
mod state;
mod tree;

/// Every file and its contents.
pub(crate) fn all() -> Vec<(&'static str, Value)> {
    vec![("state.json", state::state()), ("votes.json", votes())]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to memory does not fail");
        text
    })
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal"))
        .collect()
}

fn key(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number; 32])
}

/// Votes, proposals, a certificate of three of four validators, and evidence of misbehaviour.
fn votes() -> Value {
    let chain = ChainId(digest("golden", b"chain"));
    let block = BlockDigest(digest("golden", b"block"));
    // Numbers stay below 2^53, which is as far as JavaScript reads them exactly.
    let cases = [
        (VoteType::Prevote, 1, 0, Some(&block)),
        (VoteType::Precommit, 1, 0, Some(&block)),
        (VoteType::Precommit, 258, 3, None),
        (VoteType::Prevote, (1 << 53) - 1, i64::from(i32::MAX), None),
    ];
    let votes: Vec<Value> = cases
        .into_iter()
        .map(|(kind, height, round, block)| {
            let signed = vote_digest(&chain, kind, height, round, block);
            json!({
                "type": kind.byte(),
                "height": height,
                "round": round,
                "block": block,
                "bytes": hex(&vote_bytes(&chain, kind, height, round, block)),
                "digest": signed,
                "signature": key(1).sign(&signed),
            })
        })
        .collect();
    let proposals: Vec<Value> = [(1, 0, -1), (258, 3, 2)]
        .into_iter()
        .map(|(height, round, pol_round)| {
            let signed = proposal_digest(&chain, height, round, pol_round, &block);
            json!({
                "height": height,
                "round": round,
                "pol_round": pol_round,
                "block": block,
                "bytes": hex(&proposal_bytes(&chain, height, round, pol_round, &block)),
                "digest": signed,
                "signature": key(1).sign(&signed),
            })
        })
        .collect();
    json!({
        "chain_id": chain,
        "signing_key_seed": hex(&[1; 32]),
        "public_key": key(1).public_key(),
        "votes": votes,
        "proposals": proposals,
        "certificate": certificate(&chain, block),
        "misbehaviour": misbehaviour::misbehaviour(chain),
    })
}

fn certificate(chain: &ChainId, block: BlockDigest) -> Value {
    let (height, round) = (258, 1);
    let members = (1..=4).map(|number| Validator {
        key: key(number).public_key(),
        power: 1,
    });
    let validators = ValidatorSet::new(members.collect()).expect("four validators");
    let signed = vote_digest(chain, VoteType::Precommit, height, 1, Some(&block));
    let mut signatures: Vec<CommitSignature> = (1..=3)
        .map(|number| CommitSignature {
            validator: key(number).public_key(),
            signature: key(number).sign(&signed),
        })
        .collect();
    signatures.sort_by_key(|signature| signature.validator);
    let certificate = CommitCertificate {
        height,
        round,
        block,
        signatures: BoundedList::new(signatures).expect("three signatures"),
    };
    certificate
        .verify(chain, &validators)
        .expect("three of four are a quorum");
    json!({
        "validators": validators,
        "certificate": certificate,
        "bytes": hex(&encode(&certificate)),
    })
}
