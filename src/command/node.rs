//! `theriac node`: one node of the ledger.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Subcommand};
use theriac_http::clock::SystemClock;
use theriac_http::task::Supervisor;
use theriac_node::config::{ENVIRONMENT_PREFIX, NodeConfig};

use crate::arguments::{OutputForm, UsageError};
use crate::command::service::{load_settings, runtime};
use crate::output;

mod guard;
mod init;

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
}

pub(crate) fn run(options: Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    match (options.command, options.config) {
        (Some(Command::Init(init)), _) => init::run(&init, form),
        (Some(Command::Guard(guard)), _) => guard::run(&guard, form),
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
