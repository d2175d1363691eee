//! `theriac node restore`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use theriac_http::clock::Stopwatch;
use theriac_node::config::{ENVIRONMENT_PREFIX, NodeConfig};
use theriac_node::join;

use super::progress::Progress;
use crate::arguments::OutputForm;
use crate::command::service::load_settings;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The node's configuration file (TOML).
    #[arg(long)]
    config: PathBuf,
    /// The file that `theriac node backup` wrote.
    #[arg(long)]
    backup: PathBuf,
}

pub(super) fn run(options: &Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    let config: NodeConfig = load_settings(ENVIRONMENT_PREFIX, &options.config)?;
    let began = Stopwatch::start();
    let mut progress = Progress::new("restoring");
    let mut report = |read| progress.state(read);
    let restored = join::restore_backup(&config, &options.backup, &mut report)?;
    super::print_restored(form, &options.config, &restored, began.elapsed())
}
