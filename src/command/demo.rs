//! `theriac demo`: a whole consortium on this machine, each program its own process, talking over the
//! same interfaces as in production.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

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
    runtime.block_on(play(&folder, options.once, form))
}

async fn play(folder: &Folder, once: bool, form: OutputForm) -> anyhow::Result<ExitCode> {
    let data = match folder {
        Folder::Kept(path) => format!("their data stay in {}", path.display()),
        Folder::Temporary(_) => {
            "their data are deleted at the end (--data-dir keeps them)".to_owned()
        }
    };
    output::note(&format!(
        "theriac demo: starting four authorities and five services; {data} …"
    ));
    let mut stage = tokio::select! {
        stage = Stage::build(folder.path()) => stage?,
        result = processes::interrupted() => return result.map(|()| ExitCode::SUCCESS),
    };
    let mut running = stage.take_processes();
    let code = tokio::select! {
        result = perform(&stage, once, form) => result,
        result = processes::interrupted() => result.map(|()| ExitCode::SUCCESS),
        failure = stage::watch(&mut running) => Err(failure),
    };
    processes::stop_all(&mut running).await;
    code
}

async fn perform(stage: &Stage, once: bool, form: OutputForm) -> anyhow::Result<ExitCode> {
    if once {
        let told = story::tell(stage).await?;
        let good = told.is_as_expected();
        told.print(form)?;
        return Ok(if good {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        });
    }
    let samples = samples::prepare(stage).await?;
    output::line(&banner::draw(stage, &samples)?)?;
    std::future::pending().await
}
