//! `theriac demo`: a whole consortium on this machine, each program its own process, talking over the
//! same interfaces as in production.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use theriac_http::clock::Stopwatch;

use crate::arguments::OutputForm;
use crate::output;

pub(crate) mod api;
mod banner;
pub(crate) mod configuration;
mod consortium;
mod ports;
pub(crate) mod processes;
mod samples;
mod stage;
mod story;

pub(crate) use consortium::Consortium;
pub(crate) use ports::free_ports;
pub(crate) use stage::{Stage, start};

use processes::Interruption;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Keep everything in this folder (new or empty); without it, data are deleted at the end.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// Play the story from registration to recall, print it, stop, and exit 0 if every outcome was
    /// the expected one.
    #[arg(long)]
    once: bool,
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
    runtime.block_on(play(&folder, watch, options.once, form))
}

async fn play(
    folder: &Folder,
    watch: Stopwatch,
    once: bool,
    form: OutputForm,
) -> anyhow::Result<ExitCode> {
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
        stage = Stage::build(folder.path()) => stage?,
        signal = interruption.received() => return Ok(stopped(signal, once)),
    };
    let mut running = stage.take_processes();
    let code = tokio::select! {
        result = perform(&stage, watch, once, form) => result,
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

async fn perform(
    stage: &Stage,
    watch: Stopwatch,
    once: bool,
    form: OutputForm,
) -> anyhow::Result<ExitCode> {
    if once {
        let ready = watch.elapsed();
        output::note(&format!(
            "theriac demo: ready after {:.1} s",
            ready.as_secs_f64()
        ));
        let told = story::tell(stage, ready).await?;
        let good = told.is_as_expected();
        told.print(form)?;
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
