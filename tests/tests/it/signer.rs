//! `theriac signer` as a process: alone, and before a network one of whose authorities has its key there.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use theriac_testkit::load::Load;
use theriac_testkit::network::{Network, PATIENCE};
use theriac_testkit::oracle;
use theriac_testkit::program::{self, Program, theriac};
use theriac_testkit::stock::Stock;
use theriac_testkit::wait::eventually_blocking;

use crate::alone;
use crate::crash::{BETWEEN, PACKS, WORKERS, business_goes_on, settle};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_with_a_signer_votes_on_whichever_of_the_two_is_killed() {
    let _alone = alone().await;
    let mut network = Network::found(31);
    let mut signer = network.put_behind_signer(0);
    for node in &mut network.nodes {
        node.start();
    }
    for index in 0..network.nodes.len() {
        network.wait_until_ready(index).await;
    }
    signer.assert_running();
    check_words_of_a_move(&network);
    let stock = Stock::at_pharmacy(&network, "SIGNER", PACKS).await;
    let load = Load::start(&network, stock, WORKERS);
    // From here on nothing is final without its vote.
    network.nodes[3].kill();
    business_goes_on(&load, BETWEEN).await;
    signer.kill();
    signer.start();
    business_goes_on(&load, BETWEEN).await;
    network.kill_and_restart(0);
    business_goes_on(&load, BETWEEN).await;
    signer.kill();
    network.nodes[0].kill();
    signer.start();
    network.nodes[0].start();
    business_goes_on(&load, BETWEEN).await;
    network.nodes[3].start();
    network.wait_until_ready(3).await;
    let history = settle(&network, load.stop().await).await;
    oracle::check(&network, &history).await;
}

fn socket_of(network: &Network, index: usize) -> PathBuf {
    network.nodes[index].folder().join("signer.sock")
}

/// What an authority would sign with a key behind a signer to have another network key on record.
fn check_words_of_a_move(network: &Network) {
    let voting = network.consortium.validator_keys[0].public_key();
    let network_key = "ab".repeat(32);
    let (anchor, socket) = (network.anchor_file(), socket_of(network, 0));
    let move_to = |named: &[&str]| {
        let (voting, url) = (voting.to_string(), network.nodes[1].url.to_string());
        let signer = [
            "--trust",
            text(&anchor),
            "--node",
            &url,
            "--signer",
            text(&socket),
        ];
        let seat = [
            "--peer-address",
            "192.0.2.1:8601",
            "--interface",
            "http://192.0.2.1:8600",
        ];
        let moved = ["validator", "move", "--dry-run", "--validator", &voting];
        program::run(&[&moved[..], &signer[..], &seat[..], named].concat())
    };
    let named = move_to(&["--network-key", &network_key]);
    let said = String::from_utf8_lossy(&named.stdout).into_owned();
    assert!(said.contains(&network_key), "{named:?}");
    assert!(said.contains(&format!("{voting}")), "{named:?}");
    let unnamed = move_to(&[]);
    let said = String::from_utf8_lossy(&unnamed.stdout).into_owned();
    assert!(
        said.contains(&format!("network key {voting}")),
        "{unnamed:?}"
    );
}

#[test]
fn a_node_is_prepared_for_a_key_behind_a_signer() {
    let mut network = Network::found(32);
    let mut signer = network.put_behind_signer(0);
    let own = network.nodes[0].folder().to_owned();
    let socket = socket_of(&network, 0);
    eventually_blocking("the signer listens", PATIENCE, || {
        signer.assert_running();
        socket.exists().then_some(())
    });
    let (anchor, records) = (network.anchor_file(), network.records_file());
    let (folder, network_key) = (network.folder().join("new"), own.join("network.pem"));
    let passphrase = own.join("passphrase");
    let other = network.consortium.validator_keys[1].public_key();
    let peer_key = "cd".repeat(32);
    let peer = format!("{other},127.0.0.1:1,http://127.0.0.1:2,{peer_key}");
    let init = ["node", "init", "--folder", text(&folder), "--peer", &peer];
    let files = ["--anchor", text(&anchor), "--records", text(&records)];
    let keys = [
        "--signer",
        text(&socket),
        "--network-key",
        text(&network_key),
    ];
    let opened = ["--network-passphrase-file", text(&passphrase)];
    let needs = program::run(&[&init[..], &files[..], &keys[..2]].concat());
    let said = String::from_utf8_lossy(&needs.stderr).into_owned();
    assert!(said.contains("--network-key"), "{needs:?}");
    assert!(!folder.exists(), "nothing is left of it");
    let made = program::run(&[&init[..], &files[..], &keys[..], &opened[..]].concat());
    assert!(made.status.success(), "{made:?}");
    let config = std::fs::read_to_string(folder.join("node.toml")).expect("a configuration");
    for line in [
        format!("[key]\nsigner = {socket:?}\n"),
        format!("[network_key]\nfile = {network_key:?}\npassphrase_file = {passphrase:?}\n"),
        format!("network_key = {peer_key:?}\n"),
    ] {
        assert!(config.contains(&line), "{line}{config}");
    }
    signer.kill();
}

/// Runs the program with a text on standard input.
fn run_with(arguments: &[&str], input: &str) -> Value {
    let child = Command::new(theriac())
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = child.expect("the built program starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a temporary folder has a UTF-8 name")
}

#[test]
fn a_signer_holds_a_key_for_one_socket_and_takes_the_socket_with_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name);
    let (key, passphrase) = (file("key.pem"), file("passphrase"));
    let new = ["keys", "new", "--generate-passphrase", "--key", text(&key)];
    let made = program::run(&[&new[..], &["--passphrase-file", text(&passphrase)]].concat());
    assert!(made.status.success(), "{made:?}");
    // The passphrase may come from a descriptor of the parent's, too.
    let secret = std::fs::read_to_string(&passphrase).expect("the passphrase");
    let show = ["keys", "show", "--output", "json", "--key", text(&key)];
    let shown = run_with(&[&show[..], &["--passphrase-fd", "0"]].concat(), &secret);

    let socket = file("signer.sock");
    let settings = json!({
        "chain_id": "01".repeat(32),
        "socket": socket,
        "key": { "file": key, "passphrase_file": passphrase },
        "votes": { "guard": file("guard") },
    });
    let config = file("signer.toml");
    let written = toml_of(&settings);
    std::fs::write(&config, written).expect("a new file");
    let guard = ["signer", "guard", "--config", text(&config)];
    let unsaid = program::run(&guard);
    assert!(!unsaid.status.success());
    let said = String::from_utf8_lossy(&unsaid.stderr).into_owned();
    assert!(said.contains("--votes-are-past"), "{said}");
    let made = program::run(&[&guard[..], &["--votes-are-past"]].concat());
    assert!(made.status.success(), "{made:?}");

    let run = ["signer", "--config", text(&config)];
    let mut signer = Program::start("signer", &run, &file("log"));
    eventually_blocking("the signer listens", PATIENCE, || {
        signer.assert_running();
        signer.printed().contains("listening").then_some(())
    });
    let public = shown["public_key"].as_str().expect("a key");
    assert!(signer.printed().contains(public), "{}", signer.printed());
    let second = program::run(&run);
    assert_eq!(second.status.code(), Some(1));
    assert!(socket.exists());
    assert!(signer.stop().success());
    assert!(!socket.exists());
}

/// Of sections that hold texts only.
fn toml_of(settings: &Value) -> String {
    let line = |(name, value): (&String, &Value)| format!("{name} = {value}\n");
    let (mut lines, mut sections) = (String::new(), String::new());
    for (name, value) in settings.as_object().expect("an object") {
        match value.as_object() {
            None => lines.push_str(&line((name, value))),
            Some(section) => {
                sections.push_str(&["[", name, "]\n"].concat());
                sections.extend(section.iter().map(line));
            }
        }
    }
    lines + &sections
}
