//! `theriac bench`: what this machine does with four authorities, against the floors that hold.
//!
//! Everything runs as in production: each authority and the verifier is a process of its own, on
//! loopback, with data on disk; times are taken by the client.

use std::process::ExitCode;

use anyhow::{anyhow, bail};
use clap::{Args, Subcommand, ValueEnum, value_parser};

use crate::arguments::OutputForm;
use crate::command::demo::processes::Interruption;
use crate::output;

mod authorities;
mod batch;
mod codes;
mod commissioning;
mod custody;
mod dispensing;
mod drawer;
mod follower;
mod ledger;
mod load;
mod machine;
mod maker;
mod measure;
mod pallets;
mod report;
mod services;
mod soak;
mod sync;
mod tables;
mod usage;
mod verify;

use report::Report;

/// Longest measurement of one workload, in seconds.
const SECONDS_MAX: u64 = 3_600;
/// How long a timed workload runs when nobody says, in seconds; a soak runs longer.
const SECONDS: u64 = 10;
const SOAK_SECONDS: u64 = 600;

/// Highest rate of a soak: beyond it the client is what is measured.
const RATE_MAX: i64 = 5_000;

#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
    /// How long each timed workload runs: 10 s, a soak 600 s.
    #[arg(long, global = true, value_parser = value_parser!(u64).range(1..=SECONDS_MAX))]
    seconds: Option<u64>,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum What {
    /// Packs commissioned, shipped and dispensed; one authority dead; sync; memory and disk.
    Ledger {
        /// Only this part.
        #[arg(long, value_enum)]
        only: Option<Part>,
    },
    /// Codes at the verifier, with many packs on record.
    Verify {
        /// Packs on record. From 100,000 on, what more of them cost is measured too.
        #[arg(long, default_value_t = 100_000, value_parser = value_parser!(u32).range(verify::PACKS))]
        packs: u32,
        /// Ask for answers with their evidence only.
        #[arg(long)]
        evidence: bool,
    },
    /// What users of the services wait for, with everything running: dispensing, a stock list, files, labels; and
    /// the rebuilding of a read model.
    Services {
        /// Packs that the pharmacy holds.
        #[arg(long, default_value_t = 1_000_000, value_parser = value_parser!(u32).range(services::PACKS))]
        packs: u32,
        /// Only this part.
        #[arg(long, value_enum)]
        only: Option<services::Part>,
    },
    /// Packs dispensed at a fixed rate, while the memory of the authorities is watched.
    Soak {
        /// Transactions a second.
        #[arg(long, default_value_t = 800, value_parser = value_parser!(u32).range(1..=RATE_MAX))]
        rate: u32,
    },
}

/// A part of the bench of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// 100,000 packs in one call, many lots side by side, pallets.
    Batches,
    /// Small hand-overs: one at a time, and many that build on each other.
    Custody,
    /// Single packs dispensed: peak, half of it, one authority dead; then sync from genesis.
    Dispense,
}

impl What {
    fn seconds(self) -> u64 {
        match self {
            Self::Ledger { .. } | Self::Verify { .. } | Self::Services { .. } => SECONDS,
            Self::Soak { .. } => SOAK_SECONDS,
        }
    }
}

/// Measures, prints, and fails below a floor.
pub(crate) fn run(options: Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    let seconds = options.seconds.unwrap_or(options.what.seconds());
    let duration = std::time::Duration::from_secs(seconds);
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
                What::Ledger { only } => ledger::run(&mut authorities, only, duration).await,
                What::Verify { packs, evidence } => {
                    verify::run(&authorities, packs, evidence, duration).await
                }
                What::Services { packs, only } => {
                    services::run(&authorities, packs, only, duration).await
                }
                What::Soak { rate } => soak::run(&authorities, rate, duration).await,
            }
        } => measured,
        signal = interruption.received() => Err(anyhow!("{signal} before everything was measured")),
    };
    authorities.stop().await;
    measured
}
