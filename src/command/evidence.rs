//! `theriac evidence`: evidence against validators that signed two things where one is allowed.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::arguments::OutputForm;

mod check;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check evidence that a validator signed two votes or proposals of one round, or that a height
    /// has two final blocks. Nodes show what they keep at /v1/misbehaviour.
    Check(check::Options),
}

pub(crate) fn run(options: &Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    match &options.command {
        Command::Check(check) => check::run(check, form),
    }
}
