//! `theriac org approve, suspend, restore`.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use theriac_ledger::change::Change;
use theriac_ledger::identifier::OrganisationId;

use crate::arguments::OutputForm;
use crate::command::change;
use crate::command::change::course::Course;
use crate::command::change::member::SignerOptions;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    signer: SignerOptions,
    /// The file that `theriac org apply` wrote.
    #[arg(long, value_name = "FILE")]
    application: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct StandingOptions {
    #[command(flatten)]
    signer: SignerOptions,
    /// The organisation.
    #[arg(long)]
    organisation: OrganisationId,
}

pub(super) async fn run(options: &Options, form: OutputForm) -> anyhow::Result<()> {
    let change = change::read(&options.application)?;
    if !matches!(change, Change::AdmitOrganisation(_)) {
        bail!(
            "{} is a change of another kind; use theriac change propose --file",
            options.application.display()
        );
    }
    Course::open(&options.signer, form)
        .await?
        .decide(change)
        .await
}

pub(super) async fn suspend(options: &StandingOptions, form: OutputForm) -> anyhow::Result<()> {
    let organisation = options.organisation;
    let change = Change::SuspendOrganisation { organisation };
    Course::open(&options.signer, form)
        .await?
        .decide(change)
        .await
}

pub(super) async fn restore(options: &StandingOptions, form: OutputForm) -> anyhow::Result<()> {
    let organisation = options.organisation;
    let change = Change::RestoreOrganisation { organisation };
    Course::open(&options.signer, form)
        .await?
        .decide(change)
        .await
}
