//! A new follower reads the whole chain and executes it.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::json;
use theriac_client::{NodeClient, NodeUrl, TimeLimits};
use theriac_http::clock::Stopwatch;

use super::authorities::Authorities;
use super::report::{Floor, Report};
use crate::command::demo::free_ports;
use crate::command::demo::processes::{self, Process};
use crate::output;

/// Transactions a second.
const RATE_FLOOR: f64 = 5_000.0;

/// Time between two looks at how far it is.
const PAUSE: Duration = Duration::from_millis(20);

/// How long it may take.
const PATIENCE: Duration = Duration::from_mins(30);

/// Starts a follower with an empty folder, and times it to the head of the chain.
pub(super) async fn measure(authorities: &Authorities, report: &mut Report) -> anyhow::Result<()> {
    let watched = authorities.target()?.watched;
    let head = watched.status().await?.height;
    let mut transactions = 0u64;
    for height in 1..=head {
        let answer = watched.header(Some(height)).await?;
        transactions += u64::from(answer.header.transaction_count);
    }
    output::note(&format!(
        "theriac bench: a new follower reads {transactions} transactions in {head} blocks …"
    ));
    let watch = Stopwatch::start();
    let (mut running, client) = start(authorities)?;
    let arrival = async {
        loop {
            ensure!(
                watch.elapsed() < PATIENCE,
                "the follower did not reach {head}"
            );
            // Until it listens, it does not answer.
            if client
                .status()
                .await
                .is_ok_and(|status| status.height >= head)
            {
                return Ok(watch.elapsed());
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    let arrived = tokio::select! {
        arrived = arrival => arrived,
        failure = running[0].ended() => Err(failure),
    };
    processes::stop_all(&mut running).await;
    let seconds = arrived?.as_secs_f64();
    let count = f64::from(u32::try_from(transactions)?);
    report.floors.push(Floor::at_least(
        "sync from genesis, tx/s",
        count / seconds,
        RATE_FLOOR,
        RATE_FLOOR,
    ));
    report.figure(
        "blocks synced from genesis",
        f64::from(u32::try_from(head)?),
    );
    report.figure("transactions synced from genesis", count);
    report.figure("time to sync from genesis, s", seconds);
    Ok(())
}

fn start(authorities: &Authorities) -> anyhow::Result<(Vec<Process>, NodeClient)> {
    let consortium = &authorities.consortium;
    // A member that runs no node of its own in this bench.
    let member = consortium.member("regulator");
    let folder = authorities.folder.join("follower");
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
    let file = folder.join("config.toml");
    std::fs::write(&file, toml::to_string_pretty(&content)?)?;
    let file = file.to_str().context("the path of the folder is UTF-8")?;
    let arguments = ["node", "--config", file];
    let process = Process::start("follower", &arguments, &folder.join("log"))?;
    let url = NodeUrl::parse(&format!("http://127.0.0.1:{port}"))?;
    let client = NodeClient::new(url, TimeLimits::default(), None)?;
    Ok((vec![process], client))
}
