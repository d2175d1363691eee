//! `theriac node guard`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::ensure;
use clap::Args;
use serde_json::json;
use theriac_client::wire::NodeRole;
use theriac_node::config::{ENVIRONMENT_PREFIX, NodeConfig};
use theriac_node::engine::create_guard;

use crate::arguments::OutputForm;
use crate::command::service::{load_settings, runtime};
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The node's configuration file (TOML).
    #[arg(long)]
    config: PathBuf,
    /// You have looked: the chain has left every height in which this key may have voted.
    #[arg(long)]
    votes_are_past: bool,
}

pub(super) fn run(options: &Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    let config: NodeConfig = load_settings(ENVIRONMENT_PREFIX, &options.config)?;
    ensure!(
        config.role == NodeRole::Validator,
        "a follower does not vote and needs no signing guard"
    );
    ensure!(
        options.votes_are_past,
        "a validator that forgets its votes can vote twice for one height, which breaks the ledger. \
         Look at the height of another node (GET /v1/status): once blocks above every height in \
         which this key may have voted are final, say --votes-are-past"
    );
    let genesis = config.load_genesis()?;
    let key = runtime()?.block_on(config.open_key(&genesis))?.public_key();
    let folder = config.consensus_folder();
    create_guard(&folder, genesis.anchor.chain_id(), key)?;
    output::result(
        form,
        &json!({ "folder": folder, "key": key }),
        &[
            ("signing guard", folder.display().to_string()),
            ("key", key.to_string()),
            (
                "next",
                format!("theriac node --config {}", options.config.display()),
            ),
        ],
    )?;
    Ok(ExitCode::SUCCESS)
}
