//! `theriac signer`: holds a key for nodes and services.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::{Args, Subcommand};
use serde_json::json;
use theriac_http::clock::SystemClock;
use theriac_http::task::Supervisor;
use theriac_signer::server;
use theriac_signer::settings::{ENVIRONMENT_PREFIX, SignerSettings};

use crate::arguments::{OutputForm, UsageError};
use crate::command::service::{load_settings, runtime};
use crate::output;

/// How long connections have to end.
const STOP_DEADLINE: Duration = Duration::from_secs(5);

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
    /// Make the guard of a signer of votes: its memory of what it signed last.
    Guard(GuardOptions),
}

#[derive(Debug, Args)]
struct GuardOptions {
    /// The signer's configuration file (TOML).
    #[arg(long)]
    config: PathBuf,
    /// The key has never voted, or you have looked: the chain has left every height in which it may have.
    #[arg(long)]
    votes_are_past: bool,
}

pub(crate) fn run(options: Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    match (options.command, options.config) {
        (Some(Command::Guard(options)), _) => guard(&options, form),
        (None, Some(config)) => {
            let settings: SignerSettings = load_settings(ENVIRONMENT_PREFIX, &config)?;
            if options.print_config {
                output::line(&theriac_http::config::print_masked(&settings)?)?;
                return Ok(ExitCode::SUCCESS);
            }
            serve(settings)
        }
        (None, None) => Err(UsageError::new("say which signer: --config FILE").into()),
    }
}

fn serve(settings: SignerSettings) -> anyhow::Result<ExitCode> {
    theriac_http::logging::init(&settings.log)?;
    runtime()?.block_on(async move {
        let supervisor = Supervisor::new();
        supervisor.shutdown_on_signals();
        let signer = server::start(settings, SystemClock::shared(), &supervisor)
            .await
            .context("starting the signer")?;
        output::line(&format!("listening {}", signer.socket.display()))?;
        output::line(&format!("key {}", signer.key))?;
        supervisor.run_until_stopped(STOP_DEADLINE).await?;
        Ok(ExitCode::SUCCESS)
    })
}

fn guard(options: &GuardOptions, form: OutputForm) -> anyhow::Result<ExitCode> {
    ensure!(
        options.votes_are_past,
        "a signer that forgets its votes can vote twice for one height, which breaks the ledger. Where the key has \
         never voted, or where blocks above every height in which it may have voted are final (GET /v1/status of \
         another node), say --votes-are-past"
    );
    let settings: SignerSettings = load_settings(ENVIRONMENT_PREFIX, &options.config)?;
    let (file, key) = settings.create_guard()?;
    let next = format!("theriac signer --config {}", options.config.display());
    output::result(
        form,
        &json!({ "guard": file, "key": key }),
        &[
            ("signing guard", file.display().to_string()),
            ("key", key.to_string()),
            ("next", next),
        ],
    )?;
    Ok(ExitCode::SUCCESS)
}
