//! The whole story, as the demonstration plays it.

use std::collections::BTreeSet;

use serde_json::Value;
use theriac_testkit::program;

use crate::alone;

/// More than two thirds of four.
const QUORUM: usize = 3;

#[tokio::test]
async fn the_demonstration_plays_to_the_end_with_every_height_agreed() {
    let _alone = alone().await;
    let output = program::run(&["demo", "--once", "--output", "json"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "the demonstration failed:\n{said}");
    let told: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");

    let steps = told["steps"].as_array().expect("steps");
    for step in steps {
        assert_eq!(step["outcome"], step["expected"], "{step}");
        let signers = step["signers"].as_array().expect("signers");
        let distinct: BTreeSet<&str> = signers.iter().filter_map(Value::as_str).collect();
        let on_chain = step["height"].as_u64().is_some_and(|height| height > 0);
        assert!(!on_chain || distinct.len() >= QUORUM, "{step}");
    }
    assert!(steps.len() >= 18, "the story has {} steps", steps.len());
    let heights = told["heights"].as_array().expect("heights");
    let proposers: BTreeSet<&str> = heights
        .iter()
        .filter_map(|height| height["proposer"].as_str())
        .collect();
    assert!(proposers.len() >= QUORUM, "proposers rotate: {proposers:?}");
}
