//! Starting the engine.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use arc_malachitebft_app_channel::app::config::{
    ConsensusConfig, DiscoveryConfig, NodeConfig, P2pConfig, ValuePayload, ValueSyncConfig,
};
use arc_malachitebft_app_channel::app::engine::network::NetworkRef;
use arc_malachitebft_app_channel::app::metrics::SharedRegistry;
use arc_malachitebft_app_channel::app::types::Keypair;
use arc_malachitebft_app_channel::app::types::codec::Codec as _;
use arc_malachitebft_app_channel::spawn::spawn_network_actor;
use arc_malachitebft_app_channel::{
    AppMsg, Channels, ConsensusContext, EngineBuilder, EngineHandle, NetworkIdentity, NetworkMsg,
    RequestContext, SyncContext, WalContext,
};
use arc_malachitebft_wal::Log;
use ractor::ActorRef;
use theriac_crypto::{PublicKey, SigningKey};
use theriac_ledger::constants::{PART_BYTES_MAX, VALIDATORS_MAX};
use theriac_ledger::identifier::ChainId;
use tokio::sync::{mpsc, watch};

use crate::codec::{SYNC_BATCH_MAX, WireCodec};
use crate::context::{Address, TheriacContext};
use crate::listener::{Listener, Told};
use crate::log_tail;
use crate::peer::{Peer, multiaddr, peer_id};
use crate::publish::{PublishGuard, Refusal, RefusalSender, Station};
use crate::signing::{EngineSigner, SignError, StrictVerifier};

/// Longest answer of one peer to another that catches up: a batch of the largest blocks is half.
const RPC_BYTES_MAX: usize = 16 * 1024 * 1024;
/// A part with its head, and a factor for the network's own envelope.
const PUBSUB_BYTES_MAX: usize = 4 * PART_BYTES_MAX;
/// How often a node tells its height to its peers.
const STATUS_INTERVAL: Duration = Duration::from_secs(1);
/// How long a peer may take to answer one that catches up.
const SYNC_TIMEOUT: Duration = Duration::from_secs(5);
const REQUESTS_WAITING_MAX: usize = 16;
/// How long the engine's parts may take to stop before those that have not are ended.
const PART_STOP_LIMIT: Duration = Duration::from_secs(5);
/// How often a stopped engine's log is looked at until it is free, and the pause between.
const LOG_LOOKS: u32 = 250;
const LOG_PAUSE: Duration = Duration::from_millis(20);

/// What the engine is started with.
#[derive(Debug)]
pub struct EngineOptions {
    /// A name for logs and metrics.
    pub name: String,
    /// The chain.
    pub chain: ChainId,
    /// Where to listen for peers.
    pub listen: SocketAddr,
    /// The other validators' nodes; no one else is let in.
    pub peers: Vec<Peer>,
    /// The key that this node proves to its peers; may be the validator's own.
    pub network_key: SigningKey,
    /// Folder of the write-ahead log.
    pub folder: PathBuf,
    /// Whether this node votes.
    pub voter: Voter,
}

/// Whether a node votes.
#[derive(Debug)]
pub enum Voter {
    /// It does, when the set holds its key.
    Validator(EngineSigner, Box<PublishGuard>),
    /// It only catches up, although it may have a validator's key.
    Observer(PublicKey),
}

/// Why the engine did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The network key is unusable.
    #[error("the network key cannot be used")]
    NetworkKey(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The statement of who this peer is could not be signed.
    #[error("the validator proof cannot be signed")]
    Proof(#[from] SignError),
    /// The write-ahead log cannot be read or mended.
    #[error("the write-ahead log {} cannot be opened", path.display())]
    Log {
        /// Where it is.
        path: PathBuf,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// One of the engine's parts failed.
    #[error("the consensus engine cannot start")]
    Engine(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A running engine.
pub struct Engine {
    /// What the engine asks; each question must be answered. Closed when the engine dies.
    pub messages: mpsc::Receiver<AppMsg<TheriacContext>>,
    /// Where parts of proposals go out.
    pub network: mpsc::Sender<NetworkMsg<TheriacContext>>,
    /// Why a vote does not leave, or was not signed; the engine must be stopped then.
    pub refusal: watch::Receiver<Option<Refusal>>,
    listener: ActorRef<Told>,
    handle: EngineHandle,
    log: PathBuf,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Engine").finish_non_exhaustive()
    }
}

impl Engine {
    /// The other validators' nodes are these from now on: who is new is let in and called, who is none of
    /// them any more is cut off.
    pub fn set_peers(&self, peers: &[Peer]) {
        // An engine that has ended has no peers; its messages tell of that.
        let _ = self.listener.cast(Told::Peers(peers.to_vec()));
    }

    /// Stops the engine and waits until its log and port are free.
    pub async fn stop(self) {
        let Self {
            messages,
            network,
            handle,
            log,
            ..
        } = self;
        drop((messages, network));
        let cell = handle.actor.get_cell();
        cell.stop_children_and_wait(None, Some(PART_STOP_LIMIT))
            .await;
        // A part that was not signed for while it was led through its log hangs on purpose.
        for part in cell.get_children() {
            part.kill();
        }
        handle.actor.stop(None);
        // The task ends once the actor has stopped; how it ended no longer matters.
        let _ = handle.handle.await;
        wait_until_free(&log).await;
    }
}

/// Waits until nobody holds the log: the thread that writes it ends a moment after its actor.
async fn wait_until_free(log: &Path) {
    for _ in 0..LOG_LOOKS {
        if !log.exists() || Log::open(log).is_ok() {
            return;
        }
        tokio::time::sleep(LOG_PAUSE).await;
    }
    tracing::error!("the engine's log {} is still held", log.display());
}

/// The engine's write-ahead log in its folder.
pub fn log_path(folder: &Path) -> PathBuf {
    folder.join("consensus.wal")
}

/// Starts the engine. It asks its first question once it listens.
pub async fn start(options: EngineOptions) -> Result<Engine, StartError> {
    mend_log(&options.folder)?;
    let keypair = Keypair::ed25519_from_bytes(*options.network_key.to_seed())
        .map_err(|error| StartError::NetworkKey(error.into()))?;
    let config = EngineConfig::new(&options);
    let verifier = Box::new(StrictVerifier::new(options.chain));
    let log = log_path(&options.folder);
    let (refused, refusal) = watch::channel(None);
    let (identity, consensus, voter) = match options.voter {
        Voter::Validator(signer, guard) => {
            let address = Address(signer.public_key());
            let peer = peer_id(&options.network_key.public_key());
            let proof = signer.validator_proof(peer.to_bytes()).await?;
            let proof = WireCodec
                .encode(&proof)
                .expect("a key, a peer id and a signature are within their bounds");
            let signer = signer.for_engine(log.clone(), refused.clone());
            (
                NetworkIdentity::new_validator(options.name, keypair, address.to_string(), proof),
                ConsensusContext::new_validator(address, verifier, Box::new(signer)),
                Some((address.0, *guard)),
            )
        }
        Voter::Observer(key) => (
            NetworkIdentity::new(options.name, keypair, None),
            ConsensusContext::new_full_node(Address(key), verifier),
            None,
        ),
    };
    let Network {
        station,
        listener,
        parts,
    } = network(identity, &config, &options.peers, voter, refused).await?;
    let built = EngineBuilder::new(TheriacContext, config)
        .with_default_wal(WalContext::new(log.clone(), WireCodec))
        .with_custom_network(station, parts)
        .with_default_sync(SyncContext::new(WireCodec))
        .with_default_consensus(consensus)
        .with_default_request(RequestContext::new(REQUESTS_WAITING_MAX))
        .build()
        .await;
    let (channels, handle) = built.map_err(|report| StartError::Engine(report.into()))?;
    let Channels {
        consensus: messages,
        network,
        ..
    } = channels;
    Ok(Engine {
        messages,
        network,
        refusal,
        listener,
        handle,
        log,
    })
}

/// The network, as the engine's other parts and its owner reach it.
struct Network {
    station: NetworkRef<TheriacContext>,
    listener: ActorRef<Told>,
    parts: mpsc::Sender<NetworkMsg<TheriacContext>>,
}

/// The network, behind the station that admits what leaves, and with the listener that keeps peers in
/// reach.
async fn network(
    identity: NetworkIdentity,
    config: &EngineConfig,
    peers: &[Peer],
    voter: Option<(PublicKey, PublishGuard)>,
    refused: RefusalSender,
) -> Result<Network, StartError> {
    let registry = SharedRegistry::global().with_moniker(config.moniker());
    let spawned = spawn_network_actor(
        identity,
        &config.consensus,
        &config.value_sync,
        &registry,
        WireCodec,
    );
    let (network, parts) = spawned
        .await
        .map_err(|report| StartError::Engine(report.into()))?;
    let (own, guard) = voter.unzip();
    let listener = Listener::spawn(&network, peers, own)
        .await
        .map_err(|error| StartError::Engine(error.into()))?;
    let station = Station::spawn(network, listener.clone(), guard, refused)
        .await
        .map_err(|error| StartError::Engine(error.into()))?;
    Ok(Network {
        station,
        listener,
        parts,
    })
}

fn mend_log(folder: &Path) -> Result<(), StartError> {
    let path = log_path(folder);
    match log_tail::mend(&path) {
        Ok(None) => Ok(()),
        Ok(Some(entries)) => {
            tracing::warn!(
                entries,
                "the end of the write-ahead log was not durable when the power went; it is cut off after {entries} entries"
            );
            Ok(())
        }
        Err(source) => Err(StartError::Log { path, source }),
    }
}

#[derive(Debug)]
struct EngineConfig {
    name: String,
    consensus: ConsensusConfig,
    value_sync: ValueSyncConfig,
}

impl EngineConfig {
    fn new(options: &EngineOptions) -> Self {
        let p2p = P2pConfig {
            listen_addr: multiaddr(options.listen),
            persistent_peers: options.peers.iter().map(Peer::multiaddr).collect(),
            persistent_peers_only: true,
            discovery: DiscoveryConfig {
                enabled: false,
                // All validators of a demonstration share one address.
                max_connections_per_ip: 4 * VALIDATORS_MAX,
                ..DiscoveryConfig::default()
            },
            pubsub_max_size: size(PUBSUB_BYTES_MAX),
            rpc_max_size: size(RPC_BYTES_MAX),
            ..P2pConfig::default()
        };
        Self {
            name: options.name.clone(),
            consensus: ConsensusConfig {
                enabled: matches!(options.voter, Voter::Validator(..)),
                p2p,
                value_payload: ValuePayload::ProposalAndParts,
                ..ConsensusConfig::default()
            },
            value_sync: ValueSyncConfig {
                status_update_interval: STATUS_INTERVAL,
                request_timeout: SYNC_TIMEOUT,
                max_request_size: size(PART_BYTES_MAX),
                max_response_size: size(RPC_BYTES_MAX),
                batch_size: SYNC_BATCH_MAX,
                ..ValueSyncConfig::default()
            },
        }
    }
}

/// A number of bytes in the configuration's own type.
fn size<T: std::str::FromStr>(bytes: usize) -> T {
    match format!("{bytes} B").parse() {
        Ok(size) => size,
        Err(_) => unreachable!("a number of bytes is a size"),
    }
}

impl NodeConfig for EngineConfig {
    fn moniker(&self) -> &str {
        &self.name
    }

    fn consensus(&self) -> &ConsensusConfig {
        &self.consensus
    }

    fn consensus_mut(&mut self) -> &mut ConsensusConfig {
        &mut self.consensus
    }

    fn value_sync(&self) -> &ValueSyncConfig {
        &self.value_sync
    }

    fn value_sync_mut(&mut self) -> &mut ValueSyncConfig {
        &mut self.value_sync
    }
}
