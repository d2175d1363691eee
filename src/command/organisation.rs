//! `theriac org`: how an organisation joins.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::service::runtime;
use crate::arguments::OutputForm;

mod apply;
mod approve;
mod invite;
mod service;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write what an organisation needs to apply, for a member who invites it.
    Invite(invite::Options),
    /// Make keys and an application, for the organisation that was invited.
    Apply(Box<apply::Options>),
    /// Admit the organisation of an application: each authority runs it, the last one puts it into force.
    Approve(approve::Options),
    /// Suspend an organisation.
    Suspend(approve::StandingOptions),
    /// End a suspension.
    Restore(approve::StandingOptions),
}

pub(crate) fn run(options: Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    match options.command {
        Command::Invite(options) => invite::run(&options, form)?,
        Command::Apply(options) => apply::run(&options, form)?,
        Command::Approve(options) => runtime()?.block_on(approve::run(&options, form))?,
        Command::Suspend(options) => runtime()?.block_on(approve::suspend(&options, form))?,
        Command::Restore(options) => runtime()?.block_on(approve::restore(&options, form))?,
    }
    Ok(ExitCode::SUCCESS)
}
