//! `theriac node backup`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde_json::json;
use theriac_client::NodeUrl;
use theriac_http::clock::{Stopwatch, SystemClock};
use theriac_node::config::{ENVIRONMENT_PREFIX, NodeConfig};
use theriac_node::join;

use super::progress::Progress;
use crate::arguments::OutputForm;
use crate::command::service::{load_settings, runtime};
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The node's configuration file (TOML).
    #[arg(long)]
    config: PathBuf,
    /// The file to write; it must not exist.
    #[arg(long)]
    to: PathBuf,
    /// The running node to read from, if it is not the one of the configuration.
    #[arg(long, value_parser = crate::arguments::node_url)]
    from: Option<NodeUrl>,
}

pub(super) fn run(options: &Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    let config: NodeConfig = load_settings(ENVIRONMENT_PREFIX, &options.config)?;
    let from = match &options.from {
        Some(url) => url.clone(),
        None => super::own_url(&config)?,
    };
    let began = Stopwatch::start();
    let mut progress = Progress::new("backing up");
    let mut report = |bytes| progress.bytes(bytes);
    let bytes = runtime()?.block_on(join::backup(
        &config,
        from,
        SystemClock::shared(),
        &options.to,
        &mut report,
    ))?;
    let seconds = began.elapsed().as_secs_f64();
    output::result(
        form,
        &json!({ "file": options.to, "bytes": bytes, "seconds": seconds }),
        &[
            ("backup", options.to.display().to_string()),
            ("bytes", bytes.to_string()),
            ("seconds", format!("{seconds:.1}")),
            (
                "next",
                "keep it away from this machine; a backup holds no key: keep those, too".to_owned(),
            ),
        ],
    )?;
    Ok(ExitCode::SUCCESS)
}
