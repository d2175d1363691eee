//! What operators do with a service: look at it, find what is wrong, rebuild its read model.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output};

use serde_json::Value;
use theriac_testkit::program;
use theriac_testkit::service::Service;

use super::Partners;
use crate::alone;

pub(super) fn ask(command: &[&str], service: &Service) -> Output {
    let config = service.folder().join("service.toml");
    let config = config.to_str().expect("a UTF-8 name");
    let arguments: Vec<&str> = command
        .iter()
        .copied()
        .chain(["--config", config, "--output", "json"])
        .collect();
    program::run(&arguments)
}

pub(super) fn doctor(service: &Service) -> (bool, Value) {
    let output = ask(&["doctor"], service);
    let said: Value = serde_json::from_slice(&output.stdout).expect("one JSON value");
    assert_eq!(output.status.success(), said["is_well"] == true, "{said}");
    (output.status.success(), said)
}

/// The findings of one check.
fn of<'a>(said: &'a Value, check: &str) -> Vec<&'a Value> {
    let findings = said["findings"].as_array().expect("findings");
    let of_check = findings.iter().filter(|finding| finding["check"] == check);
    of_check.collect()
}

/// Changes a service's database as no program of ours does.
fn tamper(service: &Service, sql: &str) {
    let script = "import sqlite3, sys\n\
        db = sqlite3.connect(sys.argv[1], timeout=20)\n\
        db.execute(sys.argv[2])\n\
        db.commit()\n";
    let database = service.folder().join("service.db");
    let output = Command::new("python3")
        .args(["-c", script])
        .arg(database)
        .arg(sql)
        .output()
        .expect("python3 starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

async fn rebuild(service: &mut Service) {
    service.stop();
    let output = ask(&["database", "rebuild"], service);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("transactions a second"), "{said}");
    service.start().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_doctor_names_what_is_wrong_and_a_rebuilding_mends_a_read_model() {
    let _alone = alone().await;
    let mut partners = Partners::start(82).await;
    partners.supply_pharmacy().await;
    let distributor = &mut partners.distributor;

    let (is_well, said) = doctor(distributor);
    assert!(is_well, "{said:#}");
    for check in [
        "port", "ready", "disk", "genesis", "key", "node", "clock", "database",
    ] {
        assert_eq!(of(&said, check)[0]["state"], "good", "{check}: {said:#}");
    }
    let compared = of(&said, "comparison")[0]["found"].as_str().expect("text");
    assert!(compared.starts_with("40 packs and "), "{compared}");
    assert!(compared.ends_with("the same"), "{compared}");
    assert_eq!(of(&said, "registration")[0]["state"], "good");

    let output = ask(&["status"], distributor);
    let status: Value = serde_json::from_slice(&output.stdout).expect("one JSON value");
    assert!(output.status.success(), "{status}");
    assert_eq!(
        (&status["program"], &status["ready"]),
        (&"distributor".into(), &true.into())
    );
    assert_eq!(status["open_intents"], 0);
    assert!(status["height"].as_u64() > Some(5), "{status}");

    // Its log tells from which request a transaction came.
    let log = std::fs::read_to_string(distributor.folder().join("log")).expect("its log");
    let is_named = |line: &str| line.contains("request_id") && line.contains("transactions");
    assert!(log.lines().any(is_named), "{log}");
    assert!(log.contains("an intent is final"), "{log}");

    // While it runs, nothing is rebuilt under it.
    let output = ask(&["database", "rebuild"], distributor);
    let refused = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && refused.contains("stop the service"),
        "{refused}"
    );

    // A unit that is somewhere else, and a pack that was never dispensed.
    tamper(distributor, "UPDATE units SET nesting = nesting + 1");
    tamper(
        distributor,
        "UPDATE pack_spans SET status = 1 WHERE first = 0",
    );
    let (is_well, said) = doctor(distributor);
    assert!(!is_well);
    let wrong = of(&said, "comparison");
    let names = |what: &str| {
        wrong.iter().any(|one| {
            one["found"]
                .as_str()
                .is_some_and(|found| found.starts_with(what))
        })
    };
    assert!(names("unit ") && names("pack 0 of run 0"), "{said:#}");
    assert!(
        wrong[0]["next"]
            .as_str()
            .is_some_and(|next| next.contains("database rebuild"))
    );

    // Rows that are gone are missed, too.
    tamper(distributor, "DELETE FROM shipments");
    let (is_well, said) = doctor(distributor);
    assert!(!is_well);
    assert_eq!(of(&said, "comparison")[0]["state"], "bad", "{said:#}");

    rebuild(distributor).await;
    let (is_well, said) = doctor(distributor);
    assert!(is_well, "{said:#}");

    let key = distributor.folder().join("key.pem");
    std::fs::set_permissions(&key, Permissions::from_mode(0o644)).expect("a file of ours");
    let (is_well, said) = doctor(distributor);
    assert!(!is_well);
    assert_eq!(of(&said, "key")[0]["state"], "bad", "{said:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_doctor_and_a_status_of_a_node_say_how_it_stands() {
    let _alone = alone().await;
    let mut network = theriac_testkit::network::Network::start(83).await;
    let status = network.wait_until_ready(0).await;
    let url = network.nodes[0].url.to_string();
    let output = program::run(&["status", "--url", &url, "--output", "json"]);
    let said: Value = serde_json::from_slice(&output.stdout).expect("one JSON value");
    assert!(output.status.success(), "{said}");
    assert_eq!(said["program"], "node");
    assert_eq!(said["chain"], status.chain_id.to_string());
    assert_eq!(said["validators"], 4);
    let config = network.folder().join("authority-1/node.toml");
    let config = config.to_str().expect("a UTF-8 name");
    let output = program::run(&["doctor", "--config", config, "--output", "json"]);
    let said: Value = serde_json::from_slice(&output.stdout).expect("one JSON value");
    assert!(output.status.success(), "{said:#}");
    // Itself and its three peers.
    assert_eq!(of(&said, "node").len(), 4, "{said:#}");
    let output = program::run(&["status", "--config", config]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("peers"), "{said}");
    let output = program::run(&["status", "--url", "http://127.0.0.1:1", "--output", "json"]);
    let said: Value = serde_json::from_slice(&output.stdout).expect("one JSON value");
    assert!(!output.status.success() && said["ready"] == false, "{said}");
}
