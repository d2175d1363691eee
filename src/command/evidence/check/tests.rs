use serde_json::json;
use theriac_crypto::{SigningKey, digest};
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::{BlockDigest, Timestamp};
use theriac_ledger::record::Parameters;
use theriac_ledger::validator::{Validator, ValidatorSet};
use theriac_proof::misbehaviour::{SeenVote, VoteHalf, VoteKind};
use theriac_proof::vote::vote_digest;

use super::*;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32])
}

fn anchor() -> Anchor {
    let members = (1..=4).map(|seed| Validator {
        key: key(seed).public_key(),
        power: 1,
    });
    Anchor {
        protocol: theriac_ledger::constants::PROTOCOL,
        time: Timestamp(1),
        validators: ValidatorSet::new(members.collect()).unwrap(),
        parameters: Parameters::default(),
        state_root: Digest::ZERO,
    }
}

fn two_precommits(seed: u8) -> Misbehaviour {
    let chain = anchor().chain_id();
    let kind = VoteKind::Precommit;
    let vote = |block: BlockDigest| {
        let signed = vote_digest(&chain, kind.into(), 9, 0, Some(&block));
        SeenVote {
            kind,
            height: 9,
            round: 0,
            half: VoteHalf {
                block: Some(block),
                signature: key(seed).sign(&signed),
            },
        }
    };
    let block = |number| BlockDigest(digest("test", &[number]));
    let (one, other) = (vote(block(1)), vote(block(2)));
    Misbehaviour::of_votes(chain, key(seed).public_key(), &one, &other).unwrap()
}

/// What the command says of a file of these bytes.
fn check_bytes(bytes: &[u8], is_trusting: bool) -> anyhow::Result<Report> {
    let folder = tempfile::tempdir().unwrap();
    let (file, trust) = (
        folder.path().join("evidence"),
        folder.path().join("genesis.json"),
    );
    std::fs::write(&file, bytes).unwrap();
    std::fs::write(&trust, serde_json::to_vec(&anchor()).unwrap()).unwrap();
    check(&Options {
        file,
        trust: is_trusting.then_some(trust),
    })
}

#[test]
fn bytes_and_json_give_one_answer_that_says_who_did_what_and_what_to_do() {
    let evidence = two_precommits(2);
    let text = serde_json::to_vec_pretty(&evidence).unwrap();
    for bytes in [evidence.encode(), text] {
        let report = check_bytes(&bytes, true).unwrap();
        assert!(report.holds);
        let rows = report.rows();
        let row = |name| rows.iter().find(|(known, _)| *known == name).unwrap();
        assert_eq!(row("validator").1, key(2).public_key().to_string());
        assert!(row("evidence").1.contains("is proved"));
        assert!(row("what").1.contains("precommitted twice at height 9"));
        assert!(row("next").1.contains("the other authorities"));
        assert!(!rows.iter().any(|(name, _)| *name == "note"));
        let value = serde_json::to_value(&report).unwrap();
        assert_eq!(value["holds"], true);
        assert_eq!(value["finding"]["offence"]["kind"], "two_votes");
        assert_eq!(value["finding"]["height"], 9);
        assert_eq!(value["digest"], json!(evidence.digest()));
    }
}

#[test]
fn without_a_trust_file_it_says_that_the_set_was_not_checked() {
    let report = check_bytes(&two_precommits(2).encode(), false).unwrap();
    assert!(report.holds);
    let rows = report.rows();
    let note = rows.iter().find(|(name, _)| *name == "note").unwrap();
    assert!(note.1.contains("not checked"), "{}", note.1);
    assert!(rows[0].1.contains("--trust"), "{}", rows[0].1);
}

#[test]
fn evidence_against_a_stranger_or_with_another_signature_does_not_hold() {
    let report = check_bytes(&two_precommits(7).encode(), true).unwrap();
    assert!(!report.holds);
    assert!(report.rows()[1].1.contains("not a validator"));
    let mut bytes = two_precommits(2).encode();
    *bytes.last_mut().unwrap() ^= 1;
    let report = check_bytes(&bytes, true).unwrap();
    let value = serde_json::to_value(&report).unwrap();
    assert_eq!(value["holds"], false);
    assert!(value["reason"].as_str().unwrap().contains("second half"));
}

#[test]
fn what_does_not_read_is_an_error_that_names_the_file() {
    for bytes in [
        &b""[..],
        b"{}",
        b"\x01\x02",
        b"\x09",
        &vec![b' '; MISBEHAVIOUR_JSON_BYTES_MAX + 1],
    ] {
        let error = check_bytes(bytes, false).unwrap_err();
        assert!(error.to_string().contains("evidence"), "{error}");
    }
    let nowhere = Options {
        file: PathBuf::from("nowhere.json"),
        trust: None,
    };
    assert!(check(&nowhere).unwrap_err().to_string().contains("nowhere"));
}
