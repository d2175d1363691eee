//! A follower with an empty folder.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::json;
use theriac_client::{NodeClient, NodeUrl, TimeLimits};
use theriac_http::clock::Stopwatch;
use theriac_ledger::identifier::Height;

use super::authorities::Authorities;
use crate::command::demo::free_ports;
use crate::command::demo::processes::{self, Process};

/// Time between two looks at how far it is.
const PAUSE: Duration = Duration::from_millis(20);

/// How long it may take.
const PATIENCE: Duration = Duration::from_mins(30);

/// Where a follower was.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen {
    /// Since it was started.
    pub(super) after: Duration,
    /// Its last block.
    pub(super) height: Height,
}

/// A follower that does not run yet.
#[derive(Debug)]
pub(super) struct NewFollower {
    folder: PathBuf,
    config: PathBuf,
    client: NodeClient,
}

impl NewFollower {
    /// Writes its configuration into a folder of its own.
    pub(super) fn prepare(authorities: &Authorities, name: &str) -> anyhow::Result<Self> {
        let consortium = &authorities.consortium;
        // A member that runs no node of its own in this bench.
        let member = consortium.member("regulator");
        let folder = authorities.folder.join(name);
        std::fs::create_dir_all(&folder)?;
        let port = free_ports(1)?[0];
        let content = json!({
            "role": "follower",
            "data_dir": folder.join("data"),
            "genesis": { "anchor": consortium.anchor_file, "records": consortium.records_file },
            "key": { "file": member.key, "passphrase_file": member.passphrase_file },
            "server": { "listen": format!("127.0.0.1:{port}"), "workers": 1 },
            "follow": [authorities.addresses.first().context("an authority answers")?],
            "log": { "filter": "warn" },
        });
        let config = folder.join("config.toml");
        std::fs::write(&config, toml::to_string_pretty(&content)?)?;
        let url = NodeUrl::parse(&format!("http://127.0.0.1:{port}"))?;
        Ok(Self {
            folder,
            config,
            client: NodeClient::new(url, TimeLimits::default(), None)?,
        })
    }

    /// Fills its folder from a snapshot, by the command.
    pub(super) async fn join(&self) -> anyhow::Result<()> {
        let config = self.config.to_str();
        let config = config.context("the path of the folder is UTF-8")?;
        let program = std::env::current_exe()?;
        let output = tokio::process::Command::new(program)
            .args(["node", "join", "--config", config])
            .output()
            .await?;
        ensure!(
            output.status.success(),
            "joining failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(())
    }

    /// Starts it, waits until it is at a height and ready, and stops it; says how far it was when. It was
    /// ready at the last of these times.
    pub(super) async fn run_to(&self, height: Height) -> anyhow::Result<Vec<Seen>> {
        let config = self.config.to_str();
        let config = config.context("the path of the folder is UTF-8")?;
        let arguments = ["node", "--config", config];
        let log = self.folder.join("log");
        let mut running = vec![Process::start("follower", &arguments, &log)?];
        let watch = Stopwatch::start();
        let arrival = async {
            let mut track = Vec::new();
            loop {
                ensure!(
                    watch.elapsed() < PATIENCE,
                    "the follower did not reach {height}"
                );
                // Until it listens, it does not answer.
                if let Ok(status) = self.client.status().await {
                    track.push(Seen {
                        after: watch.elapsed(),
                        height: status.height,
                    });
                    if status.height >= height && status.is_ready {
                        return Ok(track);
                    }
                }
                tokio::time::sleep(PAUSE).await;
            }
        };
        let arrived = tokio::select! {
            arrived = arrival => arrived,
            failure = running[0].ended() => Err(failure),
        };
        processes::stop_all(&mut running).await;
        arrived
    }
}
