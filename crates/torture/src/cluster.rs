//! The authorities of a run, founded together.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use theriac_client::wire::PEER_TRANSACTIONS_BYTES_MAX;
use theriac_client::{NodeClient, NodeUrl, TimeLimits};
use theriac_crypto::SigningKey;
use theriac_ledger::genesis::Anchor;
use theriac_ledger::record::Parameters;
use theriac_ledger::testing::{Actor, Consortium};
use theriac_node::engine::create_guard;
use theriac_testkit::actor::Pen;
use theriac_testkit::network::{anchor_file, records_file, request_signer, seal, write_key};

use crate::clock::NodeClock;
use crate::disk::Disk;
use crate::error::TortureError;
use crate::node::{Node, Setup};
use crate::plan::Plan;
use crate::sandbox::{connect, connect_harness, namespace};
use crate::wire::{Wire, address};

/// Ports on every node's own address.
const HTTP_PORT: u16 = 8600;
const P2P_PORT: u16 = 8601;

/// Time limits of the harness's clients. Nobody waits longer for a node than a user would: another
/// is asked with the same bytes.
const LIMITS: TimeLimits = TimeLimits {
    connect: std::time::Duration::from_secs(1),
    request: std::time::Duration::from_secs(10),
    wait: std::time::Duration::from_secs(6),
    stream_idle: std::time::Duration::from_secs(15),
};

/// What a cluster is founded from.
#[derive(Debug)]
pub struct Founding<'a> {
    /// Decides keys and the wire's dice.
    pub seed: u64,
    /// How many authorities.
    pub nodes: usize,
    /// The `theriac` program.
    pub program: &'a Path,
    /// The folder of the run.
    pub folder: &'a Path,
}

/// The authorities, the wire between them, and the harness's way to each.
#[derive(Debug)]
pub struct Cluster {
    /// The authorities, in the order of the validator set.
    pub nodes: Vec<Node>,
    /// The wire.
    pub wire: Wire,
    /// Who takes part.
    pub consortium: Consortium,
    /// The public anchor.
    pub anchor: Anchor,
    clients: Vec<NodeClient>,
}

impl Cluster {
    /// Lays the wire, makes disks, keys and configurations; nothing runs yet.
    ///
    /// # Errors
    ///
    /// [`TortureError`].
    pub fn found(founding: &Founding<'_>) -> Result<Self, TortureError> {
        let consortium = Consortium::of(founding.seed, founding.nodes);
        let anchor = seal(founding.folder, &consortium, Parameters::default());
        let weather = Plan::fair_weather(founding.nodes);
        let wire = Wire::start(founding.nodes + 1, weather, founding.seed)?;
        connect_harness(founding.nodes)?;
        let nodes: Result<Vec<Node>, TortureError> = (0..founding.nodes)
            .map(|index| node(founding, index, &consortium, &anchor))
            .collect();
        let urls: Vec<NodeUrl> = (0..founding.nodes).map(url).collect();
        let signer = request_signer(&consortium.key(Actor::Regulator), &anchor);
        let clients = NodeClient::for_nodes(&urls, LIMITS, Some(&signer))?;
        Ok(Self {
            nodes: nodes?,
            wire,
            consortium,
            anchor,
            clients,
        })
    }

    /// How many authorities there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// A client of a node; its way is not the nodes' weather.
    pub fn client(&self, index: usize) -> &NodeClient {
        &self.clients[index]
    }

    /// Clients of every node.
    pub fn clients(&self) -> &[NodeClient] {
        &self.clients
    }

    /// Signs as an actor.
    pub fn pen(&self, actor: Actor) -> Pen {
        Pen::new(&self.consortium, actor, self.anchor.chain_id())
    }

    /// The weather is fair again.
    pub fn clear_up(&self) {
        self.wire.set(Plan::fair_weather(self.len()));
    }
}

fn node(
    founding: &Founding<'_>,
    index: usize,
    consortium: &Consortium,
    anchor: &Anchor,
) -> Result<Node, TortureError> {
    let folder = founding.folder.join(format!("node-{}", index + 1));
    let keys = &consortium.validator_keys;
    write_key(&folder, &keys[index]);
    let disk = Disk::create(&folder)?;
    let data = disk.place().join("data");
    let config = config(founding.folder, &folder, &data, index, keys);
    let text = toml::to_string(&config).map_err(|error| TortureError::Founding {
        reason: error.to_string(),
    })?;
    std::fs::write(folder.join("node.toml"), text)
        .map_err(TortureError::io("write a configuration"))?;
    let guard = create_guard(
        &data.join("consensus"),
        anchor.chain_id(),
        keys[index].public_key(),
    );
    guard.map_err(|error| TortureError::Founding {
        reason: error.to_string(),
    })?;
    connect(index)?;
    Ok(Node::new(Setup {
        program: PathBuf::from(founding.program),
        namespace: namespace(index),
        url: url(index),
        chain: anchor.chain_id(),
        key: keys[index].public_key(),
        clock: NodeClock::create(&folder)?,
        disk,
        folder,
    }))
}

fn config(run: &Path, own: &Path, data: &Path, index: usize, keys: &[SigningKey]) -> Value {
    let others = (0..keys.len()).filter(|other| *other != index);
    let peers: Vec<Value> = others
        .map(|other| {
            json!({
                "p2p": format!("{}:{P2P_PORT}", address(other)),
                "url": url(other),
                "key": keys[other].public_key(),
            })
        })
        .collect();
    json!({
        "data_dir": data,
        "genesis": { "anchor": anchor_file(run), "records": records_file(run) },
        "key": { "file": own.join("key.pem"), "passphrase_file": own.join("passphrase") },
        "server": {
            "listen": format!("{}:{HTTP_PORT}", address(index)),
            "workers": 1,
            "body_limit_bytes": PEER_TRANSACTIONS_BYTES_MAX,
            "rate_limit": { "key_per_minute": 0, "anonymous_per_minute": 0 },
        },
        "p2p": { "listen": format!("{}:{P2P_PORT}", address(index)) },
        "peers": peers,
        "log": { "filter": "info" },
    })
}

fn url(index: usize) -> NodeUrl {
    let text = format!("http://{}:{HTTP_PORT}", address(index));
    NodeUrl::parse(&text).expect("an address and a port")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_consortium_has_as_many_validators_as_asked_in_the_order_of_their_set() {
        for nodes in 4..=7 {
            let consortium = Consortium::of(1, nodes);
            let keys: Vec<_> = consortium
                .validator_keys
                .iter()
                .map(SigningKey::public_key)
                .collect();
            assert_eq!(keys.len(), nodes);
            assert!(keys.is_sorted());
            assert!(
                keys.iter()
                    .all(|key| consortium.validators.find(key).is_some())
            );
        }
    }
}
