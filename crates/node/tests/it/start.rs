//! Whole nodes from configuration files: a validator alone on its chain, and a follower of it.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use std::time::Duration;

use theriac_client::submitter::Attempt;
use theriac_client::wire::NodeRole;
use theriac_client::{
    Generator, NodeClient, NodeUrl, Outcome, RequestSigner, Submitter, TimeLimits, trust,
};
use theriac_crypto::SigningKey;
use theriac_http::clock::SystemClock;
use theriac_http::keyfile::{write_private, write_signing_key};
use theriac_http::random::system_random;
use theriac_http::task::Supervisor;
use theriac_ledger::action::{ActionBody, AnchorDigest, AnchorKind};
use theriac_ledger::genesis::Anchor;
use theriac_ledger::record::Parameters;
use theriac_ledger::testing::{Actor, Consortium};
use theriac_ledger::validator::{Validator, ValidatorSet};
use theriac_node::config::{
    GenesisFiles, KeyFiles, NodeConfig, P2pSettings, PeerSettings, SetupError,
};
use theriac_node::engine::create_guard;
use theriac_node::genesis::seal;
use theriac_node::{RunningNode, StartError, start};

const PATIENCE: Duration = Duration::from_secs(30);

/// A folder with the genesis of a chain of one validator.
struct Ceremony {
    consortium: Consortium,
    folder: tempfile::TempDir,
}

impl Ceremony {
    fn hold() -> Self {
        Self::hold_with(1)
    }

    /// The first `count` validators of the consortium have a vote.
    fn hold_with(count: usize) -> Self {
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
        let ceremony = Self { consortium, folder };
        ceremony.write_key("validator", &ceremony.consortium.validator_keys[0]);
        let others = ceremony.consortium.validator_keys[..count].iter().skip(1);
        for (index, key) in (1..).zip(others) {
            ceremony.write_key(&format!("validator-{index}"), key);
        }
        let follower = ceremony.consortium.request_key(Actor::Pharmacy);
        ceremony.write_key("follower", &follower);
        ceremony
    }

    fn write_key(&self, name: &str, key: &SigningKey) {
        let path = self.path().join(format!("{name}.pem"));
        write_signing_key(&path, key, b"open sesame", &mut system_random()).unwrap();
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn anchor(&self) -> Anchor {
        trust::load_anchor(&self.path().join("anchor.json")).unwrap()
    }

    fn config(&self, name: &str, role: NodeRole, follow: Vec<NodeUrl>) -> NodeConfig {
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
            key: KeyFiles {
                file: self.path().join(format!("{name}.pem")),
                passphrase_file: self.path().join("passphrase"),
            },
            server,
            p2p: P2pSettings { listen: free },
            peers: Vec::new(),
            follow,
            log: theriac_http::logging::LogSettings::default(),
        }
    }

    /// Starts one validator for each pair of addresses (peer network, HTTP).
    async fn network(&self, addresses: &[(SocketAddr, SocketAddr)]) -> Vec<RunningNode> {
        let peers: Vec<PeerSettings> = addresses
            .iter()
            .zip(&self.consortium.validator_keys)
            .map(|((p2p, http), key)| PeerSettings {
                p2p: *p2p,
                url: NodeUrl::parse(&format!("http://{http}")).unwrap(),
                key: key.public_key(),
            })
            .collect();
        let mut nodes = Vec::new();
        for (index, (p2p, http)) in addresses.iter().enumerate() {
            let name = match index {
                0 => "validator".to_owned(),
                _ => format!("validator-{index}"),
            };
            let mut config = self.config(&name, NodeRole::Validator, Vec::new());
            config.p2p.listen = *p2p;
            config.server.listen = *http;
            config.peers = peers.clone();
            config.peers.remove(index);
            self.guard(&config, &self.consortium.validator_keys[index]);
            nodes.push(run(config).await.unwrap());
        }
        nodes
    }

    async fn validator(&self) -> RunningNode {
        let config = self.config("validator", NodeRole::Validator, Vec::new());
        self.guard(&config, &self.consortium.validator_keys[0]);
        run(config).await.unwrap()
    }

    /// Makes the signing guard of a validator that has none yet.
    fn guard(&self, config: &NodeConfig, key: &SigningKey) {
        let folder = config.consensus_folder();
        if !folder.exists() {
            create_guard(&folder, self.anchor().chain_id(), key.public_key()).unwrap();
        }
    }

    fn client(&self, node: &RunningNode) -> NodeClient {
        let key = self.consortium.key(Actor::Maker);
        let chain = self.anchor().chain_id();
        let signer = RequestSigner::new(key, chain, SystemClock::shared(), Generator::system());
        NodeClient::new(url(node), TimeLimits::default(), Some(signer)).unwrap()
    }

    fn submitter(&self, node: &RunningNode) -> Submitter {
        Submitter::new(
            vec![self.client(node)],
            &self.anchor(),
            self.consortium.key(Actor::Maker),
            Generator::system(),
            SystemClock::shared(),
        )
    }
}

async fn run(config: NodeConfig) -> Result<RunningNode, StartError> {
    start(config, SystemClock::shared(), Supervisor::new()).await
}

fn url(node: &RunningNode) -> NodeUrl {
    NodeUrl::parse(&format!("http://{}", node.addresses[0])).unwrap()
}

fn note(name: &str) -> ActionBody {
    AnchorDigest {
        kind: AnchorKind::Document,
        digest: theriac_crypto::digest("test", name.as_bytes()),
    }
    .into()
}

async fn submit(submitter: &Submitter, name: &str) -> (u64, theriac_client::SignedIntent) {
    let (signed, outcome) = submitter.submit(&note(name), None).await.unwrap();
    match outcome {
        Outcome::Final { height, .. } => (height, signed),
        other => panic!("{other:?}"),
    }
}

async fn reaches(node: &RunningNode, height: u64) {
    let mut heights = node.chain.subscribe();
    let reached = heights.wait_for(|reached| *reached >= height);
    tokio::time::timeout(PATIENCE, reached)
        .await
        .unwrap()
        .unwrap();
}

#[actix_web::test]
async fn a_validator_makes_blocks_and_a_follower_has_the_same_chain() {
    let ceremony = Ceremony::hold();
    let validator = ceremony.validator().await;
    let submitter = ceremony.submitter(&validator);
    let (height, _) = submit(&submitter, "one").await;

    let follow = vec![url(&validator)];
    let config = ceremony.config("follower", NodeRole::Follower, follow);
    let follower = run(config).await.unwrap();
    reaches(&follower, height).await;
    let through_follower = ceremony.submitter(&follower);
    let (later, signed) = submit(&through_follower, "two").await;
    assert!(later > height);
    reaches(&follower, later).await;
    let again = through_follower.send(&signed, Attempt::Again).await;
    assert!(matches!(again, Outcome::Final { height, .. } if height == later));
    for node in [&validator, &follower] {
        let block = node.chain.store().block(later).unwrap().unwrap();
        assert_eq!(block.transactions.len(), 1);
        let status = ceremony.client(node).status().await.unwrap();
        assert!(status.is_ready, "{status:?}");
    }
    follower.stop().await.unwrap();
    validator.stop().await.unwrap();
}

#[actix_web::test]
async fn a_validator_that_was_stopped_goes_on_where_it_was() {
    let ceremony = Ceremony::hold();
    let validator = ceremony.validator().await;
    let submitter = ceremony.submitter(&validator);
    let (height, signed) = submit(&submitter, "kept").await;
    drop(submitter);
    validator.stop().await.unwrap();

    let validator = ceremony.validator().await;
    let client = ceremony.client(&validator);
    let answer = client.transaction(&signed.id).await.unwrap();
    assert_eq!(answer.height, Some(height));
    let (later, _) = submit(&ceremony.submitter(&validator), "after").await;
    assert!(later > height);
    validator.stop().await.unwrap();
}

/// Addresses that were free a moment ago, all different.
fn free_addresses(count: usize) -> Vec<(SocketAddr, SocketAddr)> {
    let listeners: Vec<_> = (0..2 * count)
        .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
        .collect();
    let addresses: Vec<SocketAddr> = listeners
        .iter()
        .map(|listener| listener.local_addr().unwrap())
        .collect();
    addresses.chunks(2).map(|pair| (pair[0], pair[1])).collect()
}

#[actix_web::test]
async fn four_validators_agree_and_what_one_is_given_becomes_final_on_all() {
    let ceremony = Ceremony::hold_with(4);
    let nodes = ceremony.network(&free_addresses(4)).await;
    let mut last = 0;
    for (index, node) in nodes.iter().enumerate() {
        let submitter = ceremony.submitter(node);
        let (height, signed) = submit(&submitter, &format!("note {index}")).await;
        assert!(height > last);
        last = height;
        for other in &nodes {
            reaches(other, height).await;
            let position = other.chain.store().transaction_position(&signed.id);
            assert_eq!(position.unwrap().map(|(at, _)| at), Some(height));
        }
    }
    let (_, certificate) = nodes[0].chain.store().header(last).unwrap().unwrap();
    assert!(certificate.signatures.len() >= 3);
    let status = ceremony.client(&nodes[0]).status().await.unwrap();
    assert_eq!(status.peers.len(), 3);
    for node in nodes {
        node.stop().await.unwrap();
    }
}

#[actix_web::test]
async fn a_key_without_a_vote_and_foreign_records_are_refused_with_their_file() {
    let ceremony = Ceremony::hold();
    ceremony.write_key("stranger", &SigningKey::from_seed(&[9; 32]));
    let config = ceremony.config("stranger", NodeRole::Validator, Vec::new());
    let error = run(config).await.unwrap_err();
    assert!(
        matches!(
            error,
            StartError::Setup(SetupError::Key {
                key: "key.file",
                ..
            })
        ),
        "{error}"
    );

    let other = serde_json::to_vec(&Consortium::new(2).records).unwrap();
    std::fs::write(ceremony.path().join("records.json"), other).unwrap();
    let config = ceremony.config("validator", NodeRole::Validator, Vec::new());
    let error = run(config).await.unwrap_err();
    assert!(
        matches!(error, StartError::Setup(SetupError::Genesis(_))),
        "{error}"
    );
}
