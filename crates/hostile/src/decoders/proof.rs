//! Evidence, histories and evidence of misbehaviour: nothing is believed but what was signed.

use std::sync::LazyLock;

use theriac_ledger::identifier::{BlockDigest, Timestamp};
use theriac_proof::EvidenceBundle;
use theriac_proof::check::{Freshness, check};
use theriac_proof::history::{self, HistoryBundle, HistoryVerdict};
use theriac_proof::light::Trust;
use theriac_proof::misbehaviour::Misbehaviour;
use theriac_proof::verdict::Verdict;

/// The genesis of the golden chain; its evidence and its histories are by the same validators.
const GENESIS: &[u8] = include_bytes!("../../../../tests/vectors/genesis.json");

static TRUST: LazyLock<Trust> =
    LazyLock::new(|| Trust::from_json(GENESIS).expect("the golden genesis reads"));

/// Heads of the golden evidence, of every height.
static EVIDENCE: LazyLock<Vec<BlockDigest>> = LazyLock::new(|| {
    let texts: [&[u8]; 4] = [
        include_bytes!("../../../../tests/vectors/bundle-active.json"),
        include_bytes!("../../../../tests/vectors/bundle-expired.json"),
        include_bytes!("../../../../tests/vectors/bundle-active-amid-changes.json"),
        include_bytes!("../../../../tests/vectors/bundle-active-after-changes.json"),
    ];
    let read = |text: &[u8]| EvidenceBundle::from_json(text).expect("golden evidence reads");
    texts
        .iter()
        .map(|text| read(text).head.header.digest())
        .collect()
});

/// Heads of the histories among the seeds.
static HISTORIES: LazyLock<Vec<BlockDigest>> = LazyLock::new(|| {
    let seeds: [&[u8]; 2] = [
        include_bytes!("../../../../fuzz/seeds/history/untouched"),
        include_bytes!("../../../../fuzz/seeds/history/dispensed"),
    ];
    let read = |bytes: &[u8]| HistoryBundle::decode(bytes).expect("a history of the seeds reads");
    seeds
        .iter()
        .map(|bytes| read(bytes).evidence.head.header.digest())
        .collect()
});

fn times(time: Timestamp) -> [Freshness; 3] {
    [time, Timestamp(0), Timestamp(u64::MAX)].map(|now| Freshness {
        now,
        age_ms_max: 60_000,
    })
}

/// Evidence for an answer.
pub(crate) fn evidence(bytes: &[u8]) {
    if let Ok(bundle) = EvidenceBundle::decode(bytes) {
        judge_evidence(&bundle);
    }
    if let Ok(bundle) = EvidenceBundle::from_json(bytes) {
        judge_evidence(&bundle);
    }
    let _ = Trust::from_json(bytes);
}

fn judge_evidence(bundle: &EvidenceBundle) {
    assert_eq!(
        EvidenceBundle::decode(&bundle.encode()).as_ref(),
        Ok(bundle)
    );
    for freshness in times(bundle.head.header.time) {
        let checked = check(bundle, &TRUST, freshness);
        let is_believed = !matches!(checked.verdict, Verdict::Invalid { .. });
        assert!(!is_believed || EVIDENCE.contains(&bundle.head.header.digest()));
    }
}

/// The history of a pack.
pub(crate) fn history(bytes: &[u8]) {
    if let Ok(bundle) = HistoryBundle::decode(bytes) {
        assert_eq!(bundle.encode(), bytes, "a history has two forms");
        judge_history(&bundle);
    }
    if let Ok(bundle) = HistoryBundle::from_json(bytes) {
        judge_history(&bundle);
    }
}

fn judge_history(bundle: &HistoryBundle) {
    assert_eq!(HistoryBundle::decode(&bundle.encode()).as_ref(), Ok(bundle));
    for freshness in times(bundle.evidence.head.header.time) {
        let checked = history::check(bundle, &TRUST, freshness);
        let is_believed = !matches!(checked.verdict, HistoryVerdict::Invalid { .. });
        assert!(!is_believed || HISTORIES.contains(&bundle.evidence.head.header.digest()));
        assert_eq!(is_believed, checked.failed.is_none());
    }
}

/// Evidence against validators.
pub(crate) fn misbehaviour(bytes: &[u8]) {
    if let Ok(evidence) = Misbehaviour::decode(bytes) {
        assert_eq!(evidence.encode(), bytes, "evidence has two forms");
        judge_misbehaviour(&evidence);
    }
    if let Ok(evidence) = Misbehaviour::from_json(bytes) {
        judge_misbehaviour(&evidence);
    }
}

fn judge_misbehaviour(evidence: &Misbehaviour) {
    assert_eq!(
        Misbehaviour::decode(&evidence.encode()).as_ref(),
        Ok(evidence)
    );
    let with_trust = evidence.check(Some(&TRUST));
    assert!(
        with_trust.is_err(),
        "no validator of the golden chain misbehaved"
    );
    if let Ok(finding) = evidence.check(None) {
        assert!(!finding.validators().is_empty());
    }
}
