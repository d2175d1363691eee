//! `theriac node init`.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail, ensure};
use clap::{Args, ValueEnum};
use serde_json::json;
use theriac_client::NodeUrl;
use theriac_crypto::PublicKey;
use theriac_node::config::{ENVIRONMENT_PREFIX, GenesisFiles, NodeConfig, load_genesis};
use theriac_node::engine::create_guard;
use theriac_signer::KeySettings;

use crate::arguments::{KeyChoice, OutputForm};
use crate::command::keys;
use crate::command::service::{load_settings, runtime};
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
    /// The key that the ceremony registered, or that the consortium will give a vote.
    #[command(flatten)]
    key: KeyChoice,
    /// For a validator: the key file with which the node proves itself to the others, where that is not the
    /// key that votes; it cannot be where that is behind a signer.
    #[arg(long, value_name = "FILE")]
    network_key: Option<PathBuf>,
    /// File with its passphrase.
    #[arg(
        long,
        value_name = "FILE",
        requires = "network_key",
        conflicts_with = "network_passphrase_fd"
    )]
    network_passphrase_file: Option<PathBuf>,
    /// Number of an inherited descriptor with its passphrase.
    #[arg(long, value_name = "NUMBER", requires = "network_key")]
    network_passphrase_fd: Option<u32>,
    /// Where the HTTP interface listens: an address of this machine that peers and services reach.
    #[arg(long, default_value = "127.0.0.1:8600")]
    listen: SocketAddr,
    /// Where the validators' own network listens: the address that the other validators are told.
    #[arg(long, default_value = "127.0.0.1:8601")]
    listen_p2p: SocketAddr,
    /// Another validator as KEY,ADDRESS:PORT,http://…; once for each. One whose node has a network key of its
    /// own has that, too: `KEY,ADDRESS:PORT,http://…,NETWORK_KEY`.
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
    url: NodeUrl,
    network_key: Option<PublicKey>,
}

fn peer(text: &str) -> Result<Peer, String> {
    let parts: Vec<&str> = text.split(',').collect();
    let (key, p2p, url, network_key) = match parts[..] {
        [key, p2p, url] => (key, p2p, url, None),
        [key, p2p, url, network_key] => (key, p2p, url, Some(network_key)),
        _ => {
            return Err("write a peer as KEY,ADDRESS:PORT,http://… or KEY,ADDRESS:PORT,http://…,NETWORK_KEY".to_owned());
        }
    };
    let key = key
        .parse()
        .map_err(|error| format!("the peer's key: {error}"))?;
    let p2p = p2p
        .parse()
        .map_err(|error| format!("the peer's address: {error}"))?;
    let url = NodeUrl::parse(url).map_err(|error| format!("the peer's URL: {error}"))?;
    let network_key = network_key
        .map(str::parse)
        .transpose()
        .map_err(|error| format!("the peer's network key: {error}"))?;
    Ok(Peer {
        key,
        p2p,
        url,
        network_key,
    })
}

/// A validator that listens on loopback is never reached by one elsewhere: no block would be made,
/// and nothing would say why.
fn check_reachable(listen: SocketAddr, peers: &[Peer]) -> anyhow::Result<()> {
    let elsewhere = peers.iter().find(|peer| !peer.p2p.ip().is_loopback());
    match elsewhere {
        Some(peer) if listen.ip().is_loopback() => bail!(
            "--listen-p2p is {listen}, which no other machine reaches, but a peer is at {}; give an address of this \
             machine that the peers reach, such as --listen-p2p 0.0.0.0:8601, and --listen likewise",
            peer.p2p
        ),
        _ => Ok(()),
    }
}

/// The network of validators needs a key in the node, and a follower takes no part in it.
fn check_network_key(options: &Options) -> anyhow::Result<()> {
    let is_behind = KeySettings::from(&options.key).signer.is_some();
    let is_named = options.network_key.is_some();
    match options.role {
        RoleName::Validator => ensure!(
            !is_behind || is_named,
            "the key that votes is behind a signer, so the node needs a key of its own to prove itself to the other \
             validators: make one with theriac key new, and name it with --network-key and --network-passphrase-file"
        ),
        RoleName::Follower => ensure!(
            !is_named,
            "a follower takes no part in the validators' network; leave out --network-key"
        ),
    }
    Ok(())
}

pub(super) fn run(options: &Options, form: OutputForm) -> anyhow::Result<ExitCode> {
    check_network_key(options)?;
    if options.role == RoleName::Validator {
        check_reachable(options.listen_p2p, &options.peers)?;
    }
    let files = GenesisFiles {
        anchor: options.anchor.clone(),
        records: options.records.clone(),
    };
    let genesis = load_genesis(&files).context("the files of the ceremony")?;
    let chain = genesis.anchor.chain_id();
    let key = runtime()?.block_on(keys::meet(&options.key, chain))?;
    let key = key.public_key();
    if options.role == RoleName::Validator {
        let is_known = genesis.anchor.validators.find(&key).is_some();
        ensure!(
            is_known || !options.peers.is_empty(),
            "the key {key} is no validator of the genesis; until the consortium gives it a vote, the node follows \
             others: name at least one with --peer KEY,ADDRESS:PORT,http://…, or use --role follower"
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
        create_guard(&node.consensus_folder(), chain, key)?;
    }
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
    let section = |named: KeySettings| -> anyhow::Result<serde_json::Value> {
        named.place()?;
        let absolute = |path: Option<PathBuf>| path.as_deref().map(absolute).transpose();
        Ok(json!(KeySettings {
            file: absolute(named.file)?,
            passphrase_file: absolute(named.passphrase_file)?,
            passphrase_fd: named.passphrase_fd,
            signer: absolute(named.signer)?,
        }))
    };
    let key = section((&options.key).into())?;
    let is_validator = options.role == RoleName::Validator;
    let peers: Vec<_> = options
        .peers
        .iter()
        .map(|peer| {
            let mut known = json!({ "p2p": peer.p2p, "url": peer.url, "key": peer.key });
            if let Some(network_key) = peer.network_key {
                known["network_key"] = json!(network_key);
            }
            known
        })
        .collect();
    let mut content = json!({
        "role": if is_validator { "validator" } else { "follower" },
        "data_dir": absolute(folder)?.join("data"),
        "genesis": {
            "anchor": absolute(&options.anchor)?,
            "records": absolute(&options.records)?,
        },
        "key": key,
        "server": { "listen": options.listen },
    });
    if options.network_key.is_some() {
        content["network_key"] = section(KeySettings {
            file: options.network_key.clone(),
            passphrase_file: options.network_passphrase_file.clone(),
            passphrase_fd: options.network_passphrase_fd,
            signer: None,
        })?;
    }
    if is_validator {
        content["p2p"] = json!({ "listen": options.listen_p2p });
        content["peers"] = json!(peers);
    } else {
        content["follow"] = json!(options.follow);
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_validator_on_loopback_with_a_peer_elsewhere_is_refused() {
        let key = "01".repeat(32);
        let peer_at =
            |ip: &str| peer(&format!("{key},{ip}:8601,http://{ip}:8600")).expect("a peer");
        let (near, far) = (peer_at("127.0.0.2"), peer_at("192.0.2.2"));
        let check = |listen: &str, peers: &[Peer]| {
            check_reachable(listen.parse().expect("an address"), peers)
        };
        check("127.0.0.1:8601", std::slice::from_ref(&near)).expect("a trial on one machine");
        check("0.0.0.0:8601", &[near.clone(), far.clone()]).expect("every address");
        check("192.0.2.1:8601", std::slice::from_ref(&far))
            .expect("the address that peers are told");
        let error = check("127.0.0.1:8601", &[near, far]).expect_err("nobody reaches it");
        let said = error.to_string();
        for part in [
            "127.0.0.1:8601",
            "192.0.2.2:8601",
            "--listen-p2p 0.0.0.0:8601",
        ] {
            assert!(said.contains(part), "{said}");
        }
    }

    #[test]
    fn a_peer_is_a_key_an_address_and_a_url() {
        let key = "01".repeat(32);
        let error = |text: &str| peer(text).expect_err("no peer");
        assert!(error(&key).contains("KEY,ADDRESS:PORT,http://"));
        let https = format!("{key},192.0.2.2:8601,https://192.0.2.2:8600");
        assert!(error(&https).contains("use http://"));
        let own = format!(
            "{key},192.0.2.2:8601,http://192.0.2.2:8600,{}",
            "02".repeat(32)
        );
        let known = peer(&own).expect("a peer with a network key of its own");
        assert_eq!(known.network_key.map(|key| key.0), Some([2; 32]));
        let short = format!("{key},192.0.2.2:8601,http://192.0.2.2:8600,02");
        assert!(error(&short).contains("the peer's network key"));
        let name = format!("{key},node.example:8601,http://node.example:8600");
        assert!(error(&name).contains("the peer's address"));
    }
}
