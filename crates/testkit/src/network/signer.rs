//! The key of an authority, in a process of its own.

use std::path::{Path, PathBuf};

use serde_json::json;
use theriac_consensus::guard::SigningGuard;
use theriac_crypto::SigningKey;
use theriac_http::keyfile;
use theriac_http::random::system_random;
use toml::{Table, Value};

use super::{Network, PASSPHRASE};
use crate::program::Program;

/// A `theriac signer` that can be killed and started again with the same key and guard.
#[derive(Debug)]
pub struct Signer {
    folder: PathBuf,
    program: Option<Program>,
}

impl Signer {
    /// Starts it.
    pub fn start(&mut self) {
        let config = self.folder.join("signer.toml");
        let config = config
            .to_str()
            .expect("a temporary folder has a UTF-8 name");
        let log = self.folder.join("signer.log");
        let arguments = ["signer", "--config", config];
        self.program = Some(Program::start("signer", &arguments, &log));
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut program) = self.program.take() {
            program.kill();
        }
    }

    /// Fails the test when it ended by itself.
    pub fn assert_running(&mut self) {
        if let Some(program) = &mut self.program {
            program.assert_running();
        }
    }
}

impl Network {
    /// Puts the key of an authority behind a signer before the network is started, and tells the
    /// others of the key that its node proves itself with. The signer runs.
    ///
    /// # Panics
    ///
    /// When files of the test's own folder cannot be written.
    pub fn put_behind_signer(&mut self, index: usize) -> Signer {
        let own = self.nodes[index].folder().to_owned();
        let network_key = SigningKey::generate(&mut system_random());
        let (file, rng) = (own.join("network.pem"), &mut system_random());
        keyfile::write_signing_key(&file, &network_key, PASSPHRASE.as_bytes(), rng)
            .expect("a new key file");
        let voting = self.consortium.validator_keys[index].public_key();
        for (at, node) in self.nodes.iter().enumerate() {
            change(&node.folder().join("node.toml"), |config| {
                if at == index {
                    config.insert("key".to_owned(), table(&json!({ "signer": socket(&own) })));
                    let network =
                        json!({ "file": file, "passphrase_file": own.join("passphrase") });
                    config.insert("network_key".to_owned(), table(&network));
                } else {
                    name_network_key(config, &voting.to_string(), &network_key);
                }
            });
        }
        let guard = own.join("signer-guard");
        SigningGuard::create(&guard, self.anchor.chain_id(), voting).expect("a new guard");
        let settings = json!({
            "chain_id": self.anchor.chain_id(),
            "socket": socket(&own),
            "key": { "file": own.join("key.pem"), "passphrase_file": own.join("passphrase") },
            "votes": { "guard": guard },
            "requests": {},
        });
        let text = toml::to_string(&settings).expect("a configuration is TOML");
        std::fs::write(own.join("signer.toml"), text).expect("a new file");
        let mut signer = Signer {
            folder: own,
            program: None,
        };
        signer.start();
        signer
    }
}

fn socket(own: &Path) -> PathBuf {
    own.join("signer.sock")
}

fn change(file: &Path, change: impl FnOnce(&mut Table)) {
    let text = std::fs::read_to_string(file).expect("its own configuration");
    let mut config: Table = toml::from_str(&text).expect("a configuration is TOML");
    change(&mut config);
    let text = toml::to_string(&config).expect("a configuration is TOML");
    std::fs::write(file, text).expect("a file in a folder of the test");
}

fn table(section: &serde_json::Value) -> Value {
    Value::try_from(section).expect("a section is TOML")
}

fn name_network_key(config: &mut Table, voting: &str, network_key: &SigningKey) {
    let peers = config.get_mut("peers").and_then(Value::as_array_mut);
    for peer in peers.expect("a validator has peers") {
        let peer = peer.as_table_mut().expect("a peer is a section");
        if peer.get("key").and_then(Value::as_str) == Some(voting) {
            let public = network_key.public_key().to_string();
            peer.insert("network_key".to_owned(), Value::String(public));
        }
    }
}
