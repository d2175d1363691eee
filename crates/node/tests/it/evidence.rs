//! Evidence: every answer can be checked, and nothing else passes.

pub(crate) mod cases;
pub(crate) mod changes;
mod evil;
mod mutation;
pub(crate) mod vectors;

use std::path::{Path, PathBuf};

use cases::Cases;
use theriac_ledger::identifier::Timestamp;
use theriac_ledger::record::{LotState, PackStatus};
use theriac_proof::EvidenceBundle;
use theriac_proof::check::{CheckName, Checked, Freshness, check};
use theriac_proof::light::Trust;
use theriac_proof::verdict::{AbsentFrom, Difference, Recorded, Subject, Verdict};

/// How old evidence may be in these tests.
const AGE_MS_MAX: u64 = 60_000;

/// Checks a bundle at its own time.
fn checked(cases: &Cases, bundle: &EvidenceBundle) -> Checked {
    checked_at(cases, bundle, bundle.head.header.time)
}

fn checked_at(cases: &Cases, bundle: &EvidenceBundle, now: Timestamp) -> Checked {
    let freshness = Freshness {
        now,
        age_ms_max: AGE_MS_MAX,
    };
    check(bundle, &Trust::from_anchor(&cases.anchor), freshness)
}

fn verdict(cases: &Cases, name: &str) -> Verdict {
    let checked = checked(cases, cases.find(name));
    assert_eq!(checked.failed, None, "{name}: {:?}", checked.verdict);
    checked.verdict
}

fn recorded(cases: &Cases, name: &str) -> Recorded {
    match verdict(cases, name) {
        Verdict::Recorded(recorded) => recorded,
        other => panic!("{name} is {other:?}"),
    }
}

#[test]
fn packs_in_every_state_are_shown_in_it() {
    let cases = Cases::new();
    for (name, status) in [
        ("active", PackStatus::Active),
        ("active-amid-changes", PackStatus::Active),
        ("active-after-changes", PackStatus::Active),
        ("active-beside-others", PackStatus::Active),
        ("active-in-a-short-run", PackStatus::Active),
        ("dispensed", PackStatus::Dispensed),
        ("locked", PackStatus::Locked),
    ] {
        let recorded = recorded(&cases, name);
        assert_eq!(recorded.status(), Some(status), "{name}");
        assert_eq!(recorded.lot, LotState::Open, "{name}");
    }
    assert!(recorded(&cases, "recalled").is_recalled());
    assert!(recorded(&cases, "expired").is_expired());
    assert!(!recorded(&cases, "active").is_expired());
}

#[test]
fn codes_of_a_lot_are_answered_for_the_lot() {
    let cases = Cases::new();
    assert_eq!(recorded(&cases, "lot").subject, Subject::Lot);
    assert!(recorded(&cases, "lot-recalled").is_recalled());
}

#[test]
fn codes_that_differ_from_the_record_are_told_apart() {
    let cases = Cases::new();
    for (name, expected) in [
        ("wrong-lot", Difference::Lot),
        ("expiry-of-another-month", Difference::Expiry),
    ] {
        match verdict(&cases, name) {
            Verdict::Mismatch { difference, .. } => assert_eq!(difference, expected, "{name}"),
            other => panic!("{name} is {other:?}"),
        }
    }
}

#[test]
fn what_was_never_made_is_shown_never_to_have_been_made() {
    let cases = Cases::new();
    for (name, proven_absent_from) in [
        ("unknown-serial", AbsentFrom::Lot),
        ("unknown-lot", AbsentFrom::Product),
        ("unknown-product", AbsentFrom::Register),
    ] {
        assert_eq!(
            verdict(&cases, name),
            Verdict::Unknown { proven_absent_from }
        );
    }
}

#[test]
fn evidence_whose_steps_are_not_those_of_the_chain_is_refused() {
    let cases = Cases::new();
    assert_eq!(cases.refused.len(), 12);
    for one in &cases.refused {
        let checked = checked(&cases, &one.bundle);
        let (name, verdict) = (one.name, &checked.verdict);
        assert_eq!(checked.failed, Some(one.failed), "{name}: {verdict:?}");
        assert!(matches!(verdict, Verdict::Invalid { .. }), "{name}");
    }
}

#[test]
fn evidence_says_who_made_the_pack_and_what_was_checked() {
    let cases = Cases::new();
    let checked = checked(&cases, cases.find("dispensed"));
    assert_eq!(
        checked.about.maker.unwrap().legal_name.to_string(),
        "Apotheke Venezia"
    );
    assert_eq!(
        checked.about.product.unwrap().name.to_string(),
        "Theriaca Andromachi"
    );
    let names: Vec<CheckName> = checked.checks.iter().map(|check| check.name).collect();
    let expected = [
        CheckName::Version,
        CheckName::Validators,
        CheckName::Commit,
        CheckName::Product,
        CheckName::Lot,
        CheckName::Maker,
        CheckName::Run,
        CheckName::Identity,
        CheckName::Entry,
        CheckName::Fresh,
    ];
    assert_eq!(names, expected);
}

#[test]
fn both_forms_of_a_bundle_are_the_same_evidence() {
    for case in Cases::new().all {
        let bytes = case.bundle.encode();
        assert_eq!(EvidenceBundle::decode(&bytes).unwrap(), case.bundle);
        let text = serde_json::to_vec(&case.bundle).unwrap();
        assert_eq!(EvidenceBundle::from_json(&text).unwrap(), case.bundle);
    }
}

#[test]
fn bundles_are_small() {
    for case in Cases::new().all {
        let length = case.bundle.encode().len();
        let limit = match case.name {
            // Two and four changes of six validators at most.
            name if name.ends_with("changes") => 10 * 1024,
            name if !name.starts_with("unknown") => 6 * 1024,
            // Two runs.
            "unknown-serial" => 6 * 1024,
            _ => 2 * 1024,
        };
        assert!(length <= limit, "{} has {length} bytes", case.name);
    }
}

#[test]
fn age_is_judged_by_the_checkers_clock() {
    let cases = Cases::new();
    let bundle = cases.find("active");
    let time = bundle.head.header.time;
    let at = |ms: i64| checked_at(&cases, bundle, Timestamp(time.0.saturating_add_signed(ms)));
    let limit = i64::try_from(AGE_MS_MAX).unwrap();
    assert!(matches!(at(limit).verdict, Verdict::Recorded(_)));
    let age_ms = AGE_MS_MAX + 1;
    assert_eq!(at(limit + 1).verdict, Verdict::Stale { age_ms });
    assert!(matches!(at(-60_000).verdict, Verdict::Recorded(_)));
    let early = at(-60_001);
    assert_eq!(early.failed, Some(CheckName::Fresh), "{:?}", early.verdict);
}

#[test]
fn golden_evidence_is_as_it_was() {
    let folder = vectors_folder();
    for (name, value) in vectors::all() {
        let bytes = std::fs::read(folder.join(&name)).unwrap();
        let known: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        assert!(
            known == value,
            "{name} changed: a change of format needs a decision record; \
             `cargo xtask golden --update` writes the vectors anew"
        );
    }
}

fn vectors_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors")
}
