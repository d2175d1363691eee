//! A network of authorities, each its own process.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use theriac_client::wire::{NodeStatus, PEER_TRANSACTIONS_BYTES_MAX};
use theriac_client::{Generator, NodeClient, NodeUrl, RequestSigner, TimeLimits};
use theriac_crypto::SigningKey;
use theriac_http::clock::SystemClock;
use theriac_http::keyfile;
use theriac_http::random::system_random;
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::Height;
use theriac_ledger::record::Parameters;
use theriac_ledger::testing::{Actor, Consortium};
use theriac_node::engine::create_guard;

use crate::actor::Pen;
use crate::council::Council;
use crate::genesis::{genesis_with, without_notice};
use crate::newcomer::Newcomer;
use crate::ports::free_ports;
use crate::wait::eventually;

mod decide;
mod node;
mod signer;
mod spare;

pub use node::Node;
pub use signer::Signer;

/// Time in which a node of an unoptimised build starts on a busy machine.
pub const START: Duration = Duration::from_secs(30);

/// Time in which a running network must do what it is asked, on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Time limits of the tests' clients: connections on loopback are made at once or not at all.
pub const LIMITS: TimeLimits = TimeLimits {
    connect: Duration::from_secs(1),
    request: Duration::from_secs(10),
    wait: Duration::from_secs(25),
    stream_idle: Duration::from_secs(15),
};

/// File of the key with which a validator signs requests: the one that votes ends with its vote.
const REQUEST_KEY: &str = "request.pem";

/// The passphrase of every key file here.
const PASSPHRASE: &str = "testkit";

/// Four authorities over the records of a seeded consortium.
#[derive(Debug)]
pub struct Network {
    folder: TempDir,
    /// Who takes part.
    pub consortium: Consortium,
    /// The public anchor.
    pub anchor: Anchor,
    /// The authorities, in the order of the validator set; then those that may join.
    pub nodes: Vec<Node>,
    /// Those that may join.
    pub newcomers: Vec<Newcomer>,
    members: Vec<NodeClient>,
}

impl Network {
    /// Writes genesis, keys and configurations of four authorities; nothing runs yet.
    pub fn found(seed: u64) -> Self {
        Self::found_with(seed, Parameters::default(), 0)
    }

    fn found_with(seed: u64, parameters: Parameters, newcomers: usize) -> Self {
        let folder = tempfile::Builder::new().prefix("theriac-test-").tempdir();
        let folder = folder.expect("a temporary folder");
        let consortium = Consortium::new(seed);
        let anchor = seal(folder.path(), &consortium, parameters);
        let keys = consortium.validator_keys.clone();
        let ports = free_ports(2 * keys.len());
        let mut nodes: Vec<Node> = (0..keys.len())
            .map(|index| {
                let own = folder.path().join(format!("authority-{}", index + 1));
                write_key(&own, &keys[index]);
                write_another_key(&own, REQUEST_KEY, &consortium.authority_key(index));
                let config = validator_config(folder.path(), &own, index, &keys, &ports);
                let guard = own.join("data/consensus");
                create_guard(&guard, anchor.chain_id(), keys[index].public_key())
                    .expect("a new guard");
                Node::prepare(&own, &config, url(ports[2 * index]))
            })
            .collect();
        let newcomers: Vec<Newcomer> = (1..=newcomers).map(Newcomer::number).collect();
        let peers = peers(&keys, &ports);
        for (index, newcomer) in (keys.len()..).zip(&newcomers) {
            let place = spare::Place {
                run: folder.path(),
                own: &folder.path().join(format!("authority-{}", index + 1)),
                chain: anchor.chain_id(),
                peers: &peers,
            };
            nodes.push(spare::node(newcomer, &place));
        }
        let urls: Vec<NodeUrl> = nodes.iter().map(|node| node.url.clone()).collect();
        let signer = request_signer(&consortium.key(Actor::Regulator), &anchor);
        let members = NodeClient::for_nodes(&urls, LIMITS, Some(&signer)).expect("HTTP clients");
        Self {
            folder,
            consortium,
            anchor,
            nodes,
            newcomers,
            members,
        }
    }

    /// The authorities, and those that may join.
    pub fn council(&self) -> Council {
        let mut council = Council::of(&self.consortium);
        self.newcomers
            .iter()
            .for_each(|newcomer| council.meet(newcomer));
        council
    }

    /// Founds a network, starts it and waits until it has agreed on a first block.
    pub async fn start(seed: u64) -> Self {
        let mut network = Self::found(seed);
        network.start_authorities().await;
        network
    }

    /// The same, beside nodes of newcomers that do not run yet. Validators are changed without notice.
    pub async fn start_with_newcomers(seed: u64, newcomers: usize) -> Self {
        let mut network = Self::found_with(seed, without_notice(), newcomers);
        network.start_authorities().await;
        network
    }

    async fn start_authorities(&mut self) {
        let count = self.consortium.validator_keys.len();
        for node in &mut self.nodes[..count] {
            node.start();
        }
        for index in 0..count {
            self.wait_until_ready(index).await;
        }
    }

    /// A client of a node that signs its requests as a member.
    pub fn client(&self, index: usize) -> &NodeClient {
        &self.members[index]
    }

    /// Clients of every node.
    pub fn clients(&self) -> &[NodeClient] {
        &self.members
    }

    /// A client of a node that signs as the validator with this index.
    pub fn client_of_validator(&self, index: usize, validator: usize) -> NodeClient {
        let signer = request_signer(&self.consortium.validator_keys[validator], &self.anchor);
        NodeClient::new(self.nodes[index].url.clone(), LIMITS, Some(signer))
            .expect("an HTTP client")
    }

    /// Signs as an actor.
    pub fn pen(&self, actor: Actor) -> Pen {
        Pen::new(&self.consortium, actor, self.anchor.chain_id())
    }

    /// The folder of everything.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// File of the public anchor.
    pub fn anchor_file(&self) -> PathBuf {
        anchor_file(self.folder())
    }

    /// File of the members' records.
    pub fn records_file(&self) -> PathBuf {
        records_file(self.folder())
    }

    /// Waits until a node says that it is caught up and at work; fails at once when it ended.
    pub async fn wait_until_ready(&mut self, index: usize) -> NodeStatus {
        let client = self.members[index].clone();
        wait_until_ready(&mut self.nodes[index], &client).await
    }

    /// Waits until a node has executed a height.
    pub async fn wait_for_height(&self, index: usize, height: Height) -> NodeStatus {
        let client = self.client(index);
        eventually(
            &format!("node {index} is at height {height}"),
            PATIENCE,
            || async {
                client
                    .status()
                    .await
                    .ok()
                    .filter(|status| status.height >= height)
            },
        )
        .await
    }

    /// Kills a node as a power cut would, and starts it again.
    pub fn kill_and_restart(&mut self, index: usize) {
        self.nodes[index].kill();
        self.nodes[index].start();
    }

    /// A node that follows the authorities without a vote; it is prepared, not started.
    pub fn follower(&self) -> (Node, NodeClient) {
        let own = self.folder().join("follower");
        let port = free_ports(1)[0];
        let follow: Vec<String> = self.nodes.iter().map(|node| node.url.to_string()).collect();
        write_key(&own, &self.consortium.request_key(Actor::Regulator));
        let mut config = common_config(self.folder(), &own, port);
        config["role"] = json!("follower");
        config["follow"] = json!(follow);
        let node = Node::prepare(&own, &config, url(port));
        let signer = request_signer(&self.consortium.key(Actor::Regulator), &self.anchor);
        let client = NodeClient::new(node.url.clone(), LIMITS, Some(signer));
        (node, client.expect("an HTTP client"))
    }
}

/// Waits until a node says that it is caught up and at work; fails at once when it ended.
pub async fn wait_until_ready(node: &mut Node, client: &NodeClient) -> NodeStatus {
    let what = format!("{} is ready", node.url);
    let node = std::cell::RefCell::new(node);
    eventually(&what, START, || {
        node.borrow_mut().assert_running();
        async { client.status().await.ok().filter(|status| status.is_ready) }
    })
    .await
}

/// Writes both halves of a genesis into a folder.
pub fn seal(folder: &Path, consortium: &Consortium, parameters: Parameters) -> Anchor {
    let anchor = genesis_with(consortium, parameters).anchor;
    let text = serde_json::to_string(&anchor).expect("an anchor is JSON");
    std::fs::write(anchor_file(folder), text).expect("a new file in a new folder");
    let text = serde_json::to_string(&consortium.records).expect("records are JSON");
    keyfile::write_private(&records_file(folder), text.as_bytes()).expect("a new file");
    anchor
}

/// The public anchor in the folder of a network.
pub fn anchor_file(folder: &Path) -> PathBuf {
    folder.join("genesis.json")
}

/// The members' records in the folder of a network.
pub fn records_file(folder: &Path) -> PathBuf {
    folder.join("members.json")
}

/// Writes a key with its passphrase into a new folder, as `key.pem` and `passphrase`.
pub fn write_key(own: &Path, key: &SigningKey) {
    std::fs::create_dir_all(own).expect("a new folder");
    let passphrase = PASSPHRASE.as_bytes();
    keyfile::write_private(&own.join("passphrase"), passphrase).expect("a new file");
    write_another_key(own, "key.pem", key);
}

/// Writes a key into the folder of another, with the same passphrase.
pub fn write_another_key(own: &Path, name: &str, key: &SigningKey) {
    let passphrase = PASSPHRASE.as_bytes();
    keyfile::write_signing_key(&own.join(name), key, passphrase, &mut system_random())
        .expect("a new key file");
}

fn validator_config(
    folder: &Path,
    own: &Path,
    index: usize,
    keys: &[SigningKey],
    ports: &[u16],
) -> Value {
    let mut peers = peers(keys, ports);
    peers.remove(index);
    let mut config = common_config(folder, own, ports[2 * index]);
    config["request_key"] = request_key(own);
    config["p2p"] = json!({ "listen": p2p(ports[2 * index + 1]) });
    config["peers"] = json!(peers);
    config
}

fn request_key(own: &Path) -> Value {
    json!({ "file": own.join(REQUEST_KEY), "passphrase_file": own.join("passphrase") })
}

/// Where the validators of the genesis are found.
fn peers(keys: &[SigningKey], ports: &[u16]) -> Vec<Value> {
    let peer = |(key, ports): (&SigningKey, &[u16])| json!({ "p2p": p2p(ports[1]), "url": url(ports[0]), "key": key.public_key() });
    keys.iter().zip(ports.chunks(2)).map(peer).collect()
}

fn common_config(folder: &Path, own: &Path, port: u16) -> Value {
    json!({
        "data_dir": own.join("data"),
        "genesis": { "anchor": anchor_file(folder), "records": records_file(folder) },
        "key": { "file": own.join("key.pem"), "passphrase_file": own.join("passphrase") },
        "server": node_server(port),
        "log": { "filter": "info" },
    })
}

fn node_server(port: u16) -> Value {
    let mut settings = server(port);
    settings["body_limit_bytes"] = json!(PEER_TRANSACTIONS_BYTES_MAX);
    settings
}

/// No limit of rate: on loopback every caller shares one network.
pub(crate) fn server(port: u16) -> Value {
    json!({
        "listen": format!("127.0.0.1:{port}"),
        "workers": 1,
        "rate_limit": { "key_per_minute": 0, "anonymous_per_minute": 0 },
    })
}

fn url(port: u16) -> NodeUrl {
    NodeUrl::parse(&format!("http://127.0.0.1:{port}")).expect("an address on loopback")
}

fn p2p(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

/// Signs requests with a key.
pub fn request_signer(key: &SigningKey, anchor: &Anchor) -> RequestSigner {
    RequestSigner::new(
        key.clone(),
        anchor.chain_id(),
        SystemClock::shared(),
        Generator::system(),
    )
}
