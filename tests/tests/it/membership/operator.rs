//! Somebody at a terminal, and what the program says.

use std::path::{Path, PathBuf};

use serde_json::Value;
use theriac_crypto::SigningKey;
use theriac_testkit::network::{Network, write_key};
use theriac_testkit::program;

use super::SINCE;

/// Somebody at a terminal who signs with one key.
pub(super) struct Operator {
    pub(super) sign: Vec<String>,
    pub(super) read: Vec<String>,
    pub(super) folder: PathBuf,
}

impl Operator {
    pub(super) fn new(network: &Network, name: &str, key: &SigningKey) -> Self {
        let folder = network.folder().join(name);
        write_key(&folder, key);
        Self::with(network, &folder, "key.pem", "passphrase")
    }

    pub(super) fn with(network: &Network, folder: &Path, key: &str, passphrase: &str) -> Self {
        let mut read = vec!["--trust".to_owned(), text(&network.anchor_file())];
        for node in &network.nodes[..2] {
            read.extend(["--node".to_owned(), node.url.to_string()]);
        }
        let mut sign = read.clone();
        sign.extend(["--key".to_owned(), text(&folder.join(key))]);
        sign.extend([
            "--passphrase-file".to_owned(),
            text(&folder.join(passphrase)),
        ]);
        Self {
            sign,
            read,
            folder: folder.to_owned(),
        }
    }

    pub(super) fn authorities(network: &Network) -> Vec<Self> {
        (0..network.nodes.len())
            .map(|index| {
                let key = network.consortium.authority_key(index);
                Self::new(network, &format!("desk-{index}"), &key)
            })
            .collect()
    }

    /// Runs a command that signs, which must succeed.
    pub(super) fn signs(&self, command: &[&str]) -> Value {
        done(&[command, &borrowed(&self.sign)].concat())
    }

    /// Runs a command that reads, which must succeed.
    pub(super) fn reads(&self, command: &[&str]) -> Value {
        done(&[command, &borrowed(&self.read)].concat())
    }

    /// Runs a command that signs, which must fail; gives what it said.
    pub(super) fn is_refused(&self, command: &[&str]) -> String {
        refused(&[command, &borrowed(&self.sign)].concat())
    }

    /// Ends a key that others hold.
    pub(super) fn revokes(&self, key: &str) -> Value {
        let since = ["--compromised-since", SINCE];
        self.signs(&[&["key", "revoke", "--revoked", key][..], &since].concat())
    }

    /// A command about a key of an account, with the arguments that name a new one of these files.
    pub(super) fn with_new<'a>(
        command: &[&'a str],
        account: &'a str,
        files: [&'a str; 2],
    ) -> Vec<&'a str> {
        let [key, passphrase] = files;
        let named = ["--account", account, "--new-key", key];
        [command, &named, &["--new-passphrase-file", passphrase]].concat()
    }

    /// Makes a key in its folder; gives its file and that of its passphrase, and the public half.
    pub(super) fn new_key(&self, name: &str) -> (PathBuf, PathBuf, String) {
        let key = self.folder.join(format!("{name}.pem"));
        let passphrase = self.folder.join(format!("{name}.passphrase"));
        let made = done(&[
            "key",
            "new",
            "--key",
            &text(&key),
            "--passphrase-file",
            &text(&passphrase),
            "--generate-passphrase",
        ]);
        let public = made["public_key"].as_str().expect("a public key");
        (key, passphrase, public.to_owned())
    }
}

pub(super) fn text(path: &Path) -> String {
    path.to_str()
        .expect("a temporary folder has a UTF-8 name")
        .to_owned()
}

pub(super) fn borrowed(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

pub(super) fn done(arguments: &[&str]) -> Value {
    let output = program::run(&[arguments, &["--output", "json"]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    serde_json::from_slice(&output.stdout).expect("one JSON value")
}

pub(super) fn refused(arguments: &[&str]) -> String {
    let output = program::run(arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {output:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}
