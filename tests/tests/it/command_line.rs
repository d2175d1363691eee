//! What people type.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use theriac_crypto::PublicKey;
use theriac_testkit::program::{self, Program};
use theriac_testkit::wait::eventually_blocking;

use crate::alone;

/// Lines that fit on a terminal.
const BANNER_LINES_MAX: usize = 25;
/// Time in which an unoptimised demonstration is ready on a busy machine.
const READY: Duration = Duration::from_mins(1);
/// Exit code for a command line that does not say what to do.
const USAGE: i32 = 2;

#[test]
fn every_sample_configuration_of_deploy_is_read() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/samples");
    let mut seen = 0;
    for entry in std::fs::read_dir(samples).expect("deploy/samples") {
        let path = entry.expect("an entry").path();
        let file = path.to_str().expect("a UTF-8 name");
        let name = path.file_stem().and_then(|name| name.to_str());
        let subcommand = match name.expect("a name") {
            "follower" => "node",
            other => other,
        };
        let output = program::run(&[subcommand, "--config", file, "--print-config"]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{file}: {said}");
        seen += 1;
    }
    assert_eq!(seen, 8);
}

#[test]
fn openssl_opens_our_key_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str| folder.path().join(name).display().to_string();
    let (key, passphrase) = (file("key.pem"), file("passphrase"));
    let both = [
        "--key",
        &key,
        "--passphrase-file",
        &passphrase,
        "--output",
        "json",
    ];
    let made = program::run(&[&["keys", "new", "--generate-passphrase"], &both[..]].concat());
    assert!(made.status.success(), "{made:?}");
    let shown = program::run(&[&["keys", "show"], &both[..]].concat());
    let shown: Value = serde_json::from_slice(&shown.stdout).expect("JSON");

    let opened = Command::new("openssl")
        .args([
            "pkey",
            "-in",
            &key,
            "-passin",
            &format!("file:{passphrase}"),
        ])
        .args(["-pubout", "-outform", "DER"])
        .output()
        .expect("openssl is a prerequisite of the tests");
    assert!(opened.status.success(), "{opened:?}");
    // RFC 8410: the last 32 bytes of an Ed25519 SubjectPublicKeyInfo are the key.
    let bytes = opened.stdout.last_chunk().expect("a key");
    let public = PublicKey(*bytes).to_string();
    assert_eq!(shown["public_key"], public, "{shown}");
}

#[test]
fn a_command_line_that_does_not_say_what_to_do_exits_with_2_and_says_what_to_do() {
    let label = ["label", "--gtin", "09506000134352", "--lot", "A1"];
    let cases: &[(&[&str], &str)] = &[
        (&["node"], "--config"),
        (&["bench", "verify", "--seconds", "0"], "--seconds"),
        (
            &[&label[..], &["--carrier", "datamatrix"]].concat(),
            "--out",
        ),
        (&[&label[..], &["--out", "label.gif"]].concat(), "--format"),
        (&[&label[..], &["--base", "nowhere"]].concat(), "--base"),
        (&["verify", "(01)09506000134352"], "--verifier"),
        (&["status"], "--config <CONFIG>|--url <URL>"),
    ];
    for (arguments, what_to_do) in cases {
        let output = program::run(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(USAGE), "{arguments:?}: {said}");
        assert!(said.contains(what_to_do), "{arguments:?}: {said}");
    }
    // The command line was right; what it names is not there.
    let output = program::run(&["node", "--config", "nowhere.toml"]);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn label_says_as_json_what_it_wrote() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("label.svg").display().to_string();
    let label = [
        "label",
        "--gtin",
        "09506000134352",
        "--lot",
        "A1",
        "--output",
        "json",
    ];
    let said = |arguments: &[&str]| -> Value {
        let output = program::run(&[&label[..], arguments].concat());
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).expect("one JSON value")
    };
    let link = "https://id.gs1.org/01/09506000134352/10/A1";
    let written = json!({ "file": file, "format": "svg", "carrier": "qr", "content": link });
    assert_eq!(said(&["--out", &file]), written);
    assert!(
        std::fs::read_to_string(&file)
            .expect("the label")
            .contains("<svg")
    );
    let drawn = said(&[]);
    assert_eq!(drawn["content"], link);
    assert!(
        drawn["lines"]
            .as_array()
            .is_some_and(|lines| lines.len() > 10),
        "{drawn}"
    );
}

#[test]
fn completions_are_made_for_every_common_shell() {
    for (shell, mark) in [
        ("bash", "complete -F"),
        ("zsh", "#compdef theriac"),
        ("fish", "complete -c theriac"),
    ] {
        let output = program::run(&["completions", shell]);
        assert!(output.status.success(), "{shell}: {output:?}");
        let script = String::from_utf8(output.stdout).expect("UTF-8");
        for part in [mark, "genesis", "verify", "passphrase-file"] {
            assert!(script.contains(part), "{shell}: no {part}");
        }
    }
}

#[tokio::test]
async fn the_banner_of_the_demonstration_fits_on_a_terminal() {
    let _alone = alone().await;
    let folder = tempfile::tempdir().expect("a folder");
    let mut demo = Program::start("demo", &["demo"], &folder.path().join("log"));
    let banner = eventually_blocking("the banner is there", READY, || {
        demo.assert_running();
        let printed = demo.printed();
        let start = printed.find("Theriac demo, not for production")?;
        // It is printed at once, and ends with the last row of the codes.
        let banner = printed[start..].to_owned();
        (banner.lines().count() > 10).then_some(banner)
    });
    let lines = banner.lines().count();
    assert!(lines <= BANNER_LINES_MAX, "{lines} lines:\n{banner}");
    for role in [
        "manufacturer",
        "distributor",
        "pharmacy",
        "regulator",
        "verifier",
    ] {
        assert!(banner.lines().any(|line| line.starts_with(role)), "{role}");
    }
    assert!(banner.contains("Nodes: "), "{banner}");
    assert!(
        demo.printed().contains("ready after "),
        "{}",
        demo.printed()
    );
    let titles = "good: ACTIVE recalled: RECALLED dispensed: ALREADY_DISPENSED";
    let words = |line: &str| {
        line.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let row = banner
        .lines()
        .position(|line| words(line).join(" ") == titles);
    let row = row.unwrap_or_else(|| panic!("no titles:\n{banner}"));
    let page = banner.lines().find(|line| line.starts_with("verifier"));
    let page = words(page.expect("the verifier's line"))[1].clone();
    let codes = words(banner.lines().nth(row + 1).expect("the texts to paste"));
    let mut answers = Vec::new();
    for code in codes {
        answers.push(answer_to(&page, &code).await);
    }
    assert_eq!(answers, ["ACTIVE", "RECALLED", "ALREADY_DISPENSED"]);
    demo.stop();
}

/// What the page at an address says of a code that was pasted into it.
async fn answer_to(page: &str, code: &str) -> String {
    let client = reqwest::Client::builder().no_proxy().build();
    let request = client
        .expect("an HTTP client")
        .post(format!("{page}/verify"));
    let response = request.json(&json!({ "code": code })).send().await;
    let body: Value = response.expect("an answer").json().await.expect("JSON");
    body["answer"]
        .as_str()
        .expect("an answer's code")
        .to_owned()
}
