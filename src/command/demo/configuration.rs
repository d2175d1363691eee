//! Configuration files of the demonstration's programs, in the form that operators write.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rand_core::Rng as _;
use serde_json::{Value, json};
use theriac_client::wire::PEER_TRANSACTIONS_BYTES_MAX;
use theriac_http::api_key;
use theriac_http::random::system_random;
use theriac_node::engine::create_guard;

use super::consortium::{Consortium, Member};

/// A program ready to be started.
#[derive(Debug)]
pub(crate) struct Prepared {
    /// The subcommand that runs it.
    pub(crate) subcommand: &'static str,
    /// Name of the process.
    pub(crate) name: &'static str,
    /// Its configuration file.
    pub(crate) file: PathBuf,
    /// Where it will answer.
    pub(crate) address: String,
    /// The API key of its user.
    pub(crate) key: Option<String>,
}

/// Ports of an authority.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NodePorts {
    pub(crate) http: u16,
    pub(crate) peer: u16,
}

/// No limit of rate: on loopback every caller shares one network.
fn server(port: u16) -> Value {
    json!({
        "listen": format!("127.0.0.1:{port}"),
        "workers": 1,
        "rate_limit": { "key_per_minute": 0, "anonymous_per_minute": 0 },
    })
}

/// As [`server`], with room for what validators hand each other.
pub(crate) fn node_server(port: u16) -> Value {
    let mut settings = server(port);
    settings["body_limit_bytes"] = json!(PEER_TRANSACTIONS_BYTES_MAX);
    settings
}

/// A key of half the length of one from `theriac key api`, for which a line of the banner has room;
/// nobody guesses 128 random bits either.
fn new_api_key() -> String {
    let mut bytes = [0; 16];
    system_random().fill_bytes(&mut bytes);
    let text = data_encoding::BASE32_NOPAD.encode(&bytes);
    format!("{}{}", api_key::PREFIX, text.to_lowercase())
}

/// Levels that are worth a file.
fn log() -> Value {
    json!({ "filter": "warn" })
}

/// Writes the configuration of every authority.
pub(crate) fn nodes(
    consortium: &Consortium,
    folder: &Path,
    ports: &[NodePorts],
) -> anyhow::Result<Vec<Prepared>> {
    let mut prepared = Vec::new();
    for (index, (member, own)) in consortium.authorities.iter().zip(ports).enumerate() {
        let peers: Vec<Value> = consortium
            .authorities
            .iter()
            .zip(ports)
            .enumerate()
            .filter(|(other, _)| *other != index)
            .map(|(_, (peer, ports))| {
                json!({
                    "p2p": format!("127.0.0.1:{}", ports.peer),
                    "url": format!("http://127.0.0.1:{}", ports.http),
                    "key": peer.public_key,
                })
            })
            .collect();
        let data_dir = folder.join(member.name).join("data");
        let content = json!({
            "role": "validator",
            "data_dir": data_dir,
            "genesis": { "anchor": consortium.anchor_file, "records": consortium.records_file },
            "key": { "file": member.key, "passphrase_file": member.passphrase_file },
            "request_key": { "file": member.signing_key, "passphrase_file": member.passphrase_file },
            "server": node_server(own.http),
            "p2p": { "listen": format!("127.0.0.1:{}", own.peer) },
            "peers": peers,
            "log": log(),
        });
        let chain = consortium.anchor.chain_id();
        create_guard(&data_dir.join("consensus"), chain, member.public_key)?;
        let address = format!("http://127.0.0.1:{}", own.http);
        prepared.push(write(folder, "node", member, &content, address, None)?);
    }
    Ok(prepared)
}

/// Writes the configuration of the services named by the consortium's members.
pub(crate) fn services(
    consortium: &Consortium,
    folder: &Path,
    nodes: &[String],
    ports: &[u16],
) -> anyhow::Result<Vec<Prepared>> {
    let verifier = consortium
        .members
        .iter()
        .position(|member| member.name == "verifier");
    let verifier_port = ports[verifier.context("one member is the verifier")?];
    let base = format!("http://127.0.0.1:{verifier_port}");
    let mut prepared = Vec::new();
    for (index, (member, port)) in consortium.members.iter().zip(ports).enumerate() {
        // Services spread over the nodes, and fall back to the others.
        let mut nodes = nodes.to_vec();
        let count = nodes.len();
        nodes.rotate_left(index % count);
        let key = new_api_key();
        let hash = api_key::hash(&key);
        let is_verifier = member.name == "verifier";
        let own = folder.join(member.name);
        let mut content = json!({
            "server": server(*port),
            "ledger": {
                "anchor": consortium.anchor_file,
                "records": consortium.records_file,
                "nodes": nodes,
            },
            "account": {
                "id": member.account,
                "key": member.key,
                "passphrase_file": member.passphrase_file,
            },
            "log": log(),
        });
        let mut user = json!({ "name": "demo", "hash": hash, "scopes": ["read", "write"] });
        if is_verifier {
            content["replica"] = json!({ "data_dir": own.join("replica") });
            // Whoever signs in to the verifier works for the pharmacy.
            user["account"] = json!(consortium.member("pharmacy").account);
        } else {
            let url = format!("sqlite://{}?mode=rwc", own.join("service.db").display());
            content["database"] = json!({ "url": url });
            // Whoever tries the demonstration is everybody at once.
            user["scopes"] = json!(["read", "write", "approve", "admin"]);
            content["partner"] = partners(consortium, ports, member);
        }
        content["api_key"] = json!([user]);
        if member.name == "manufacturer" {
            content["digital_link"] = json!({ "base": base });
        }
        let key = Some(key);
        let address = format!("http://127.0.0.1:{port}");
        prepared.push(write(folder, member.name, member, &content, address, key)?);
    }
    Ok(prepared)
}

/// Where the services of the other members take messages about deliveries: no address is on record here.
fn partners(consortium: &Consortium, ports: &[u16], own: &Member) -> Value {
    let members = consortium.members.iter().zip(ports);
    let others = members.filter(|(member, _)| {
        member.name != own.name && !["verifier", "regulator"].contains(&member.name)
    });
    others
        .map(|(member, port)| {
            json!({ "account": member.account, "address": format!("http://127.0.0.1:{port}") })
        })
        .collect()
}

fn write(
    folder: &Path,
    subcommand: &'static str,
    member: &Member,
    content: &Value,
    address: String,
    key: Option<String>,
) -> anyhow::Result<Prepared> {
    let file = folder.join(member.name).join("config.toml");
    let text = toml::to_string_pretty(content)?;
    fs::write(&file, text).with_context(|| format!("writing {}", file.display()))?;
    Ok(Prepared {
        subcommand,
        name: member.name,
        file,
        address,
        key,
    })
}
