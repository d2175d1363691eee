//! One node's process.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use serde_json::Value;
use theriac_client::NodeUrl;

use crate::program::Program;

/// A node that can be started, killed and started again with the same data.
#[derive(Debug)]
pub struct Node {
    /// Where its HTTP interface answers while it runs.
    pub url: NodeUrl,
    /// Where the other validators reach it, if it may vote.
    pub peer_address: Option<String>,
    folder: PathBuf,
    program: Option<Program>,
}

impl Node {
    /// Writes its configuration.
    pub(super) fn prepare(own: &Path, config: &Value, url: NodeUrl) -> Self {
        let text = toml::to_string(config).expect("a configuration is TOML");
        std::fs::write(own.join("node.toml"), text).expect("a file in a new folder");
        let peer_address = config["p2p"]["listen"].as_str().map(ToOwned::to_owned);
        Self {
            url,
            peer_address,
            folder: own.to_owned(),
            program: None,
        }
    }

    /// Starts it.
    pub fn start(&mut self) {
        let config = self.folder.join("node.toml");
        let config = config
            .to_str()
            .expect("a temporary folder has a UTF-8 name");
        let name = format!("node {}", self.url);
        let log = self.folder.join("log");
        self.program = Some(Program::start(&name, &["node", "--config", config], &log));
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut program) = self.program.take() {
            program.kill();
        }
    }

    /// Asks it to end, and waits.
    pub fn stop(&mut self) -> Option<ExitStatus> {
        self.program.take().map(|mut program| program.stop())
    }

    /// Its process, while it runs.
    pub fn program(&mut self) -> Option<&mut Program> {
        self.program.as_mut()
    }

    /// Fails the test when it ended by itself.
    pub fn assert_running(&mut self) {
        if let Some(program) = &mut self.program {
            program.assert_running();
        }
    }

    /// Its folder: `data`, `log`, `node.toml`, `key.pem`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }
}
