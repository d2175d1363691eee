//! A chain behind the real HTTP interface, without an engine: tests decide blocks themselves.

use std::sync::Arc;

use actix_web::web;
use theriac_client::wire::{NodeRole, PeerStatus};
use theriac_client::{Generator, NodeClient, NodeUrl, RequestSigner, TimeLimits};
use theriac_crypto::SigningKey;
use theriac_http::api_key::ApiKeys;
use theriac_http::clock::{FixedClock, SharedClock};
use theriac_http::health::{Readiness, Version};
use theriac_http::metrics::Metrics;
use theriac_http::server::{Program, serve};
use theriac_http::signed_request::RequestVerifier;
use theriac_http::task::Supervisor;
use theriac_ledger::identifier::{Height, Timestamp};
use theriac_ledger::testing::{Actor, Consortium};
use theriac_ledger::transaction::SignedTransaction;
use theriac_node::api::{ApiSetup, ApiState, Surroundings, configure, known_keys};
use theriac_node::chain::Chain;
use theriac_node::config::NodeConfig;
use theriac_node::pool::{Pool, PoolLimits};
use theriac_node::store::Store;

use crate::fixture::World;

/// A node with an interface.
pub(crate) struct Served {
    pub(crate) world: World,
    pub(crate) chain: Arc<Chain>,
    pub(crate) url: NodeUrl,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) supervisor: Supervisor,
    _folder: tempfile::TempDir,
}

/// Nobody else, or those to whom submissions are passed on.
#[derive(Debug)]
struct Alone(Vec<NodeClient>);

impl Readiness for Alone {
    fn reasons_not_ready(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Surroundings for Alone {
    fn peers(&self) -> Vec<PeerStatus> {
        Vec::new()
    }

    fn lag_blocks(&self) -> Option<u64> {
        Some(0)
    }

    fn role(&self) -> NodeRole {
        if self.0.is_empty() {
            NodeRole::Validator
        } else {
            NodeRole::Follower
        }
    }

    fn relays(&self) -> Vec<NodeClient> {
        self.0.clone()
    }
}

impl Served {
    pub(crate) fn start() -> Self {
        Self::with_relays(Vec::new())
    }

    /// A node that passes submissions on.
    pub(crate) fn with_relays(relays: Vec<NodeClient>) -> Self {
        let world = World::new();
        let folder = tempfile::tempdir().unwrap();
        let store = Store::initialise(folder.path(), &world.genesis).unwrap();
        let pool = Arc::new(Pool::new(store.clone(), PoolLimits::default()));
        let chain = Arc::new(Chain::new(store, pool));
        let clock = Arc::new(FixedClock::new(Consortium::START.0));
        let supervisor = Supervisor::new();
        let shared: SharedClock = clock.clone();
        let state = web::Data::new(ApiState::new(ApiSetup {
            chain: Arc::clone(&chain),
            key: None,
            surroundings: Arc::new(Alone(relays)),
            clock: Arc::clone(&shared),
            supervisor: supervisor.clone(),
        }));
        let keys = known_keys(Arc::clone(&chain));
        let verifier = RequestVerifier::new(world.chain_id().0, shared, keys);
        let verifier = web::Data::new(verifier);
        let mut settings = NodeConfig::default_server();
        settings.listen.set_port(0);
        settings.workers = 1;
        settings.shutdown_timeout_ms = 100;
        let program = Program {
            version: Version {
                program: "node".to_owned(),
                version: "0".to_owned(),
            },
            readiness: Arc::new(Alone(Vec::new())),
            metrics: Metrics::new("node", "0").unwrap(),
            identify: Arc::new(ApiKeys::default()),
            witness: None,
            documentation: None,
        };
        let running = serve(&settings, program, &supervisor, move |config| {
            configure(&state, &verifier, config);
        })
        .unwrap();
        Self {
            url: NodeUrl::parse(&format!("http://{}", running.addresses[0])).unwrap(),
            world,
            chain,
            clock,
            supervisor,
            _folder: folder,
        }
    }

    pub(crate) fn signer(&self, key: SigningKey) -> RequestSigner {
        let clock: SharedClock = self.clock.clone();
        RequestSigner::new(key, self.world.chain_id(), clock, Generator::system())
    }

    /// A client that signs with an actor's key.
    pub(crate) fn client(&self, actor: Actor) -> NodeClient {
        self.client_with(self.world.consortium.key(actor))
    }

    pub(crate) fn client_with(&self, key: SigningKey) -> NodeClient {
        let signer = Some(self.signer(key));
        NodeClient::new(self.url.clone(), TimeLimits::default(), signer).unwrap()
    }

    /// A client that signs nothing.
    pub(crate) fn anyone(&self) -> NodeClient {
        NodeClient::new(self.url.clone(), TimeLimits::default(), None).unwrap()
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.chain.parent().time
    }

    pub(crate) fn note(&mut self, actor: Actor) -> SignedTransaction {
        let now = self.now();
        self.world.note(actor, now)
    }

    /// Builds a block from the pool and decides it; answers its height.
    pub(crate) fn decide(&self) -> Height {
        let time = self.now().saturating_add(1_000);
        let built = self.chain.build(time, self.world.proposer()).unwrap();
        let height = built.block.header.height;
        let certificate = self.world.certify(height, &built.digest);
        self.chain.commit(&built.digest, certificate).unwrap();
        height
    }

    /// Decides a block of these transactions.
    pub(crate) fn decide_with(&self, signed: &[SignedTransaction]) -> Height {
        for one in signed {
            self.chain.pool().submit(&one.encode(), self.now()).unwrap();
        }
        self.decide()
    }

    pub(crate) async fn stop(self) {
        self.supervisor
            .stop(std::time::Duration::from_secs(5))
            .await
            .unwrap();
    }
}
