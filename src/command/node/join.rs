//! `theriac node join`.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Args;
use theriac_client::NodeUrl;
use theriac_http::clock::{Stopwatch, SystemClock};
use theriac_node::config::{ENVIRONMENT_PREFIX, NodeConfig};
use theriac_node::join;

use super::progress::Progress;
use crate::arguments::OutputForm;
use crate::command::service::{load_settings, runtime};

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The configuration file (TOML) of the node that joins.
    #[arg(long)]
    config: PathBuf,
    /// A node to read from; may be repeated. Without it, those of the configuration, one after another.
    #[arg(long = "from", value_parser = crate::arguments::node_url)]
    from: Vec<NodeUrl>,
}

pub(super) fn run(options: &Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    let config: NodeConfig = load_settings(ENVIRONMENT_PREFIX, &options.config)?;
    theriac_http::logging::init(&config.log)?;
    let began = Stopwatch::start();
    let progress = Arc::new(Mutex::new(Progress::new("joining")));
    let report = move |read| {
        let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.state(read);
    };
    let joining = join::join(&config, &options.from, SystemClock::shared(), report);
    let restored = runtime()?.block_on(joining)?;
    super::print_restored(form, &options.config, &restored, began.elapsed())
}
