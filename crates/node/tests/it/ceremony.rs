//! The genesis files of a chain in a folder, and nodes started from configuration files over it.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use theriac_client::wire::NodeRole;
use theriac_client::{
    Generator, NodeClient, NodeUrl, Outcome, RequestSigner, Submitter, TimeLimits, trust,
};
use theriac_crypto::SigningKey;
use theriac_http::clock::{SharedClock, SystemClock};
use theriac_http::keyfile::{write_private, write_signing_key};
use theriac_http::random::system_random;
use theriac_http::task::Supervisor;
use theriac_ledger::action::{ActionBody, AnchorDigest, AnchorKind};
use theriac_ledger::genesis::Anchor;
use theriac_ledger::record::{Parameters, Voting, VotingRule};
use theriac_ledger::testing::{Actor, Consortium};
use theriac_ledger::validator::{Validator, ValidatorSet};
use theriac_node::config::{GenesisFiles, NodeConfig, P2pSettings, PeerSettings};
use theriac_node::engine::create_guard;
use theriac_node::genesis::seal;
use theriac_node::{RunningNode, StartError, start};
use theriac_signer::KeySettings;

pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A folder with the genesis of a chain of one validator.
pub(crate) struct Ceremony {
    pub(crate) consortium: Consortium,
    pub(crate) folder: tempfile::TempDir,
    /// The clock of whoever takes part.
    pub(crate) clock: SharedClock,
}

impl Ceremony {
    pub(crate) fn hold() -> Self {
        Self::hold_with(1)
    }

    /// The first `count` validators of the consortium have a vote.
    pub(crate) fn hold_with(count: usize) -> Self {
        let consortium = Consortium::new(1);
        let folder = tempfile::tempdir().unwrap();
        let validators = consortium.validator_keys[..count]
            .iter()
            .map(|key| Validator {
                key: key.public_key(),
                power: 1,
            })
            .collect();
        let anchor = seal(
            Consortium::START,
            ValidatorSet::new(validators).unwrap(),
            Parameters {
                idle_block_ms: 500,
                voting: without_notice(),
                ..Parameters::default()
            },
            &consortium.records,
        )
        .unwrap();
        let path = folder.path();
        std::fs::write(
            path.join("anchor.json"),
            serde_json::to_vec(&anchor).unwrap(),
        )
        .unwrap();
        let records = serde_json::to_vec(&consortium.records).unwrap();
        std::fs::write(path.join("records.json"), records).unwrap();
        write_private(&path.join("passphrase"), b"open sesame").unwrap();
        let ceremony = Self {
            consortium,
            folder,
            clock: SystemClock::shared(),
        };
        ceremony.write_key("validator", &ceremony.consortium.validator_keys[0]);
        let others = ceremony.consortium.validator_keys[..count].iter().skip(1);
        for (index, key) in (1..).zip(others) {
            ceremony.write_key(&format!("validator-{index}"), key);
        }
        ceremony.write_key("requests", &ceremony.consortium.authority_key(3));
        let follower = ceremony.consortium.request_key(Actor::Pharmacy);
        ceremony.write_key("follower", &follower);
        ceremony
    }

    pub(crate) fn write_key(&self, name: &str, key: &SigningKey) {
        let path = self.path().join(format!("{name}.pem"));
        write_signing_key(&path, key, b"open sesame", &mut system_random()).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn anchor(&self) -> Anchor {
        trust::load_anchor(&self.path().join("anchor.json")).unwrap()
    }

    pub(crate) fn config(&self, name: &str, role: NodeRole, follow: Vec<NodeUrl>) -> NodeConfig {
        let free: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let mut server = NodeConfig::default_server();
        server.listen = free;
        server.workers = 1;
        server.shutdown_timeout_ms = 200;
        NodeConfig {
            role,
            data_dir: self.path().join(format!("data-{name}")),
            genesis: GenesisFiles {
                anchor: self.path().join("anchor.json"),
                records: self.path().join("records.json"),
            },
            key: KeySettings::in_file(
                self.path().join(format!("{name}.pem")),
                self.path().join("passphrase"),
            ),
            request_key: None,
            network_key: None,
            server,
            p2p: P2pSettings { listen: free },
            peers: Vec::new(),
            follow,
            log: theriac_http::logging::LogSettings::default(),
        }
    }

    /// Configurations of one validator for each pair of addresses (peer network, HTTP).
    pub(crate) fn configs(&self, addresses: &[(SocketAddr, SocketAddr)]) -> Vec<NodeConfig> {
        let member = |index| self.member_config(addresses, index);
        (0..addresses.len()).map(member).collect()
    }

    /// Starts the validators of these configurations, in the order of the consortium's keys.
    pub(crate) async fn network(&self, configs: Vec<NodeConfig>) -> Vec<RunningNode> {
        let mut nodes = Vec::new();
        for (config, key) in configs.into_iter().zip(&self.consortium.validator_keys) {
            self.guard(&config, key);
            nodes.push(self.run(config).await.unwrap());
        }
        nodes
    }

    /// The configuration of one validator of several.
    pub(crate) fn member_config(
        &self,
        addresses: &[(SocketAddr, SocketAddr)],
        index: usize,
    ) -> NodeConfig {
        let name = match index {
            0 => "validator".to_owned(),
            _ => format!("validator-{index}"),
        };
        let mut config = self.config(&name, NodeRole::Validator, Vec::new());
        (config.p2p.listen, config.server.listen) = addresses[index];
        config.peers = self.peers(addresses);
        config.peers.remove(index);
        // The last one may lose its vote, and its key with it: it asks with another.
        if index == 3 {
            config.request_key = Some(KeySettings::in_file(
                self.path().join("requests.pem"),
                self.path().join("passphrase"),
            ));
        }
        config
    }

    /// How the validators at these addresses find each other.
    pub(crate) fn peers(&self, addresses: &[(SocketAddr, SocketAddr)]) -> Vec<PeerSettings> {
        let keys = &self.consortium.validator_keys;
        let peers = addresses
            .iter()
            .zip(keys)
            .map(|((p2p, http), key)| PeerSettings {
                p2p: *p2p,
                url: NodeUrl::parse(&format!("http://{http}")).unwrap(),
                key: key.public_key(),
                network_key: None,
            });
        peers.collect()
    }

    pub(crate) async fn validator(&self) -> RunningNode {
        let config = self.config("validator", NodeRole::Validator, Vec::new());
        self.guard(&config, &self.consortium.validator_keys[0]);
        self.run(config).await.unwrap()
    }

    pub(crate) async fn run(&self, config: NodeConfig) -> Result<RunningNode, StartError> {
        start(config, Arc::clone(&self.clock), Supervisor::new()).await
    }

    /// Makes the signing guard of a validator that has none yet.
    pub(crate) fn guard(&self, config: &NodeConfig, key: &SigningKey) {
        let folder = config.consensus_folder();
        if !folder.exists() {
            create_guard(&folder, self.anchor().chain_id(), key.public_key()).unwrap();
        }
    }

    pub(crate) fn client(&self, node: &RunningNode) -> NodeClient {
        let key = self.consortium.key(Actor::Maker);
        let chain = self.anchor().chain_id();
        let signer = RequestSigner::new(key, chain, Arc::clone(&self.clock), Generator::system());
        NodeClient::new(url(node), TimeLimits::default(), Some(signer)).unwrap()
    }

    pub(crate) fn submitter(&self, node: &RunningNode) -> Submitter {
        Submitter::new(
            vec![self.client(node)],
            &self.anchor(),
            self.consortium.key(Actor::Maker),
            Generator::system(),
            Arc::clone(&self.clock),
        )
    }
}

/// Thresholds as always, and nothing to wait for.
fn without_notice() -> Voting {
    let rule = VotingRule {
        notice_ms: 0,
        ..Parameters::default().voting.membership
    };
    Voting {
        membership: rule,
        standing: rule,
        keys: rule,
        validators: rule,
        parameters: rule,
    }
}

pub(crate) fn url(node: &RunningNode) -> NodeUrl {
    NodeUrl::parse(&format!("http://{}", node.addresses[0])).unwrap()
}

pub(crate) fn note(name: &str) -> ActionBody {
    AnchorDigest {
        kind: AnchorKind::Document,
        digest: theriac_crypto::digest("test", name.as_bytes()),
    }
    .into()
}

pub(crate) async fn submit(
    submitter: &Submitter,
    name: &str,
) -> (u64, theriac_client::SignedIntent) {
    let (signed, outcome) = submitter.submit(&note(name), None).await.unwrap();
    match outcome {
        Outcome::Final { height, .. } => (height, signed),
        other => panic!("{other:?}"),
    }
}

pub(crate) async fn reaches(node: &RunningNode, height: u64) {
    let mut heights = node.chain.subscribe();
    let reached = heights.wait_for(|reached| *reached >= height);
    tokio::time::timeout(PATIENCE, reached)
        .await
        .unwrap()
        .unwrap();
}
