//! A read model whose rebuilding is killed.

use serde_json::{Value, json};
use theriac_testkit::network::PATIENCE;
use theriac_testkit::program::Program;
use theriac_testkit::service::Service;
use theriac_testkit::wait::eventually_blocking;

use super::super::operations::{ask, doctor};
use super::{pack, pharmacy};
use crate::alone;

const PACKS: u32 = 20;
/// The node that falls behind, among those that the service knows.
const BEHIND: usize = 1;

/// Dispenses some packs, one at a time.
async fn dispense(pharmacy: &Service, positions: std::ops::Range<u32>) {
    for position in positions {
        let name = format!("dispense-{position}");
        let path = "/api/v1/dispensings";
        let (_, height) = pharmacy.act(&name, path, &pack(position)).await;
        pharmacy.follow(height).await;
    }
}

/// Starts a rebuilding and kills it once it has said something.
fn rebuild_until(pharmacy: &Service, words: &str) {
    let log = pharmacy.folder().join("rebuilding.log");
    // What an earlier one said is not what this one says.
    let _ = std::fs::remove_file(&log);
    let arguments = ["database", "rebuild", "--config", pharmacy.config()];
    let mut rebuilding = Program::start("rebuilding", &arguments, &log);
    eventually_blocking(&format!("the rebuilding says {words:?}"), PATIENCE, || {
        rebuilding.assert_running();
        rebuilding.printed().contains(words).then_some(())
    });
    rebuilding.kill();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rebuilding_that_is_killed_goes_on_where_it_was_and_a_doctor_finds_nothing() {
    let _alone = alone().await;
    let (mut network, mut pharmacy) = pharmacy(177, PACKS).await;
    dispense(&pharmacy, 0..PACKS / 2).await;
    // One node has a part of the chain, so that the rebuilding is surely in the middle where it ends.
    network.nodes[BEHIND].kill();
    let middle = network.client(0).status().await.expect("it runs").height;
    dispense(&pharmacy, PACKS / 2..PACKS).await;
    let before = pharmacy.get("/api/v1/stock").await.body;
    assert!(pharmacy.stop().expect("it ran").success());

    for node in &mut network.nodes {
        node.kill();
    }
    rebuild_until(&pharmacy, "no node serves");
    network.nodes[BEHIND].start();
    rebuild_until(&pharmacy, &format!("block {middle} of "));
    for (index, node) in network.nodes.iter_mut().enumerate() {
        if index != BEHIND {
            node.start();
        }
    }
    network.wait_until_ready(0).await;
    let rebuilt = ask(&["database", "rebuild"], &pharmacy);
    let said = String::from_utf8_lossy(&rebuilt.stderr);
    assert!(rebuilt.status.success(), "{said}");
    let rebuilt: Value = serde_json::from_slice(&rebuilt.stdout).expect("one JSON value");
    assert_eq!(rebuilt["from"], json!(middle), "{rebuilt}");

    pharmacy.start().await;
    let (is_well, said) = doctor(&pharmacy);
    assert!(is_well, "{said:#}");
    assert_eq!(pharmacy.get("/api/v1/stock").await.body, before);
}
