//! The twelve cases on which verifiers of Ed25519 disagree; `tests/vectors/speccheck` says whose.

use serde::Deserialize;
use theriac_crypto::{Digest, PublicKey, Signature, verify};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    number: usize,
    what: String,
    message: Digest,
    key: PublicKey,
    signature: Signature,
    is_accepted: bool,
    is_registrable: bool,
}

#[test]
fn the_one_rule_decides_the_twelve_cases_of_the_paper() {
    let text = include_str!("../vectors/speccheck/cases.json");
    let cases: Vec<Case> = serde_json::from_str(text).unwrap();
    assert_eq!(cases.len(), 12);
    for (index, case) in cases.iter().enumerate() {
        assert_eq!(case.number, index);
        let is_accepted = verify(&case.key, &case.message, &case.signature).is_ok();
        assert_eq!(is_accepted, case.is_accepted, "case {index}: {}", case.what);
        let is_registrable = case.key.check().is_ok();
        assert_eq!(
            is_registrable, case.is_registrable,
            "case {index}: {}",
            case.what
        );
        let is_believed = is_accepted && is_registrable;
        assert!(!is_believed, "no case is by a key that anybody may hold");
    }
}
