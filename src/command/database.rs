//! `theriac database`: backups of a service's database, rebuilding what came from the chain, and the check of its
//! audit trail.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::json;
use theriac_partner::settings::DatabaseSettings;
use theriac_records::backup;

use crate::arguments::OutputForm;
use crate::command::configured::read_service;
use crate::command::service::runtime;
use crate::output;

mod audit;
mod rebuild;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Copy the database of a service into a file, while the service runs.
    Backup {
        /// The service's configuration file (TOML).
        #[arg(long)]
        config: PathBuf,
        /// The file to write; it must not exist.
        #[arg(long)]
        to: PathBuf,
    },
    /// Make such a copy the database of a service that is not running and has none.
    Restore {
        /// The service's configuration file (TOML).
        #[arg(long)]
        config: PathBuf,
        /// The file that `theriac database backup` wrote.
        #[arg(long)]
        backup: PathBuf,
    },
    /// Check the audit trail of a service: every row, and that none is missing between them.
    Audit {
        /// The service's configuration file (TOML).
        #[arg(long)]
        config: PathBuf,
    },
    /// Drop what a service that is not running knows from the chain, and read it again from its nodes. What only
    /// the service knows is kept. Cut off, it goes on where it was when it is called again.
    Rebuild {
        /// The service's configuration file (TOML).
        #[arg(long)]
        config: PathBuf,
    },
}

/// The part of a service's configuration that is needed here.
#[derive(Deserialize)]
struct Service {
    database: DatabaseSettings,
}

pub(crate) fn run(options: &Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    let (what, file, bytes, next) = match &options.command {
        Command::Backup { config, to } => {
            let bytes = runtime()?.block_on(backup::backup(&url(config)?, to))?;
            let next = "keep it away from this machine".to_owned();
            ("backup", to, bytes, next)
        }
        Command::Audit { config } => return audit::check(&url(config)?, form),
        Command::Restore { config, backup } => {
            let bytes = runtime()?.block_on(backup::restore(backup, &url(config)?))?;
            let next = "start the service: it reads what the chain has since".to_owned();
            ("restored", backup, bytes, next)
        }
        Command::Rebuild { config } => return rebuild::run(config, form),
    };
    output::result(
        form,
        &json!({ "file": file, "bytes": bytes }),
        &[
            (what, file.display().to_string()),
            ("bytes", bytes.to_string()),
            ("next", next),
        ],
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Address of the database of a service.
pub(crate) fn url(config: &Path) -> anyhow::Result<String> {
    let service: Service = read_service(config)?;
    Ok(service.database.url.expose().to_owned())
}
