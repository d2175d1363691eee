//! Validators whose key is behind a signer.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use theriac_client::Submitter;
use theriac_consensus::engine::{NilOrVal, Round, VoteType};
use theriac_consensus::guard::SigningGuard;
use theriac_consensus::signing::{KeyError, KeyHolder as _, SignRequest};
use theriac_consensus::{Address, EngineHeight, EngineVote};
use theriac_crypto::{PublicKey, SigningKey, digest};
use theriac_http::clock::SystemClock;
use theriac_http::keyfile::{write_private, write_signing_key};
use theriac_http::logging::LogSettings;
use theriac_http::random::system_random;
use theriac_http::task::Supervisor;
use theriac_ledger::identifier::{BlockDigest, ChainId, Height};
use theriac_node::engine::{EngineRole, EngineStartError};
use theriac_node::{RunningNode, StartError};
use theriac_signer::settings::{RateSettings, SignerSettings, VoteSettings};
use theriac_signer::{KeyFileSettings, KeySettings, RemoteSigner, server};

use crate::ceremony::{Ceremony, reaches, submit};
use crate::cluster::{Cluster, consensus_folder, within};
use crate::engine::wait_for_entry;
use crate::start::free_addresses;

const DEADLINE: Duration = Duration::from_secs(10);
/// Each of four proposes one block of four.
const PROPOSAL_LIMIT: Duration = Duration::from_mins(1);

/// The files of a signer: key, passphrase, guard and socket.
pub(crate) struct SignerFolder {
    folder: TempDir,
    chain: ChainId,
    votes: bool,
}

impl SignerFolder {
    pub(crate) fn new(key: &SigningKey, chain: ChainId) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path();
        write_private(&path.join("passphrase"), b"open sesame").unwrap();
        let file = path.join("key.pem");
        write_signing_key(&file, key, b"open sesame", &mut system_random()).unwrap();
        let guard = path.join("signing-guard");
        drop(SigningGuard::create(&guard, chain, key.public_key()).unwrap());
        Self {
            folder,
            chain,
            votes: true,
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.file("signer.sock")
    }

    pub(crate) async fn start(&self) -> Supervisor {
        let supervisor = Supervisor::new();
        let settings = SignerSettings {
            chain_id: self.chain,
            socket: self.socket(),
            client_uid: None,
            key: in_file(&self.file("key.pem"), &self.file("passphrase")),
            votes: self.votes.then(|| VoteSettings {
                guard: self.file("signing-guard"),
                per_minute: 0,
            }),
            transactions: None,
            requests: Some(RateSettings::default()),
            possession: None,
            log: LogSettings::default(),
        };
        let clock = SystemClock::shared();
        server::start(settings, clock, &supervisor).await.unwrap();
        supervisor
    }
}

pub(crate) fn in_file(file: &Path, passphrase_file: &Path) -> KeyFileSettings {
    KeyFileSettings {
        file: file.to_owned(),
        passphrase_file: Some(passphrase_file.to_owned()),
        passphrase_fd: None,
    }
}

/// Whether the certificate of a block has a validator's vote.
fn voted(node: &RunningNode, height: Height, key: &PublicKey) -> bool {
    let (_, certificate) = node.chain.store().header(height).unwrap().unwrap();
    certificate
        .signatures
        .iter()
        .any(|one| one.validator == *key)
}

/// Has blocks made until one is proposed by a validator, as the others listen to it; gives its height.
pub(crate) async fn proposes(through: &Submitter, at: &RunningNode, key: &PublicKey) -> Height {
    let proposed = async {
        for number in 0.. {
            let (height, _) = submit(through, &format!("to be proposed {number}")).await;
            reaches(at, height).await;
            let (header, _) = at.chain.store().header(height).unwrap().unwrap();
            if header.proposer == *key {
                return height;
            }
        }
        unreachable!("numbers go on")
    };
    let proposed = tokio::time::timeout(PROPOSAL_LIMIT, proposed).await;
    proposed.expect("a proposal of its is decided")
}

/// Whether a signer refuses to sign another vote for a height that it has voted at.
pub(crate) async fn refuses_another_vote(folder: &SignerFolder, height: Height) {
    let remote = RemoteSigner::meet(&folder.socket(), folder.chain).await;
    let remote = remote.unwrap();
    let vote = prevote_for_another(&remote, height, 0);
    let refused = remote.sign(&folder.chain, &vote).await.unwrap_err();
    assert!(
        matches!(refused, KeyError::Signed { height: signed, .. } if signed >= height),
        "{refused:?}"
    );
}

fn prevote_for_another(remote: &RemoteSigner, height: Height, round: u32) -> SignRequest {
    SignRequest::Vote(EngineVote {
        kind: VoteType::Prevote,
        height: EngineHeight(height),
        round: Round::new(round),
        value: NilOrVal::Val(BlockDigest(digest("test", b"another block"))),
        validator: Address(remote.public_key()),
    })
}

#[actix_web::test]
async fn a_validator_with_a_remote_key_votes_proposes_and_passes_transactions_on() {
    let ceremony = Ceremony::hold_with(4);
    let keys = &ceremony.consortium.validator_keys;
    let folder = SignerFolder::new(&keys[0], ceremony.anchor().chain_id());
    let key = keys[0].public_key();
    let signer = folder.start().await;
    let network_key = SigningKey::from_seed(&[77; 32]);
    ceremony.write_key("network", &network_key);

    let mut configs = ceremony.configs(&free_addresses(4));
    configs[0].key = KeySettings::behind(folder.socket());
    let (file, passphrase) = (
        ceremony.path().join("network.pem"),
        ceremony.path().join("passphrase"),
    );
    configs[0].network_key = Some(in_file(&file, &passphrase));
    for other in &mut configs[1..] {
        // Each names the first validator first.
        other.peers[0].network_key = Some(network_key.public_key());
    }
    let mut nodes = ceremony.network(configs).await;
    let (height, _) = submit(&ceremony.submitter(&nodes[0]), "all four").await;
    for node in &nodes {
        reaches(node, height).await;
    }
    nodes.pop().unwrap().stop().await.unwrap();
    // Three of four are needed, so these blocks have its vote; and its peers have what only it was given.
    for name in ["one", "two", "three", "four"] {
        let (height, _) = submit(&ceremony.submitter(&nodes[0]), name).await;
        reaches(&nodes[1], height).await;
        assert!(voted(&nodes[1], height, &key), "height {height}");
    }
    let height = proposes(&ceremony.submitter(&nodes[0]), &nodes[1], &key).await;
    refuses_another_vote(&folder, height).await;
    for node in nodes {
        node.stop().await.unwrap();
    }
    signer.stop(DEADLINE).await.unwrap();
}

#[actix_web::test]
async fn a_validator_whose_signer_signs_no_votes_does_not_start() {
    let ceremony = Ceremony::hold();
    let keys = &ceremony.consortium.validator_keys;
    let mut folder = SignerFolder::new(&keys[0], ceremony.anchor().chain_id());
    folder.votes = false;
    let signer = folder.start().await;
    ceremony.write_key("network", &SigningKey::from_seed(&[77; 32]));
    let mut config = ceremony.configs(&free_addresses(1)).remove(0);
    config.key = KeySettings::behind(folder.socket());
    let (file, passphrase) = (
        ceremony.path().join("network.pem"),
        ceremony.path().join("passphrase"),
    );
    config.network_key = Some(in_file(&file, &passphrase));
    ceremony.guard(&config, &keys[0]);
    let error = ceremony.run(config).await.unwrap_err();
    let StartError::Engine(EngineStartError::Key(reason)) = error else {
        panic!("{error:?}");
    };
    assert!(reason.to_string().contains("[votes]"), "{reason}");
    signer.stop(DEADLINE).await.unwrap();
}

/// A cluster whose last authority has its key behind a signer, which runs.
struct RemoteCluster {
    cluster: Cluster,
    folder: SignerFolder,
    remote: RemoteSigner,
    signer: Supervisor,
}

const REMOTE: usize = 3;

impl RemoteCluster {
    async fn start() -> Self {
        let mut cluster = Cluster::found(theriac_ledger::record::Parameters {
            idle_block_ms: 1_000,
            ..theriac_ledger::record::Parameters::default()
        });
        let key = cluster.world.consortium.validator_keys[REMOTE].clone();
        let folder = SignerFolder::new(&key, cluster.world.chain_id());
        let signer = folder.start().await;
        let remote = RemoteSigner::meet(&folder.socket(), folder.chain).await;
        let remote = remote.unwrap();
        cluster.holders.insert(REMOTE, Arc::new(remote.clone()));
        for index in 0..cluster.nodes.len() {
            cluster.start_node(index).await;
        }
        Self {
            cluster,
            folder,
            remote,
            signer,
        }
    }

    async fn wait_role(&self, expected: impl Fn(EngineRole) -> bool) -> EngineRole {
        let mut role = self.cluster.nodes[REMOTE].as_ref().unwrap().role.clone();
        let reached = within(role.wait_for(|role| expected(*role))).await;
        *reached.unwrap_or_else(|_| panic!("{:?}", self.cluster.failure(REMOTE)))
    }

    /// Whether blocks need and have its vote.
    async fn check_votes(&mut self) {
        self.wait_role(|role| role == EngineRole::Voting).await;
        self.cluster.stop_node(0).await;
        let height = self.cluster.commit().await;
        assert!(self.cluster.has_signed(height, REMOTE));
        self.cluster.start_node(0).await;
    }

    /// Has the signer sign a vote that the node knows nothing of, as if another node had the same key.
    async fn vote_elsewhere(&self, height: Height, round: u32) {
        let vote = prevote_for_another(&self.remote, height, round);
        self.remote.sign(&self.folder.chain, &vote).await.unwrap();
    }

    async fn stop(self) {
        self.cluster.stop().await;
        self.signer.stop(DEADLINE).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_validator_follows_while_its_signer_is_away_and_votes_when_it_is_back() {
    let mut remote = RemoteCluster::start().await;
    remote.check_votes().await;
    remote.signer.stop(DEADLINE).await.unwrap();
    let height = remote.cluster.commit().await;
    remote.wait_role(|role| role == EngineRole::KeyAway).await;
    let later = remote.cluster.commit().await;
    assert!(later > height);
    remote.cluster.wait_height(REMOTE, later).await;
    assert!(!remote.cluster.has_signed(later, REMOTE));
    remote.signer = remote.folder.start().await;
    remote.check_votes().await;
    remote.cluster.check_agreement(later);
    remote.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_validator_waits_until_the_chain_has_passed_what_its_signer_signed_elsewhere() {
    let mut remote = RemoteCluster::start().await;
    let height = remote.cluster.commit().await;
    remote.cluster.stop_node(REMOTE).await;
    let until = height + 2;
    remote.vote_elsewhere(until, 1).await;
    remote.cluster.start_node(REMOTE).await;
    let role = remote.wait_role(|role| role != EngineRole::Following).await;
    assert_eq!(role, EngineRole::Waiting(until));
    while remote.cluster.commit().await < until {}
    remote.check_votes().await;
    remote.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_validator_that_is_refused_while_it_votes_waits_and_votes_again() {
    let mut remote = RemoteCluster::start().await;
    let height = remote.cluster.commit().await;
    // Somewhat ahead: its own votes must not come first.
    let until = height + 4;
    remote.vote_elsewhere(until, 0).await;
    remote.cluster.commit().await;
    let waits = |role| matches!(role, EngineRole::Waiting(height) if height == until);
    remote.wait_role(waits).await;
    while remote.cluster.commit().await < until {}
    remote.check_votes().await;
    remote.stop().await;
}

/// Cuts the engine's log after its first entries, as when the power went before the rest was durable. An
/// entry is a flag, its length (u64 BE), a checksum (u32) and the data; 12 bytes come before the first.
fn cut_log(log: &Path, entries: usize) {
    let bytes = std::fs::read(log).unwrap();
    let mut end = 12;
    for _ in 0..entries {
        let Some(length) = bytes.get(end + 1..end + 9) else {
            break;
        };
        let length = u64::from_be_bytes(length.try_into().unwrap());
        end += 13 + usize::try_from(length).unwrap();
    }
    std::fs::write(log, &bytes[..end]).unwrap();
}

/// Its engine hangs on purpose when it cannot go through its log, and is ended.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_validator_that_is_refused_while_it_is_led_through_its_log_waits() {
    let mut remote = RemoteCluster::start().await;
    let committed = remote.cluster.commit().await;
    remote.cluster.wait_height(REMOTE, committed).await;
    remote.cluster.stop_node(0).await;
    remote.cluster.stop_node(1).await;
    // Two of four vote and decide nothing, so what led to their votes stays in the log.
    remote.cluster.submit();
    let node = remote.cluster.nodes[REMOTE].as_ref().unwrap();
    let until = node.chain.parent().height + 1;
    let log = consensus_folder(remote.cluster.folders[REMOTE].path()).join("consensus.wal");
    wait_for_entry(&log, until).await;
    within(signed_at(&remote.remote, until)).await;
    remote.cluster.stop_node(REMOTE).await;
    cut_log(&log, 2);
    remote.vote_elsewhere(until, 40).await;
    remote.cluster.start_node(REMOTE).await;
    let waits = |role| matches!(role, EngineRole::Waiting(height) if height == until);
    remote.wait_role(waits).await;
    remote.cluster.start_node(0).await;
    remote.cluster.start_node(1).await;
    remote.check_votes().await;
    remote.stop().await;
}

/// Waits until the signer has signed something of a height.
async fn signed_at(remote: &RemoteSigner, height: Height) {
    let mut looks = tokio::time::interval(Duration::from_millis(20));
    while remote.last_signed().await.unwrap() < Some(height) {
        looks.tick().await;
    }
}
