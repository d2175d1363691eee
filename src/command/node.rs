//! `theriac node`: one node of the ledger.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::{Args, Subcommand};
use serde_json::json;
use theriac_client::NodeUrl;
use theriac_http::clock::SystemClock;
use theriac_http::task::Supervisor;
use theriac_node::config::{ENVIRONMENT_PREFIX, NodeConfig};
use theriac_node::snapshot::Restored;

use crate::arguments::{OutputForm, UsageError};
use crate::command::configured;
use crate::command::service::{load_settings, runtime};
use crate::output;

mod backup;
mod guard;
mod init;
mod join;
mod progress;
mod restore;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The configuration file (TOML).
    #[arg(long)]
    config: Option<PathBuf>,
    /// Print the configuration in force, secrets masked, and end.
    #[arg(long)]
    print_config: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prepare a folder for a node: genesis files, a key, a configuration to be looked over.
    Init(Box<init::Options>),
    /// Make a new signing guard for a validator that has lost it.
    Guard(guard::Options),
    /// Fill a new node from another node's present state instead of executing every block since genesis.
    Join(join::Options),
    /// Write a running node's state and all its blocks into a file.
    Backup(backup::Options),
    /// Fill a node's empty folder from such a file; all of it is checked.
    Restore(restore::Options),
}

pub(crate) fn run(options: Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    match (options.command, options.config) {
        (Some(Command::Init(init)), _) => init::run(&init, form),
        (Some(Command::Guard(guard)), _) => guard::run(&guard, form),
        (Some(Command::Join(join)), _) => join::run(&join, form),
        (Some(Command::Backup(backup)), _) => backup::run(&backup, form),
        (Some(Command::Restore(restore)), _) => restore::run(&restore, form),
        (None, Some(config)) => {
            let settings: NodeConfig = load_settings(ENVIRONMENT_PREFIX, &config)?;
            if options.print_config {
                output::line(&theriac_http::config::print_masked(&settings)?)?;
                return Ok(ExitCode::SUCCESS);
            }
            serve(settings)
        }
        (None, None) => Err(UsageError::new(
            "say which node: --config FILE (theriac node init makes one)",
        )
        .into()),
    }
}

/// Where the node of a configuration answers on its own machine.
fn own_url(config: &NodeConfig) -> anyhow::Result<NodeUrl> {
    let listen = config.server.listen;
    ensure!(
        listen.port() != 0,
        "the configuration lets the node choose its port; say where it listens with --from http://…"
    );
    configured::own_url(listen)
}

fn print_restored(
    form: OutputForm,
    config: &Path,
    restored: &Restored,
    took: Duration,
) -> anyhow::Result<ExitCode> {
    let Restored {
        head,
        oldest,
        progress,
    } = restored;
    let seconds = took.as_secs_f64();
    output::result(
        form,
        &json!({
            "height": head.height,
            "block": head.digest(),
            "oldest_block": oldest,
            "packs": progress.packs,
            "bytes": progress.bytes,
            "seconds": seconds,
        }),
        &[
            ("height", head.height.to_string()),
            ("time", head.time.to_string()),
            ("oldest block", oldest.to_string()),
            ("packs", progress.packs.to_string()),
            ("bytes", progress.bytes.to_string()),
            ("seconds", format!("{seconds:.1}")),
            (
                "next",
                format!("theriac node --config {}", config.display()),
            ),
        ],
    )?;
    Ok(ExitCode::SUCCESS)
}

fn serve(settings: NodeConfig) -> anyhow::Result<ExitCode> {
    theriac_http::logging::init(&settings.log)?;
    runtime()?.block_on(async move {
        let supervisor = Supervisor::new();
        supervisor.shutdown_on_signals();
        let node = theriac_node::start(settings, SystemClock::shared(), supervisor)
            .await
            .context("starting the node")?;
        for address in &node.addresses {
            output::line(&format!("listening http://{address}"))?;
        }
        node.run_until_stopped().await?;
        Ok(ExitCode::SUCCESS)
    })
}
