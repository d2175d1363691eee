//! Puts a node together and takes it down again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use theriac_client::wire::NodeRole;
use theriac_client::{
    ClientSetupError, FollowerSettings, Generator, NodeClient, NodeUrl, RequestSigner, TimeLimits,
};
use theriac_http::api_key::ApiKeys;
use theriac_http::clock::SharedClock;
use theriac_http::health::{Readiness, Version};
use theriac_http::metrics::{Metrics, MetricsError};
use theriac_http::server::{Program, ServeError, ServerSettings, serve};
use theriac_http::signed_request::RequestVerifier;
use theriac_http::task::{Supervisor, TaskFailure};
use theriac_ledger::identifier::ChainId;
use theriac_signer::OpenKey;

use crate::api::{self, ApiSetup, ApiState, Surroundings};
use crate::backfill;
use crate::chain::Chain;
use crate::config::{NodeConfig, SetupError, make_data_dir};
use crate::engine::{self, EngineSettings, EngineStartError};
use crate::genesis::Genesis;
use crate::gossip;
use crate::metrics::register_chain_metrics;
use crate::neighbours::{Directory, DirectoryError, look_at_own_seat};
use crate::peer_heights;
use crate::pool::{Pool, PoolLimits};
use crate::replica::{Replica, ReplicaConfig, ReplicaError};
use crate::store::{Store, StoreError, stop_when_failed};
use crate::surroundings::Peers;

/// How long the tasks of a node have to end.
const STOP_DEADLINE: Duration = Duration::from_secs(10);

/// Why a node did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration or a file it names was refused.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The store was refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The replica of a follower did not start.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// The engine of a validator did not start.
    #[error(transparent)]
    Engine(#[from] EngineStartError),
    /// No HTTP client.
    #[error(transparent)]
    Client(#[from] ClientSetupError),
    /// The other validators are not found.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The metrics were refused.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// The HTTP interface did not start.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// A node at work.
#[derive(Debug)]
pub struct RunningNode {
    /// Where its HTTP interface listens.
    pub addresses: Vec<SocketAddr>,
    /// Its chain.
    pub chain: Arc<Chain>,
    supervisor: Supervisor,
}

impl RunningNode {
    /// Its tasks.
    pub fn supervisor(&self) -> &Supervisor {
        &self.supervisor
    }

    /// Waits until it is told to stop or something that it cannot live without fails, then takes
    /// everything down.
    ///
    /// # Errors
    ///
    /// What failed first.
    pub async fn run_until_stopped(self) -> Result<(), TaskFailure> {
        self.supervisor.run_until_stopped(STOP_DEADLINE).await
    }

    /// Stops it and waits.
    ///
    /// # Errors
    ///
    /// What failed first.
    pub async fn stop(self) -> Result<(), TaskFailure> {
        self.supervisor.stop(STOP_DEADLINE).await
    }
}

/// Starts a node: reads genesis and key, opens or makes the store, starts the engine or the
/// follower, then the HTTP interface. The supervisor's end is the node's end.
///
/// # Errors
///
/// [`StartError`]; whatever was started is told to stop.
pub async fn start(
    config: NodeConfig,
    clock: SharedClock,
    supervisor: Supervisor,
) -> Result<RunningNode, StartError> {
    let started = start_parts(config, clock, &supervisor).await;
    if started.is_err() {
        supervisor.shutdown();
    }
    started
}

async fn start_parts(
    config: NodeConfig,
    clock: SharedClock,
    supervisor: &Supervisor,
) -> Result<RunningNode, StartError> {
    config.check()?;
    let genesis = config.load_genesis()?;
    let key = config.open_key(&genesis).await?;
    let request_key = config.open_request_key(&key, &genesis).await?;
    make_data_dir(&config.data_dir)?;
    let context = Context {
        chain_id: genesis.anchor.chain_id(),
        key,
        request_key,
        clock,
        supervisor: supervisor.clone(),
    };
    let parts = match config.role {
        NodeRole::Validator => context.validator(&config, &genesis).await?,
        NodeRole::Follower => context.follower(&config, genesis)?,
    };
    let server = Interface {
        role: config.role,
        server: &config.server,
        parts,
    };
    context.serve(server)
}

/// What both roles need.
struct Context {
    chain_id: ChainId,
    key: OpenKey,
    request_key: OpenKey,
    clock: SharedClock,
    supervisor: Supervisor,
}

/// A chain and what surrounds it.
struct Parts {
    chain: Arc<Chain>,
    surroundings: Arc<dyn Surroundings>,
    readiness: Arc<dyn Readiness>,
}

struct Interface<'a> {
    role: NodeRole,
    server: &'a ServerSettings,
    parts: Parts,
}

impl Context {
    async fn validator(&self, config: &NodeConfig, genesis: &Genesis) -> Result<Parts, StartError> {
        let store = Store::initialise(&config.chain_folder(), genesis)?;
        stop_when_failed(&store, &self.supervisor);
        let pool = Arc::new(Pool::new(store.clone(), PoolLimits::default()));
        let chain = Arc::new(Chain::new(store, Arc::clone(&pool)));
        if self.request_key.public_key() == self.key.public_key() {
            tracing::warn!(
                "this node signs its requests with the key that votes: when that is removed from the validators, the others answer no more; name another key of its account under [request_key]"
            );
        }
        let signer = self.request_signer();
        let directory = Directory::new(self.key.public_key(), &config.peers, signer);
        let supervisor = &self.supervisor;
        let neighbours = directory.start(&chain, supervisor)?;
        let heights = peer_heights::start(Arc::clone(&chain), neighbours.clone(), supervisor);
        let network_key = config.open_network_key(&self.key)?;
        let (own, network) = (self.key.public_key(), network_key.public_key());
        look_at_own_seat(&chain.store().view(), &own, &network)?;
        let settings = EngineSettings {
            name: self.key.public_key().to_string()[..8].to_owned(),
            listen: config.p2p.listen,
            neighbours: neighbours.clone(),
            peer_heights: heights.clone(),
            network_key,
            key: self.key.holder(),
            folder: config.consensus_folder(),
        };
        let clock = Arc::clone(&self.clock);
        let role = engine::start(settings, Arc::clone(&chain), clock, supervisor).await?;
        let others = neighbours
            .borrow()
            .iter()
            .map(|one| one.client.clone())
            .collect();
        backfill::start(chain.store(), others, supervisor);
        gossip::start(pool, neighbours.clone(), supervisor);
        let surroundings = Arc::new(Peers {
            chain: Arc::clone(&chain),
            supervisor: supervisor.clone(),
            role,
            neighbours,
            heights,
        });
        Ok(Parts {
            chain,
            readiness: surroundings.clone(),
            surroundings,
        })
    }

    fn follower(&self, config: &NodeConfig, genesis: Genesis) -> Result<Parts, StartError> {
        let relays = self.clients(&config.follow)?;
        let replica = Arc::new(Replica::start(
            ReplicaConfig {
                data_dir: config.chain_folder(),
                genesis,
                nodes: relays.clone(),
                follower: FollowerSettings::default(),
            },
            &self.supervisor,
        )?);
        backfill::start(replica.store(), relays.clone(), &self.supervisor);
        Ok(Parts {
            chain: Arc::clone(replica.chain()),
            readiness: replica.clone(),
            surroundings: replica,
        })
    }

    fn clients(&self, urls: &[NodeUrl]) -> Result<Vec<NodeClient>, ClientSetupError> {
        NodeClient::for_nodes(urls, TimeLimits::default(), Some(&self.request_signer()))
    }

    fn request_signer(&self) -> RequestSigner {
        RequestSigner::new(
            self.request_key.signer(),
            self.chain_id,
            Arc::clone(&self.clock),
            Generator::system(),
        )
    }

    fn serve(self, interface: Interface<'_>) -> Result<RunningNode, StartError> {
        let Interface {
            role,
            server,
            parts,
        } = interface;
        let chain = parts.chain;
        let version = Version {
            program: "node".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let metrics = Metrics::new(&version.program, &version.version)?;
        register_chain_metrics(&metrics, &chain, &self.supervisor)?;
        let verifier = web::Data::new(RequestVerifier::new(
            self.chain_id.0,
            Arc::clone(&self.clock),
            api::known_keys(Arc::clone(&chain)),
        ));
        let state = web::Data::new(ApiState::new(ApiSetup {
            chain: Arc::clone(&chain),
            key: (role == NodeRole::Validator).then(|| self.key.public_key()),
            surroundings: parts.surroundings,
            clock: self.clock,
            supervisor: self.supervisor.clone(),
        }));
        let program = Program {
            version,
            readiness: parts.readiness,
            metrics,
            // Nodes know keys, not users: what is not open is signed.
            identify: Arc::new(ApiKeys::default()),
            witness: None,
            documentation: None,
        };
        let running = serve(server, program, &self.supervisor, move |config| {
            api::configure(&state, &verifier, config);
        })?;
        Ok(RunningNode {
            addresses: running.addresses,
            chain,
            supervisor: self.supervisor,
        })
    }
}
