//! The whole story, as the demonstration plays it.

use std::collections::BTreeSet;
use std::process::{Command, Stdio};

use serde_json::Value;
use theriac_testkit::program;

use crate::alone;

/// More than two thirds of four.
const QUORUM: usize = 3;

/// An optimised demonstration on a quiet machine is ready within ten seconds. This one is neither:
/// unoptimised key files alone take seconds, and other tests may be compiled beside it.
const READY_MS_MAX: u64 = 60_000;

#[tokio::test]
async fn the_demonstration_plays_to_the_end_with_every_height_agreed() {
    let _alone = alone().await;
    // What listens on loopback is not asked for through a proxy; behind this address there is none.
    let output = Command::new(program::theriac())
        .args(["demo", "--once", "--output", "json"])
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .env("http_proxy", "http://127.0.0.1:9")
        .env_remove("NO_PROXY")
        .env_remove("no_proxy")
        .stdin(Stdio::null())
        .output()
        .expect("the built program starts");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "the demonstration failed:\n{said}");
    let told: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");

    let ready_ms = told["ready_ms"].as_u64().expect("the time to readiness");
    assert!((1..=READY_MS_MAX).contains(&ready_ms), "{ready_ms} ms");
    assert!(said.contains("ready after "), "{said}");

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
