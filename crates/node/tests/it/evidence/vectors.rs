//! What the golden evidence contains: for each case a bundle and its verdict, and the genesis; of evidence
//! that must be refused also which check fails.

use std::collections::BTreeMap;

use serde_json::Value;
use theriac_proof::check::{Freshness, check};
use theriac_proof::light::Trust;

use super::cases::Cases;

/// Every file and its contents.
pub(crate) fn all() -> Vec<(String, Value)> {
    let cases = Cases::new();
    let trust = Trust::from_anchor(&cases.anchor);
    let mut files = vec![("genesis.json".to_owned(), json(&cases.anchor))];
    let held = cases.all.iter().map(|case| (case.name, &case.bundle));
    let refused = cases.refused.iter().map(|one| (one.name, &one.bundle));
    for (name, bundle) in held.chain(refused) {
        let freshness = Freshness {
            now: bundle.head.header.time,
            age_ms_max: 0,
        };
        let checked = check(bundle, &trust, freshness);
        files.push((format!("bundle-{name}.json"), json(bundle)));
        files.push((format!("verdict-{name}.json"), json(&checked.verdict)));
    }
    let failed = cases.refused.iter().map(|one| (one.name, one.failed));
    let failed: BTreeMap<_, _> = failed.collect();
    files.push(("refused.json".to_owned(), json(&failed)));
    files
}

fn json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}
