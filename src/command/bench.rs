//! `theriac bench`: what this machine does with four authorities, against the floors that hold.
//!
//! Everything runs as in production: each authority and the verifier is a process of its own, on
//! loopback, with data on disk; times are taken by the client.

use std::process::ExitCode;

use anyhow::{anyhow, bail};
use clap::{Args, Subcommand, value_parser};

use crate::arguments::OutputForm;
use crate::command::demo::processes::Interruption;
use crate::output;

mod authorities;
mod batch;
mod custody;
mod ledger;
mod maker;
mod measure;
mod pallets;
mod report;
mod verify;

use report::Report;

/// Longest measurement of one workload, in seconds.
const SECONDS_MAX: u64 = 3_600;

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
    /// How long each timed workload runs.
    #[arg(
        long,
        global = true,
        default_value_t = 10,
        value_parser = value_parser!(u64).range(1..=SECONDS_MAX)
    )]
    seconds: u64,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum What {
    /// Transactions, 100,000 packs in one call, pallets, memory at rest.
    Ledger,
    /// Codes at the verifier, with many packs on record.
    Verify {
        /// Packs on record; the floor is meant for the default.
        #[arg(long, default_value_t = 100_000, value_parser = value_parser!(u32).range(verify::PACKS))]
        packs: u32,
    },
}

/// Measures, prints, and fails below a floor.
pub(crate) fn run(options: Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    let duration = std::time::Duration::from_secs(options.seconds);
    let folder = tempfile::Builder::new()
        .prefix("theriac-bench-")
        .tempdir()?;
    let measured = measure(options.what, folder.path(), duration);
    let report = crate::command::service::runtime()?.block_on(measured)?;
    report.print(form)?;
    Ok(report.exit_code())
}

async fn measure(
    what: What,
    folder: &std::path::Path,
    duration: std::time::Duration,
) -> anyhow::Result<Report> {
    let mut interruption = Interruption::listen()?;
    output::note("theriac bench: starting four authorities …");
    // What is dropped half started ends its processes.
    let mut authorities = tokio::select! {
        started = authorities::Authorities::start(folder) => started?,
        signal = interruption.received() => bail!("{signal} before the authorities were ready"),
    };
    let measured = tokio::select! {
        measured = async {
            match what {
                What::Ledger => ledger::run(&authorities, duration).await,
                What::Verify { packs } => verify::run(&authorities, packs, duration).await,
            }
        } => measured,
        signal = interruption.received() => Err(anyhow!("{signal} before everything was measured")),
    };
    authorities.stop().await;
    measured
}
