//! Evidence from anybody: reading and checking it never panics, what is read has one form, and
//! nothing is believed but what the validators of the golden chain signed.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use theriac_ledger::identifier::{BlockDigest, Timestamp};
use theriac_proof::EvidenceBundle;
use theriac_proof::check::{Freshness, check};
use theriac_proof::light::Trust;
use theriac_proof::verdict::Verdict;

/// What the golden chain signed: the heads of two heights.
static SIGNED: LazyLock<[BlockDigest; 2]> = LazyLock::new(|| {
    let texts: [&[u8]; 2] = [
        include_bytes!("../../tests/vectors/bundle-active.json"),
        include_bytes!("../../tests/vectors/bundle-expired.json"),
    ];
    texts.map(|text| {
        let bundle = EvidenceBundle::from_json(text).expect("golden evidence reads");
        bundle.head.header.digest()
    })
});

static TRUST: LazyLock<Trust> = LazyLock::new(|| {
    let text = include_bytes!("../../tests/vectors/genesis.json");
    Trust::from_json(text).expect("the golden genesis reads")
});

fn judge(bundle: &EvidenceBundle) {
    let bytes = bundle.encode();
    assert_eq!(EvidenceBundle::decode(&bytes).as_ref(), Ok(bundle));
    let time = bundle.head.header.time;
    for now in [time, Timestamp(0), Timestamp(u64::MAX)] {
        let freshness = Freshness {
            now,
            age_ms_max: 60_000,
        };
        let checked = check(bundle, &TRUST, freshness);
        let is_believed = !matches!(checked.verdict, Verdict::Invalid { .. });
        assert!(!is_believed || SIGNED.contains(&bundle.head.header.digest()));
    }
}

fuzz_target!(|data: &[u8]| {
    if let Ok(bundle) = EvidenceBundle::decode(data) {
        judge(&bundle);
    }
    if let Ok(bundle) = EvidenceBundle::from_json(data) {
        judge(&bundle);
    }
    let _ = Trust::from_json(data);
});
