//! What the golden evidence contains: for each case a bundle and its verdict, and the genesis.

use serde_json::Value;
use theriac_proof::check::{Freshness, check};
use theriac_proof::light::Trust;

use super::cases::Cases;

/// Every file and its contents.
pub(crate) fn all() -> Vec<(String, Value)> {
    let cases = Cases::new();
    let trust = Trust::from_anchor(&cases.anchor);
    let mut files = vec![("genesis.json".to_owned(), json(&cases.anchor))];
    for case in &cases.all {
        let freshness = Freshness {
            now: case.bundle.head.header.time,
            age_ms_max: 0,
        };
        let checked = check(&case.bundle, &trust, freshness);
        files.push((format!("bundle-{}.json", case.name), json(&case.bundle)));
        files.push((
            format!("verdict-{}.json", case.name),
            json(&checked.verdict),
        ));
    }
    files
}

fn json(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}
