//! `theriac org invite`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::json;
use theriac_client::{NodeUrl, trust};
use theriac_http::keyfile::write_private;
use theriac_ledger::genesis::{Anchor, GenesisRecords};

use crate::arguments::{OutputForm, node_url};
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The public anchor of the chain.
    #[arg(long, value_name = "FILE")]
    trust: PathBuf,
    /// The members' records of the genesis: whoever joins needs them to follow the chain.
    #[arg(long, value_name = "FILE")]
    records: PathBuf,
    /// A node that the organisation may ask; may be repeated.
    #[arg(long = "node", required = true, value_parser = node_url)]
    nodes: Vec<NodeUrl>,
    /// The new file. It has the members' records in it: hand it over in confidence.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// What an organisation needs to apply, and to follow the chain once it is admitted.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Invitation {
    pub(super) anchor: Anchor,
    pub(super) records: GenesisRecords,
    pub(super) nodes: Vec<NodeUrl>,
}

/// Longest invitation: the records of the largest genesis.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

pub(super) fn run(options: &Options, form: OutputForm) -> anyhow::Result<()> {
    let anchor = trust::load_anchor(&options.trust)?;
    let records = trust::load_records(&options.records)?;
    records
        .check(&anchor)
        .context("the records do not belong to the anchor")?;
    let chain = anchor.chain_id();
    let invitation = Invitation {
        anchor,
        records,
        nodes: options.nodes.clone(),
    };
    write_private(&options.out, &serde_json::to_vec_pretty(&invitation)?)?;
    output::result(
        form,
        &json!({ "invitation": options.out, "chain_id": chain }),
        &[
            ("invitation", options.out.display().to_string()),
            ("chain id", chain.to_string()),
            (
                "next",
                "whoever is invited: theriac org apply --invitation …".to_owned(),
            ),
        ],
    )
}

/// Reads an invitation.
pub(super) fn read(file: &Path) -> anyhow::Result<Invitation> {
    let reading = || format!("reading {}", file.display());
    let size = fs::metadata(file).with_context(reading)?.len();
    ensure!(
        size <= FILE_BYTES_MAX,
        "{} is too long for an invitation",
        file.display()
    );
    let text = fs::read(file).with_context(reading)?;
    serde_json::from_slice(&text)
        .with_context(|| format!("{} is not an invitation", file.display()))
}
