//! `theriac demo`: a whole consortium on this machine, each program its own process, talking over the
//! same interfaces as in production.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use theriac_http::clock::Stopwatch;
use theriac_ledger::record::Parameters;

use crate::arguments::OutputForm;
use crate::output;

pub(crate) mod api;
mod banner;
pub(crate) mod configuration;
mod consortium;
mod membership;
mod ports;
pub(crate) mod processes;
mod samples;
mod stage;
mod story;

pub(crate) use consortium::Consortium;
pub(crate) use ports::free_ports;
pub(crate) use stage::{Stage, start};

use processes::Interruption;

/// Time for a veto in the story of membership, in milliseconds.
const RECOVERY_DELAY_MS: u64 = 5_000;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Keep everything in this folder (new or empty); without it, data are deleted at the end.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// Play the story from registration to recall, print it, stop, and exit 0 if every outcome was
    /// the expected one.
    #[arg(long)]
    once: bool,
    /// Which story is played.
    #[arg(long, value_enum, default_value_t = Scenario::Batch, requires = "once")]
    scenario: Scenario,
}

/// A story.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Scenario {
    /// A batch, from registration to recall.
    Batch,
    /// The consortium changes itself while it works.
    Membership,
}

/// Where the demonstration keeps its data.
enum Folder {
    Kept(PathBuf),
    Temporary(tempfile::TempDir),
}

impl Folder {
    fn path(&self) -> &std::path::Path {
        match self {
            Self::Kept(path) => path,
            Self::Temporary(folder) => folder.path(),
        }
    }
}

pub(crate) fn run(options: Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    let watch = Stopwatch::start();
    let folder = match options.data_dir {
        Some(path) => {
            std::fs::create_dir_all(&path).with_context(|| format!("making {}", path.display()))?;
            let used = path
                .read_dir()
                .is_ok_and(|mut entries| entries.next().is_some());
            anyhow::ensure!(
                !used,
                "{} is not empty; choose a new folder",
                path.display()
            );
            Folder::Kept(path.canonicalize()?)
        }
        None => Folder::Temporary(tempfile::Builder::new().prefix("theriac-demo-").tempdir()?),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let part = Part {
        once: options.once,
        scenario: options.scenario,
        form,
    };
    runtime.block_on(play(&folder, watch, part))
}

/// What is played, and how it is told.
#[derive(Debug, Clone, Copy)]
struct Part {
    once: bool,
    scenario: Scenario,
    form: OutputForm,
}

async fn play(folder: &Folder, watch: Stopwatch, part: Part) -> anyhow::Result<ExitCode> {
    let once = part.once;
    let data = match folder {
        Folder::Kept(path) => format!("their data stay in {}", path.display()),
        Folder::Temporary(_) => {
            "their data are deleted at the end (--data-dir keeps them)".to_owned()
        }
    };
    let mut interruption = Interruption::listen()?;
    output::note(&format!(
        "theriac demo: starting four authorities and five services; {data} …"
    ));
    let mut stage = tokio::select! {
        stage = Stage::build(folder.path(), parameters(part.scenario)) => stage?,
        signal = interruption.received() => return Ok(stopped(signal, once)),
    };
    let mut running = stage.take_processes();
    let code = tokio::select! {
        result = perform(&stage, folder.path(), watch, part) => result,
        signal = interruption.received() => Ok(stopped(signal, once)),
        failure = stage::watch(&mut running) => Err(failure),
    };
    processes::stop_all(&mut running).await;
    code
}

/// The end by a signal: how one ends a demonstration, but never how a story is told to its end.
fn stopped(signal: &str, once: bool) -> ExitCode {
    if !once {
        return ExitCode::SUCCESS;
    }
    output::note(&format!(
        "theriac demo: {signal} before the end of the story; run it again to see every outcome"
    ));
    ExitCode::FAILURE
}

/// Parameters of the chain: where the consortium changes, nobody waits for days.
fn parameters(scenario: Scenario) -> Parameters {
    let mut parameters = Parameters::default();
    if scenario == Scenario::Membership {
        parameters.voting.validators.notice_ms = 0;
        parameters.recovery_delay_ms = RECOVERY_DELAY_MS;
    }
    parameters
}

async fn perform(
    stage: &Stage,
    folder: &Path,
    watch: Stopwatch,
    part: Part,
) -> anyhow::Result<ExitCode> {
    if part.once {
        let ready = watch.elapsed();
        output::note(&format!(
            "theriac demo: ready after {:.1} s",
            ready.as_secs_f64()
        ));
        let good = match part.scenario {
            Scenario::Batch => {
                let told = story::tell(stage, ready).await?;
                told.print(part.form)?;
                told.is_as_expected()
            }
            Scenario::Membership => {
                let told = membership::tell(stage, folder, ready).await?;
                told.print(part.form)?;
                told.is_as_expected()
            }
        };
        return Ok(if good {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        });
    }
    let samples = samples::prepare(stage).await?;
    let banner = banner::draw(stage, &samples)?;
    output::note(&format!(
        "theriac demo: ready after {:.1} s; Ctrl-C stops it",
        watch.elapsed().as_secs_f64()
    ));
    output::line(&banner)?;
    std::future::pending().await
}
