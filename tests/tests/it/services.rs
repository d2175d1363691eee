//! Services whose surroundings fail.

use std::process::Command;
use std::time::Duration;

use serde_json::json;
use theriac_ledger::action::ActionBody;
use theriac_ledger::testing::Actor;
use theriac_testkit::load::History;
use theriac_testkit::network::{Network, PATIENCE};
use theriac_testkit::oracle;
use theriac_testkit::program::theriac;
use theriac_testkit::service::Service;
use theriac_testkit::stock::test_product;
use theriac_testkit::wait::eventually;

use crate::alone;

/// How long the service may wait for the ledger before it answers that the intent is kept.
const WAIT_MS: u64 = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_keeps_an_intent_while_its_node_is_down_and_sends_it_afterwards() {
    let _alone = alone().await;
    let mut network = Network::start(51).await;
    let mut maker = Service::prepare(&network, "manufacturer", Actor::Maker, &[0]);
    maker.start().await;
    network.nodes[0].kill();

    let path = format!("/api/v1/products?wait_ms={WAIT_MS}");
    let answer = maker.post("register-1", &path, &product()).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    assert_eq!(answer.body["state"], "pending");
    assert!(answer.body["reason"].is_string() && answer.body["hint"].is_string());
    let intent = answer.body["intent"]
        .as_str()
        .expect("an intent")
        .to_owned();

    // Asking again under the same key is no second intent, and a restart forgets nothing.
    let again = maker.post("register-1", &path, &product()).await;
    assert_eq!(again.body["intent"], intent.as_str());
    maker.kill();
    maker.launch();
    network.nodes[0].start();
    network.wait_until_ready(0).await;
    eventually(
        "the kept intent is final",
        PATIENCE + Duration::from_secs(30),
        || async {
            let answer = maker.try_get(&format!("/api/v1/intents/{intent}")).await?;
            (answer.body["state"] == "final").then_some(())
        },
    )
    .await;

    assert_eq!(registered(&network).await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_that_build_on_each_other_are_kept_while_the_node_is_down_and_all_become_final() {
    let _alone = alone().await;
    let mut network = Network::start(53).await;
    let mut maker = Service::prepare(&network, "manufacturer", Actor::Maker, &[0]);
    maker.start().await;
    let (_, height) = maker.act("register", "/api/v1/products", &product()).await;
    maker.follow(height).await;
    network.nodes[0].kill();

    let batch = json!({
        "gtin": test_product().to_string(), "lot": "K1", "expiry": "2049-12-31",
        "manufactured": "2026-01-01", "count": 10,
    });
    let mut intents = Vec::new();
    for name in ["first", "second", "third"] {
        let path = format!("/api/v1/batches?wait_ms={WAIT_MS}");
        let kept = maker.post(name, &path, &batch).await;
        assert_eq!(kept.status, 202, "{}", kept.body);
        intents.push(kept.body["intent"].as_str().expect("an intent").to_owned());
    }
    network.nodes[0].start();
    network.wait_until_ready(0).await;
    for intent in intents {
        let what = format!("{intent} is final");
        eventually(&what, PATIENCE + Duration::from_secs(30), || async {
            let answer = maker.try_get(&format!("/api/v1/intents/{intent}")).await?;
            assert_ne!(answer.body["state"], "rejected", "{}", answer.body);
            (answer.body["state"] == "final").then_some(())
        })
        .await;
    }
    let listed = maker.get("/api/v1/batches").await;
    assert_eq!(listed.body["batches"][0]["count"], 30, "{}", listed.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_lost_its_database_goes_on_from_a_backup_taken_while_it_ran() {
    let _alone = alone().await;
    let network = Network::start(54).await;
    let mut maker = Service::prepare(&network, "manufacturer", Actor::Maker, &[0, 1]);
    maker.start().await;
    let (_, height) = maker.act("register", "/api/v1/products", &product()).await;
    maker.follow(height).await;
    let batch = |lot: &str| {
        json!({
            "gtin": test_product().to_string(), "lot": lot, "expiry": "2049-12-31",
            "manufactured": "2026-01-01", "count": 10,
        })
    };
    let (before, height) = maker.act("before", "/api/v1/batches", &batch("B1")).await;
    maker.follow(height).await;
    let backup = network.folder().join("maker.backup");
    let file = backup.to_str().unwrap();
    database(&maker, &["backup", "--to", file]);
    let (_, height) = maker.act("after", "/api/v1/batches", &batch("B2")).await;
    maker.follow(height).await;
    assert!(maker.stop().expect("it ran").success());

    for suffix in ["", "-wal", "-shm"] {
        let path = maker.folder().join(format!("service.db{suffix}"));
        let _ = std::fs::remove_file(path);
    }
    database(&maker, &["restore", "--backup", file]);
    maker.start().await;
    maker.follow(height).await;
    // What is on the ledger is there whenever it was signed, and a repeated request is answered as before.
    let listed = maker.get("/api/v1/batches").await;
    assert_eq!(
        listed.body["batches"].as_array().map(Vec::len),
        Some(2),
        "{}",
        listed.body
    );
    let again = maker.post("before", "/api/v1/batches", &batch("B1")).await;
    assert_eq!(again.body["intent"], before["intent"], "{}", again.body);
}

/// Runs a subcommand of `theriac database` with the configuration of a service.
fn database(service: &Service, arguments: &[&str]) {
    let output = Command::new(theriac())
        .arg("database")
        .args(arguments)
        .arg("--config")
        .arg(service.folder().join("service.toml"))
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_with_a_read_only_database_says_so_and_leaves_nothing() {
    let _alone = alone().await;
    let network = Network::start(52).await;
    let mut maker = Service::prepare(&network, "manufacturer", Actor::Maker, &[0, 1]);
    maker.start().await;
    assert!(maker.stop().expect("it ran").success());
    maker.set_database_mode("ro");
    maker.launch();
    let body = product();
    let refused = eventually("the service answers", PATIENCE, || {
        maker.try_post("register-1", "/api/v1/products", &body)
    })
    .await;
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert_eq!(refused.body["code"], "storage_unavailable");
    assert!(refused.body["hint"].is_string(), "{}", refused.body);
    maker.assert_running();

    // Nothing was stored, nothing was sent: once the operator has seen to it, it is a first call.
    maker.kill();
    maker.set_database_mode("rwc");
    maker.start().await;
    assert_eq!(registered(&network).await, 0);
    let answer = maker.post("register-1", "/api/v1/products", &body).await;
    assert_eq!(
        (answer.status, &answer.body["state"]),
        (200, &json!("final")),
        "{}",
        answer.body
    );
    assert_eq!(registered(&network).await, 1);
}

/// Products on the chain.
async fn registered(network: &Network) -> usize {
    let chain = oracle::check(network, &History::default()).await;
    let transactions = chain.blocks.iter().flat_map(|block| &block.transactions);
    transactions
        .filter(|transaction| matches!(transaction.body, ActionBody::RegisterProduct(_)))
        .count()
}

fn product() -> serde_json::Value {
    json!({
        "gtin": test_product().to_string(), "name": "Theriaca Andromachi", "strength": "500 mg",
        "form": "tablet", "pack_size": 30, "markets": ["IT"],
    })
}
