//! A verifier with its own replica, as the program starts it.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use theriac_http::keyfile::{write_private, write_signing_key};
use theriac_http::random::system_random;
use theriac_ledger::record::Parameters;
use theriac_ledger::testing::{Actor, Consortium};
use theriac_node::genesis::seal;
use theriac_partner::settings::{AccountSettings, LedgerSettings};
use theriac_verifier::{Config, ReplicaSettings, start};

/// Nobody listens at port 1, so the node is down.
const NODE_DOWN: &str = "http://127.0.0.1:1";

fn config(folder: &Path) -> Config {
    let consortium = Consortium::new(1);
    let parameters = Parameters::default();
    let validators = consortium.validators.clone();
    let anchor = seal(
        Consortium::START,
        validators,
        parameters,
        &consortium.records,
    )
    .unwrap();
    let write = |name: &str, text: String| {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let (key, passphrase_file) = (folder.join("key.pem"), folder.join("passphrase"));
    write_private(&passphrase_file, b"open").unwrap();
    let signing = consortium.request_key(Actor::Regulator);
    write_signing_key(&key, &signing, b"open", &mut system_random()).unwrap();
    Config {
        server: theriac_http::server::ServerSettings::default(),
        ledger: LedgerSettings {
            anchor: write("genesis.json", serde_json::to_string(&anchor).unwrap()),
            records: write(
                "members.json",
                serde_json::to_string(&consortium.records).unwrap(),
            ),
            nodes: vec![NODE_DOWN.to_owned()],
        },
        account: AccountSettings::with_key_file(
            consortium.account(Actor::Regulator),
            key,
            passphrase_file,
        ),
        replica: ReplicaSettings {
            data_dir: folder.join("replica"),
            stale_after_ms: 1_000,
        },
        api_key: Vec::new(),
        log: theriac_http::logging::LogSettings::default(),
    }
}

#[actix_web::test]
async fn verifier_whose_nodes_are_down_says_so_and_gives_no_good_answer() {
    let folder = tempfile::tempdir().unwrap();
    let application = start(config(folder.path())).await.unwrap();
    let url = format!("http://{}", application.address());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let ready = client.get(format!("{url}/readyz")).send().await.unwrap();
    assert_eq!(ready.status(), 503);
    let report: Value = ready.json().await.unwrap();
    assert!(
        report["reasons"][0]
            .as_str()
            .unwrap()
            .contains("no followed node")
    );
    let request = client.post(format!("{url}/verify"));
    let request = request.json(&json!({ "code": "(01)09506000000015(10)A1(21)1" }));
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["answer"], "STALE");
    assert_eq!(answer["height"], 0);
    application.shutdown();
    application.stopped().await.unwrap();
}

#[actix_web::test]
async fn missing_trust_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let mut config = config(folder.path());
    config.ledger.anchor = folder.path().join("absent.json");
    let error = start(config).await.unwrap_err().to_string();
    assert!(error.contains("absent.json"), "{error}");
}

#[test]
fn sample_configuration_of_deploy_is_read() {
    let text = include_str!("../../../../deploy/samples/verifier.toml");
    let config: Config = toml::from_str(text).unwrap();
    assert_eq!(config.api_key.len(), 2);
}
