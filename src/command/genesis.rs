//! `theriac genesis`: the ceremony that begins a chain.
//!
//! One file travels between the parties. Each adds what is its own, keys with a proof that it holds the
//! private half; no private key leaves its machine. `seal` turns the file into the public anchor and
//! the members' records.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::arguments::OutputForm;

pub(crate) mod add;
pub(crate) mod ceremony;
mod new;
pub(crate) mod seal;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Begin a ceremony.
    New {
        /// The new ceremony file.
        #[arg(long)]
        ceremony: PathBuf,
    },
    /// Add an organisation, an account, a key or a validator.
    Add {
        /// The ceremony file.
        #[arg(long)]
        ceremony: PathBuf,
        #[command(subcommand)]
        what: add::What,
    },
    /// End the ceremony: write the anchor and the members' records.
    Seal {
        /// The ceremony file.
        #[arg(long)]
        ceremony: PathBuf,
        /// New file for the public anchor.
        #[arg(long)]
        anchor: PathBuf,
        /// New file for the members' records (mode 0600: it holds the secret salt).
        #[arg(long)]
        records: PathBuf,
    },
}

pub(crate) fn run(options: Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    match options.command {
        Command::New { ceremony } => new::run(&ceremony, form)?,
        Command::Add { ceremony, what } => add::run(&ceremony, what, form)?,
        Command::Seal {
            ceremony,
            anchor,
            records,
        } => {
            seal::run(&ceremony, &anchor, &records, form)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
