//! `theriac node init`.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use clap::{Args, ValueEnum};
use serde_json::json;
use theriac_client::wire::PEER_TRANSACTIONS_BYTES_MAX;
use theriac_crypto::PublicKey;
use theriac_node::config::{ENVIRONMENT_PREFIX, GenesisFiles, NodeConfig, load_genesis};
use theriac_node::engine::create_guard;

use crate::arguments::OutputForm;
use crate::command::keys;
use crate::command::service::load_settings;
use crate::output;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The node's folder (new or empty).
    #[arg(long)]
    folder: PathBuf,
    /// The public anchor of the ceremony.
    #[arg(long)]
    anchor: PathBuf,
    /// The members' records of the ceremony.
    #[arg(long)]
    records: PathBuf,
    /// What the node does.
    #[arg(long, value_enum, default_value_t = RoleName::Validator)]
    role: RoleName,
    /// The key that the ceremony registered.
    #[arg(long)]
    key: PathBuf,
    /// File with its passphrase.
    #[arg(long)]
    passphrase_file: PathBuf,
    /// Where the HTTP interface listens.
    #[arg(long, default_value = "127.0.0.1:8600")]
    listen: SocketAddr,
    /// Where the validators' own network listens.
    #[arg(long, default_value = "127.0.0.1:8601")]
    listen_p2p: SocketAddr,
    /// Another validator as KEY,ADDRESS:PORT,http://…; once for each.
    #[arg(long = "peer", value_parser = peer)]
    peers: Vec<Peer>,
    /// For a follower: a node to read from; may be repeated.
    #[arg(long = "follow")]
    follow: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RoleName {
    Validator,
    Follower,
}

#[derive(Debug, Clone)]
struct Peer {
    key: PublicKey,
    p2p: SocketAddr,
    url: String,
}

fn peer(text: &str) -> Result<Peer, String> {
    let parts: Vec<&str> = text.split(',').collect();
    let [key, p2p, url] = parts[..] else {
        return Err("write a peer as KEY,ADDRESS:PORT,http://…".to_owned());
    };
    let key = key
        .parse()
        .map_err(|error| format!("the peer's key: {error}"))?;
    let p2p = p2p
        .parse()
        .map_err(|error| format!("the peer's address: {error}"))?;
    Ok(Peer {
        key,
        p2p,
        url: url.to_owned(),
    })
}

pub(super) fn run(options: &Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    let files = GenesisFiles {
        anchor: options.anchor.clone(),
        records: options.records.clone(),
    };
    let genesis = load_genesis(&files).context("the files of the ceremony")?;
    let key = keys::open(&options.key, &options.passphrase_file)?.public_key();
    if options.role == RoleName::Validator {
        ensure!(
            genesis.anchor.validators.find(&key).is_some(),
            "the key {key} is no validator of this chain; use the key of the ceremony, or --role follower"
        );
    }
    let folder = &options.folder;
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let used = folder.read_dir()?.next().is_some();
    ensure!(
        !used,
        "{} is not empty; choose a new folder",
        folder.display()
    );
    let file = folder.join("node.toml");
    let text = toml::to_string_pretty(&configuration(options, folder)?)?;
    fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
    if options.role == RoleName::Validator {
        let node: NodeConfig = load_settings(ENVIRONMENT_PREFIX, &file)?;
        create_guard(&node.consensus_folder(), genesis.anchor.chain_id(), key)?;
    }
    let chain = genesis.anchor.chain_id();
    output::result(
        form,
        &json!({ "config": file, "chain_id": chain, "key": key }),
        &[
            ("configuration", file.display().to_string()),
            ("chain id", chain.to_string()),
            ("key", key.to_string()),
            (
                "next",
                format!(
                    "look it over, then: theriac node --config {}",
                    file.display()
                ),
            ),
        ],
    )?;
    Ok(ExitCode::SUCCESS)
}

fn configuration(options: &Options, folder: &Path) -> anyhow::Result<serde_json::Value> {
    let absolute = |path: &Path| {
        path.canonicalize()
            .with_context(|| format!("finding {}", path.display()))
    };
    let is_validator = options.role == RoleName::Validator;
    let peers: Vec<_> = options
        .peers
        .iter()
        .map(|peer| json!({ "p2p": peer.p2p, "url": peer.url, "key": peer.key }))
        .collect();
    let mut content = json!({
        "role": if is_validator { "validator" } else { "follower" },
        "data_dir": absolute(folder)?.join("data"),
        "genesis": {
            "anchor": absolute(&options.anchor)?,
            "records": absolute(&options.records)?,
        },
        "key": {
            "file": absolute(&options.key)?,
            "passphrase_file": absolute(&options.passphrase_file)?,
        },
        "server": {
            "listen": options.listen,
            "body_limit_bytes": PEER_TRANSACTIONS_BYTES_MAX,
        },
    });
    if is_validator {
        content["p2p"] = json!({ "listen": options.listen_p2p });
        content["peers"] = json!(peers);
    } else {
        content["follow"] = json!(options.follow);
    }
    Ok(content)
}
