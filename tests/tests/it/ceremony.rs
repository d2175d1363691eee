//! A chain begun by hand: every party on its own, with the commands of deploy/README.md.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;
use theriac_testkit::network::START;
use theriac_testkit::ports::free_ports;
use theriac_testkit::program::{self, Program};
use theriac_testkit::wait::eventually;

use crate::alone;

/// Authorities: one of four may fail.
const AUTHORITIES: usize = 4;

/// A ceremony in a folder of its own.
struct Ceremony {
    folder: TempDir,
    /// Public keys of the validators, in the order in which they joined.
    validators: Vec<String>,
}

impl Ceremony {
    /// Four authorities with a validator each.
    fn of_authorities() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut ceremony = Self {
            folder,
            validators: Vec::new(),
        };
        done(&[
            "genesis",
            "new",
            "--ceremony",
            &ceremony.file("ceremony.json"),
        ]);
        for index in 0..AUTHORITIES {
            let account = ceremony.join(&format!("Authority {index}"), "authority", &[]);
            let name = format!("validator-{index}");
            ceremony.make_key(&name);
            let mut arguments = vec!["validator", "--account", &account];
            let key = ceremony.key(&name);
            arguments.extend(key.iter().map(String::as_str));
            let validator = ceremony.add(&arguments);
            ceremony.validators.push(validator);
        }
        ceremony
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// The options that name a key file.
    fn key(&self, name: &str) -> [String; 4] {
        [
            "--key".to_owned(),
            self.file(&format!("{name}.pem")),
            "--passphrase-file".to_owned(),
            self.file(&format!("{name}.passphrase")),
        ]
    }

    /// Makes a key on the party's own machine; gives its public half.
    fn make_key(&self, name: &str) -> String {
        let key = self.key(name);
        let mut arguments = vec!["keys", "new", "--generate-passphrase"];
        arguments.extend(key.iter().map(String::as_str));
        text(&done(&arguments)["public_key"])
    }

    /// Adds something to the file; gives its id.
    fn add(&self, arguments: &[&str]) -> String {
        let ceremony = self.file("ceremony.json");
        let begin = ["genesis", "add", "--ceremony", &ceremony];
        text(&done(&[&begin[..], arguments].concat())["id"])
    }

    /// Adds an organisation with one account; gives the account.
    fn join(&self, name: &str, role: &str, more: &[&str]) -> String {
        let arguments = ["organisation", "--legal-name", name, "--roles", role];
        let organisation = self.add(&[&arguments[..], more].concat());
        self.add(&[
            "account",
            "--organisation",
            &organisation,
            "--gln",
            "9506000111018",
            "--name",
            name,
            "--country",
            "KE",
            "--latitude",
            "-1.2921",
            "--longitude",
            "36.8219",
            "--roles",
            role,
        ])
    }

    /// Changes the file behind the backs of those who signed it.
    fn edit(&self, edit: impl FnOnce(&mut Value)) {
        let bytes = fs::read(self.path("ceremony.json")).expect("the ceremony file");
        let mut content = serde_json::from_slice(&bytes).expect("JSON");
        edit(&mut content);
        fs::write(self.path("ceremony.json"), content.to_string()).expect("an edited file");
    }

    fn seal(&self) -> std::process::Output {
        program::run(&[
            "genesis",
            "seal",
            "--ceremony",
            &self.file("ceremony.json"),
            "--anchor",
            &self.file("genesis.json"),
            "--records",
            &self.file("members.json"),
            "--output",
            "json",
        ])
    }

    /// Whether sealing fails with these words and leaves no file behind.
    fn assert_refused(&self, words: &[&str]) {
        let output = self.seal();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        for word in words {
            assert!(said.contains(word), "{said}");
        }
        for name in ["genesis.json", "members.json"] {
            assert!(!self.path(name).exists(), "{name}");
        }
    }

    /// Prepares the node of every validator; gives their configuration files.
    fn prepare_nodes(&self, ports: &[u16]) -> Vec<String> {
        let p2p = |index: usize| format!("127.0.0.1:{}", ports[2 * index + 1]);
        let http = |index: usize| format!("127.0.0.1:{}", ports[2 * index]);
        let mut configurations = Vec::new();
        for index in 0..AUTHORITIES {
            let mut arguments: Vec<String> = ["node", "init", "--folder"].map(str::to_owned).into();
            arguments.push(self.file(&format!("node-{index}")));
            for (option, value) in [
                ("--anchor", self.file("genesis.json")),
                ("--records", self.file("members.json")),
                ("--listen", http(index)),
                ("--listen-p2p", p2p(index)),
            ] {
                arguments.extend([option.to_owned(), value]);
            }
            arguments.extend(self.key(&format!("validator-{index}")));
            for other in (0..AUTHORITIES).filter(|other| *other != index) {
                let key = &self.validators[other];
                let peer = format!("{key},{},http://{}", p2p(other), http(other));
                arguments.extend(["--peer".to_owned(), peer]);
            }
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            configurations.push(text(&done(&arguments)["config"]));
        }
        configurations
    }
}

/// Runs a command that must succeed; gives what it says.
fn done(arguments: &[&str]) -> Value {
    let output = program::run(&[arguments, &["--output", "json"]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    serde_json::from_slice(&output.stdout).expect("one JSON value")
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn a_chain_begins_with_the_commands_of_the_ceremony_alone() {
    let _alone = alone().await;
    let ceremony = Ceremony::of_authorities();
    let maker = ceremony.join("Maker", "manufacturer", &["--prefixes", "9506000"]);
    for (name, role) in [("Wholesaler", "distributor"), ("Chemist", "pharmacy")] {
        ceremony.join(name, role, &[]);
    }
    ceremony.make_key("maker");
    let key = ceremony.key("maker");
    let mut arguments = vec!["key", "--account", &maker];
    arguments.extend(key.iter().map(String::as_str));
    ceremony.add(&arguments);

    let sealed = ceremony.seal();
    let said = String::from_utf8_lossy(&sealed.stderr);
    assert!(sealed.status.success(), "{said}");
    let sealed: Value = serde_json::from_slice(&sealed.stdout).expect("one JSON value");

    let ports = free_ports(2 * AUTHORITIES);
    let mut nodes = Vec::new();
    for (index, configuration) in ceremony.prepare_nodes(&ports).iter().enumerate() {
        let log = ceremony.path(&format!("log-{index}"));
        nodes.push(Program::start(
            "node",
            &["node", "--config", configuration],
            &log,
        ));
    }
    let client = reqwest::Client::builder().no_proxy().build();
    let client = client.expect("an HTTP client");
    for port in ports.iter().step_by(2) {
        let url = format!("http://127.0.0.1:{port}/v1/status");
        let status = eventually("every node agrees on a block", START, || {
            nodes.iter_mut().for_each(Program::assert_running);
            let request = client.get(&url);
            async move {
                let status: Value = request.send().await.ok()?.json().await.ok()?;
                (status["height"].as_u64()? > 0 && status["is_ready"] == true).then_some(status)
            }
        });
        assert_eq!(status.await["chain_id"], sealed["chain_id"]);
    }
    for node in &mut nodes {
        node.stop();
    }
}

#[test]
fn a_forged_proof_of_possession_is_not_sealed() {
    let ceremony = Ceremony::of_authorities();
    ceremony.edit(|content| {
        // Somebody else's proof under one's own key.
        let other = content["keys"][1]["possession"].clone();
        content["keys"][0]["possession"] = other;
    });
    ceremony.assert_refused(&["the proof of possession of", &ceremony.validators[0]]);
}

#[test]
fn a_validator_whose_key_nobody_has_proven_to_hold_is_not_sealed() {
    let ceremony = Ceremony::of_authorities();
    let unproven = ceremony.make_key("unproven");
    ceremony.edit(|content| content["validators"][3]["key"] = json!(unproven));
    ceremony.assert_refused(&[&unproven, "theriac genesis add validator"]);
}

#[test]
fn a_validator_with_a_key_for_other_things_than_votes_is_not_sealed() {
    let ceremony = Ceremony::of_authorities();
    ceremony.edit(|content| content["keys"][2]["purposes"] = json!(["request"]));
    ceremony.assert_refused(&[&ceremony.validators[2], "theriac genesis add validator"]);
}

#[test]
fn a_validator_of_a_party_that_is_no_authority_is_not_sealed() {
    let ceremony = Ceremony::of_authorities();
    let maker = ceremony.join("Maker", "manufacturer", &["--prefixes", "9506000"]);
    ceremony.edit(|content| content["keys"][1]["account"] = json!(maker));
    ceremony.assert_refused(&[&ceremony.validators[1], "the role authority"]);
}
