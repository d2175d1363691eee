//! Four engines on loopback agree on blocks.

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use theriac_consensus::peer::Peer;
use theriac_consensus::signing::FileKey;
use theriac_http::clock::{Clock as _, SystemClock};
use theriac_http::task::Supervisor;
use theriac_ledger::identifier::{Height, Timestamp, TransactionId};
use theriac_ledger::record::Parameters;
use theriac_ledger::testing::{Actor, Consortium};
use theriac_node::chain::Chain;
use theriac_node::engine::{self, EngineRole, EngineSettings};
use theriac_node::genesis::{Genesis, seal};
use theriac_node::pool::{Pool, PoolLimits, TxStatus};
use theriac_node::store::Store;

use crate::fixture::World;

/// Far beyond what anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);
const STOP_DEADLINE: Duration = Duration::from_secs(10);

/// One authority's node without its interface.
struct Authority {
    chain: Arc<Chain>,
    pool: Arc<Pool>,
    supervisor: Supervisor,
    role: EngineRole,
}

struct Cluster {
    world: World,
    addresses: Vec<SocketAddr>,
    folders: Vec<TempDir>,
    nodes: Vec<Option<Authority>>,
}

impl Cluster {
    async fn start() -> Self {
        Self::with(Parameters {
            idle_block_ms: 1_000,
            ..Parameters::default()
        })
        .await
    }

    async fn with(parameters: Parameters) -> Self {
        let mut world = World::new();
        let records = world.consortium.records.clone();
        let validators = world.consortium.validators.clone();
        let anchor = seal(Consortium::START, validators, parameters, &records).unwrap();
        world.genesis = Genesis { anchor, records };
        let count = world.consortium.validator_keys.len();
        let mut cluster = Self {
            world,
            addresses: free_addresses(count),
            folders: (0..count).map(|_| tempfile::tempdir().unwrap()).collect(),
            nodes: (0..count).map(|_| None).collect(),
        };
        for index in 0..count {
            cluster.create_guard(index);
            cluster.start_node(index).await;
        }
        cluster
    }

    fn create_guard(&self, index: usize) {
        let folder = consensus_folder(self.folders[index].path());
        let key = self.world.consortium.validator_keys[index].public_key();
        engine::create_guard(&folder, self.world.chain_id(), key).unwrap();
    }

    /// Starts a node that has no guard; it must keep up without a vote.
    async fn check_follows_without_voting(&mut self, index: usize) {
        self.start_node(index).await;
        let authority = self.nodes[index].as_ref().unwrap();
        assert_eq!(authority.role, EngineRole::Following);
        let height = self.commit().await;
        self.wait_height(index, height).await;
        self.check_agreement(height);
        assert!(!self.has_signed(height, index));
    }

    /// Whether a validator's vote is in the certificate of a block.
    fn has_signed(&self, height: Height, index: usize) -> bool {
        let key = self.world.consortium.validator_keys[index].public_key();
        let node = self.running().next().unwrap();
        let (_, certificate) = node.chain.store().header(height).unwrap().unwrap();
        certificate
            .signatures
            .iter()
            .any(|one| one.validator == key)
    }

    async fn start_node(&mut self, index: usize) {
        let keys = &self.world.consortium.validator_keys;
        let folder = self.folders[index].path();
        let store = Store::initialise(&folder.join("store"), &self.world.genesis).unwrap();
        let pool = Arc::new(Pool::new(store.clone(), PoolLimits::default()));
        let chain = Arc::new(Chain::new(store, Arc::clone(&pool)));
        let peers = (0..keys.len())
            .filter(|other| *other != index)
            .map(|other| Peer {
                key: keys[other].public_key(),
                address: self.addresses[other],
            })
            .collect();
        let settings = EngineSettings {
            name: format!("authority-{index}"),
            listen: self.addresses[index],
            peers,
            network_key: keys[index].clone(),
            key: Arc::new(FileKey::new(keys[index].clone())),
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

    async fn stop_node(&mut self, index: usize) {
        let node = self.nodes[index].take().unwrap();
        node.supervisor.stop(STOP_DEADLINE).await.unwrap();
    }

    async fn stop(mut self) {
        for index in 0..self.nodes.len() {
            if self.nodes[index].is_some() {
                self.stop_node(index).await;
            }
        }
    }

    fn running(&self) -> impl Iterator<Item = &Authority> {
        self.nodes.iter().flatten()
    }

    /// Hands a new transaction to every node that runs, as gossip would.
    fn submit(&mut self) -> TransactionId {
        let now = Timestamp(SystemClock.now_ms());
        let signed = self.world.note(Actor::Maker, now);
        let bytes = signed.encode();
        for node in self.running() {
            node.pool.submit(&bytes, now).unwrap();
        }
        signed.transaction.id(&self.world.chain_id())
    }

    /// Waits until every node that runs has the transaction in a final block.
    async fn wait_final(&self, id: TransactionId) -> Height {
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

    async fn commit(&mut self) -> Height {
        let id = self.submit();
        self.wait_final(id).await
    }

    async fn wait_height(&self, index: usize, height: Height) {
        let node = self.nodes[index].as_ref().unwrap();
        let mut heights = node.chain.subscribe();
        within(heights.wait_for(|found| *found >= height))
            .await
            .unwrap();
    }

    /// Checks that all nodes have the same blocks up to a height, each signed by a quorum.
    fn check_agreement(&self, height: Height) {
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

fn consensus_folder(folder: &Path) -> std::path::PathBuf {
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

async fn within<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future)
        .await
        .expect("it does not take this long")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_authorities_agree_on_every_block_and_take_turns() {
    let mut cluster = Cluster::start().await;
    assert!(
        cluster
            .running()
            .all(|node| node.role == EngineRole::Voting)
    );
    let mut last = 0;
    for _ in 0..5 {
        let height = cluster.commit().await;
        assert!(height > last);
        last = height;
    }
    cluster.check_agreement(last);
    let node = cluster.running().next().unwrap();
    let proposers: std::collections::BTreeSet<_> = (1..=last)
        .map(|height| node.chain.store().header(height).unwrap().unwrap().0)
        .map(|header| header.proposer)
        .collect();
    assert!(proposers.len() >= 3, "only {} proposed", proposers.len());
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_of_four_commit_nothing_and_resume_when_the_others_return() {
    let mut cluster = Cluster::start().await;
    let before = cluster.commit().await;
    cluster.stop_node(2).await;
    cluster.stop_node(3).await;
    // A block that was under way may still be committed by those that have all its votes.
    let id = cluster.submit();
    let alone = cluster.running().next().unwrap();
    let waited = tokio::time::timeout(Duration::from_secs(3), alone.pool.wait_final(&id)).await;
    assert!(waited.is_err(), "two of four committed: {waited:?}");
    cluster.start_node(2).await;
    cluster.start_node(3).await;
    let alone = cluster.running().next().unwrap();
    let status = within(alone.pool.wait_final(&id)).await.unwrap();
    let TxStatus::Final { height, .. } = status else {
        panic!("the transaction ended as {status:?}");
    };
    assert!(height > before);
    for index in 0..4 {
        cluster.wait_height(index, height).await;
    }
    cluster.check_agreement(height);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_that_was_away_catches_up_and_votes_again() {
    let mut cluster = Cluster::start().await;
    cluster.commit().await;
    cluster.stop_node(1).await;
    let mut last = 0;
    for _ in 0..6 {
        last = cluster.commit().await;
    }
    cluster.start_node(1).await;
    cluster.wait_height(1, last).await;
    cluster.stop_node(0).await;
    // With another one stopped, nothing is final without the vote of the one that came back.
    let last = cluster.commit().await;
    cluster.check_agreement(last);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_idle_chain_makes_no_blocks_before_its_heartbeat() {
    let mut cluster = Cluster::with(Parameters {
        idle_block_ms: 60_000,
        ..Parameters::default()
    })
    .await;
    let height = cluster.commit().await;
    for index in 0..4 {
        cluster.wait_height(index, height).await;
    }
    let mut heights = cluster.running().next().unwrap().chain.subscribe();
    heights.mark_unchanged();
    let next = tokio::time::timeout(Duration::from_secs(2), heights.changed()).await;
    assert!(next.is_err(), "a block without work");
    assert_eq!(cluster.commit().await, height + 1);
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_that_lost_its_guard_follows_without_voting() {
    let mut cluster = Cluster::start().await;
    cluster.commit().await;
    cluster.stop_node(3).await;
    let guard = consensus_folder(cluster.folders[3].path()).join("signing-guard");
    std::fs::remove_file(guard).unwrap();
    cluster.check_follows_without_voting(3).await;
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_whose_folder_was_emptied_votes_once_its_operator_makes_a_new_guard() {
    let mut cluster = Cluster::start().await;
    cluster.commit().await;
    cluster.stop_node(3).await;
    cluster.folders[3] = tempfile::tempdir().unwrap();
    cluster.check_follows_without_voting(3).await;
    cluster.stop_node(3).await;
    cluster.create_guard(3);
    cluster.start_node(3).await;
    let authority = cluster.nodes[3].as_ref().unwrap();
    assert_eq!(authority.role, EngineRole::Voting);
    let mut height = cluster.commit().await;
    cluster.stop_node(2).await;
    // Three of four are needed, so this block has its vote.
    height = height.max(cluster.commit().await);
    assert!(cluster.has_signed(height, 3));
    cluster.stop().await;
}
