//! Four engines on loopback, without an HTTP interface.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use theriac_client::{NodeClient, NodeUrl, TimeLimits};
use theriac_consensus::peer::Peer;
use theriac_consensus::signing::{FileKey, KeyHolder};
use theriac_crypto::PublicKey;
use theriac_http::clock::{Clock as _, SystemClock};
use theriac_http::task::Supervisor;
use theriac_ledger::identifier::{ChainId, Height, Timestamp, TransactionId};
use theriac_ledger::record::Parameters;
use theriac_ledger::testing::{Actor, Consortium};
use theriac_node::chain::Chain;
use theriac_node::engine::{self, EngineRole, EngineSettings};
use theriac_node::genesis::{Genesis, seal};
use theriac_node::neighbours::{Neighbour, Neighbours};
use theriac_node::peer_heights::PeerHeights;
use theriac_node::pool::{Pool, PoolLimits, TxStatus};
use theriac_node::store::Store;
use tokio::sync::watch;

use crate::fixture::World;

/// Far beyond what anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);
const STOP_DEADLINE: Duration = Duration::from_secs(10);

/// One authority's node without its interface.
pub(crate) struct Authority {
    pub(crate) chain: Arc<Chain>,
    pub(crate) pool: Arc<Pool>,
    supervisor: Supervisor,
    pub(crate) role: watch::Receiver<EngineRole>,
}

pub(crate) struct Cluster {
    pub(crate) world: World,
    pub(crate) addresses: Vec<SocketAddr>,
    /// Where one node finds another, if not at its address.
    pub(crate) detours: BTreeMap<(usize, usize), SocketAddr>,
    /// Who holds the key of an authority, if not its node.
    pub(crate) holders: BTreeMap<usize, Arc<dyn KeyHolder>>,
    /// What an authority hears of the others' heights, if anything.
    pub(crate) hearsay: BTreeMap<usize, watch::Receiver<PeerHeights>>,
    pub(crate) folders: Vec<TempDir>,
    pub(crate) nodes: Vec<Option<Authority>>,
}

impl Cluster {
    pub(crate) async fn start() -> Self {
        let parameters = Parameters {
            idle_block_ms: 1_000,
            ..Parameters::default()
        };
        Self::with(parameters).await
    }

    pub(crate) async fn with(parameters: Parameters) -> Self {
        let mut cluster = Self::found(parameters);
        for index in 0..cluster.nodes.len() {
            cluster.start_node(index).await;
        }
        cluster
    }

    /// Genesis, folders and guards; nothing runs yet.
    pub(crate) fn found(parameters: Parameters) -> Self {
        let mut world = World::new();
        let records = world.consortium.records.clone();
        let validators = world.consortium.validators.clone();
        let anchor = seal(Consortium::START, validators, parameters, &records).unwrap();
        world.genesis = Genesis { anchor, records };
        let count = world.consortium.validator_keys.len();
        let cluster = Self {
            world,
            addresses: free_addresses(count),
            detours: BTreeMap::new(),
            holders: BTreeMap::new(),
            hearsay: BTreeMap::new(),
            folders: (0..count).map(|_| tempfile::tempdir().unwrap()).collect(),
            nodes: (0..count).map(|_| None).collect(),
        };
        for index in 0..count {
            cluster.create_guard(index);
        }
        cluster
    }

    pub(crate) fn create_guard(&self, index: usize) {
        let folder = consensus_folder(self.folders[index].path());
        let key = self.world.consortium.validator_keys[index].public_key();
        engine::create_guard(&folder, self.world.chain_id(), key).unwrap();
    }

    /// Starts a node that has no guard; it must keep up without a vote.
    pub(crate) async fn check_follows_without_voting(&mut self, index: usize) {
        self.start_node(index).await;
        let authority = self.nodes[index].as_ref().unwrap();
        assert_eq!(*authority.role.borrow(), EngineRole::Following);
        let height = self.commit().await;
        self.wait_height(index, height).await;
        self.check_agreement(height);
        assert!(!self.has_signed(height, index));
    }

    /// The chain, and the key of a validator.
    pub(crate) fn identity(&self, index: usize) -> (ChainId, PublicKey) {
        let key = self.world.consortium.validator_keys[index].public_key();
        (self.world.chain_id(), key)
    }

    /// Why a node ended, if it did.
    pub(crate) fn failure(&self, index: usize) -> Option<String> {
        let failure = self.nodes[index].as_ref().unwrap().supervisor.failure();
        failure.map(|failure| format!("{failure:?}"))
    }

    /// Whether a validator's vote is in the certificate of a block.
    pub(crate) fn has_signed(&self, height: Height, index: usize) -> bool {
        let key = self.world.consortium.validator_keys[index].public_key();
        let node = self.running().next().unwrap();
        let (_, certificate) = node.chain.store().header(height).unwrap().unwrap();
        certificate
            .signatures
            .iter()
            .any(|one| one.validator == key)
    }

    pub(crate) async fn start_node(&mut self, index: usize) {
        let keys = &self.world.consortium.validator_keys;
        let folder = self.folders[index].path();
        let store = Store::initialise(&folder.join("store"), &self.world.genesis).unwrap();
        let pool = Arc::new(Pool::new(store.clone(), PoolLimits::default()));
        let chain = Arc::new(Chain::new(store, Arc::clone(&pool)));
        let own = || Arc::new(FileKey::new(keys[index].clone())) as Arc<dyn KeyHolder>;
        let settings = EngineSettings {
            name: format!("authority-{index}"),
            listen: self.addresses[index],
            neighbours: self.neighbours_of(index),
            peer_heights: self
                .hearsay
                .get(&index)
                .cloned()
                .unwrap_or_else(|| watch::channel(PeerHeights::default()).1),
            network_key: keys[index].clone(),
            key: self.holders.get(&index).cloned().unwrap_or_else(own),
            folder: consensus_folder(folder),
        };
        let supervisor = Supervisor::new();
        let clock = SystemClock::shared();
        let role = engine::start(settings, Arc::clone(&chain), clock, &supervisor)
            .await
            .unwrap();
        self.nodes[index] = Some(Authority {
            chain,
            pool,
            supervisor,
            role,
        });
    }

    /// The other validators for an engine alone; nobody asks their HTTP interfaces.
    fn neighbours_of(&self, index: usize) -> watch::Receiver<Neighbours> {
        let nowhere = NodeUrl::parse("http://127.0.0.1:9").unwrap();
        let neighbour = |peer: Peer| Neighbour {
            key: peer.key,
            peer,
            client: NodeClient::new(nowhere.clone(), TimeLimits::default(), None).unwrap(),
        };
        let neighbours = self.peers_of(index).into_iter().map(neighbour).collect();
        // An engine whose neighbours never change keeps those that it has.
        watch::channel(neighbours).1
    }

    /// The nodes of the other validators.
    pub(crate) fn peers_of(&self, index: usize) -> Vec<Peer> {
        let keys = &self.world.consortium.validator_keys;
        (0..keys.len())
            .filter(|other| *other != index)
            .map(|other| Peer {
                key: keys[other].public_key(),
                address: *self
                    .detours
                    .get(&(index, other))
                    .unwrap_or(&self.addresses[other]),
            })
            .collect()
    }

    pub(crate) async fn stop_node(&mut self, index: usize) {
        let node = self.nodes[index].take().unwrap();
        node.supervisor.stop(STOP_DEADLINE).await.unwrap();
    }

    /// Waits until a node stops by itself, for a failure.
    pub(crate) async fn ended(&mut self, index: usize) {
        let node = self.nodes[index].take().unwrap();
        node.supervisor.wait_for_shutdown().await;
        assert!(node.supervisor.failure().is_some());
    }

    pub(crate) async fn stop(mut self) {
        for index in 0..self.nodes.len() {
            if self.nodes[index].is_some() {
                self.stop_node(index).await;
            }
        }
    }

    pub(crate) fn running(&self) -> impl Iterator<Item = &Authority> {
        self.nodes.iter().flatten()
    }

    /// Hands a new transaction to every node that runs, as gossip would.
    pub(crate) fn submit(&mut self) -> TransactionId {
        let now = now();
        let signed = self.world.note(Actor::Maker, now);
        let bytes = signed.encode();
        for node in self.running() {
            node.pool.submit(&bytes, now).unwrap();
        }
        signed.transaction.id(&self.world.chain_id())
    }

    /// Hands a new transaction to one node only.
    pub(crate) fn submit_to(&mut self, index: usize) -> TransactionId {
        let now = now();
        let signed = self.world.note(Actor::Maker, now);
        let node = self.nodes[index].as_ref().unwrap();
        node.pool.submit(&signed.encode(), now).unwrap()
    }

    /// Waits until every node that runs has the transaction in a final block.
    pub(crate) async fn wait_final(&self, id: TransactionId) -> Height {
        let mut heights = Vec::new();
        for node in self.running() {
            let status = within(node.pool.wait_final(&id)).await.unwrap();
            let TxStatus::Final { height, .. } = status else {
                panic!("the transaction ended as {status:?}");
            };
            heights.push(height);
        }
        assert!(heights.windows(2).all(|pair| pair[0] == pair[1]));
        heights[0]
    }

    pub(crate) async fn commit(&mut self) -> Height {
        let id = self.submit();
        self.wait_final(id).await
    }

    pub(crate) async fn wait_height(&self, index: usize, height: Height) {
        let node = self.nodes[index].as_ref().unwrap();
        let mut heights = node.chain.subscribe();
        within(heights.wait_for(|found| *found >= height))
            .await
            .unwrap();
    }

    /// Checks that all nodes have the same blocks up to a height, each signed by a quorum.
    pub(crate) fn check_agreement(&self, height: Height) {
        let anchor = &self.world.genesis.anchor;
        for height in 1..=height {
            let mut digests = Vec::new();
            for node in self.running() {
                let (header, certificate) = node.chain.store().header(height).unwrap().unwrap();
                certificate
                    .verify(&anchor.chain_id(), &anchor.validators)
                    .unwrap();
                assert_eq!(certificate.block, header.digest());
                digests.push(header.digest());
            }
            assert!(digests.windows(2).all(|pair| pair[0] == pair[1]));
        }
    }
}

pub(crate) fn now() -> Timestamp {
    Timestamp(SystemClock.now_ms())
}

pub(crate) fn consensus_folder(folder: &Path) -> std::path::PathBuf {
    folder.join("consensus")
}

fn free_addresses(count: usize) -> Vec<SocketAddr> {
    let listeners: Vec<_> = (0..count)
        .map(|_| TcpListener::bind("127.0.0.1:0").unwrap())
        .collect();
    listeners
        .iter()
        .map(|listener| listener.local_addr().unwrap())
        .collect()
}

pub(crate) async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("it does not take this long")
}
