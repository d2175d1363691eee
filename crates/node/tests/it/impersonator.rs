//! A validator that lies: it proposes in the names of others, and floods its own turns.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use theriac_consensus::engine::{NetworkMsg, Round, Validator as _};
use theriac_consensus::guard::SigningGuard;
use theriac_consensus::parts::{ProposalHead, split};
use theriac_consensus::publish::PublishGuard;
use theriac_consensus::signing::{EngineSigner, FileKey};
use theriac_consensus::{Address, Engine, EngineHeight, EngineOptions, EngineValidators, Voter};
use theriac_crypto::{Digest, PublicKey};
use theriac_ledger::block::{Block, Header, transactions_root};
use theriac_ledger::constants::PROTOCOL;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{BlockDigest, ChainId, Height, Timestamp};
use theriac_ledger::record::Parameters;

use crate::cluster::{Cluster, consensus_folder, within};

/// Which validator lies.
const LIAR: usize = 3;
/// Heights ahead for which it lies: so many are decided while its lies are about.
const HEIGHTS: Height = 12;
/// Bodies that it publishes for each of its own turns.
const FLOOD: u64 = 20;
/// Bodies of one round that honest nodes keep.
const KEPT: usize = 2;
/// Time between two looks, and looks before it lies again.
const PAUSE: Duration = Duration::from_millis(50);
const LOOKS: u32 = 20;

/// The lying validator's end of the network: it proves its key to its peers, but answers none of
/// its engine's questions, so it never votes.
struct Liar {
    engine: Engine,
    validators: EngineValidators,
    chain: ChainId,
    key: PublicKey,
    serial: u64,
    /// Digests of what it has published in the names of others.
    forged: Vec<BlockDigest>,
}

impl Liar {
    async fn start(cluster: &Cluster) -> Self {
        let keys = &cluster.world.consortium.validator_keys;
        let anchor = &cluster.world.genesis.anchor;
        let key = keys[LIAR].public_key();
        let folder = consensus_folder(cluster.folders[LIAR].path());
        let guard = SigningGuard::open(&folder.join("signing-guard"), anchor.chain_id(), key);
        let holder = Arc::new(FileKey::new(keys[LIAR].clone()));
        let signer = EngineSigner::new(anchor.chain_id(), holder);
        let guard = Box::new(PublishGuard::new(anchor.chain_id(), guard.unwrap()));
        let engine = theriac_consensus::start(EngineOptions {
            name: "liar".to_owned(),
            chain: anchor.chain_id(),
            listen: cluster.addresses[LIAR],
            peers: cluster.peers_of(LIAR),
            network_key: keys[LIAR].clone(),
            folder,
            voter: Voter::Validator(signer, guard),
        });
        let engine = engine.await.unwrap();
        Self {
            engine,
            validators: EngineValidators::from(&anchor.validators),
            chain: anchor.chain_id(),
            key,
            serial: 0,
            forged: Vec::new(),
        }
    }

    fn in_turn(&self, height: Height, round: u32) -> PublicKey {
        let round = Round::new(round);
        let proposer = self.validators.proposer(EngineHeight(height), round);
        proposer.address().0
    }

    /// Heights of the next ones in which it proposes first.
    fn own_turns(&self, after: Height) -> Vec<Height> {
        (after + 1..=after + HEIGHTS)
            .filter(|height| self.in_turn(*height, 0) == self.key)
            .collect()
    }

    /// Publishes, for every height ahead and some rounds, a block that names whoever is in turn.
    async fn impersonate(&mut self, after: Height) {
        for height in after + 1..=after + HEIGHTS {
            for round in 0..4 {
                let proposer = self.in_turn(height, round);
                if proposer != self.key {
                    let block = self.block(height, proposer, u64::from(round));
                    self.forged.push(block.header.digest());
                    self.publish(&block, round).await;
                }
            }
        }
    }

    /// Publishes many blocks for each of its own turns.
    async fn flood(&mut self, after: Height) {
        for height in self.own_turns(after) {
            for nonce in 0..FLOOD {
                let block = self.block(height, self.key, nonce);
                self.publish(&block, 0).await;
            }
        }
    }

    async fn publish(&mut self, block: &Block, round: u32) {
        let head = ProposalHead {
            height: EngineHeight(block.header.height),
            round: Round::new(round),
            pol_round: Round::Nil,
            proposer: Address(block.header.proposer),
            block: block.header.digest(),
        };
        self.serial += 1;
        for part in split(&head, &Bytes::from(block.encode()), self.serial) {
            let message = NetworkMsg::PublishProposalPart(part);
            self.engine.network.send(message).await.unwrap();
        }
    }

    /// A block over a state that nobody has computed.
    fn block(&self, height: Height, proposer: PublicKey, nonce: u64) -> Block {
        let transactions = BoundedList::empty();
        let header = Header {
            protocol: PROTOCOL,
            chain_id: self.chain,
            height,
            time: Timestamp(nonce),
            parent: BlockDigest(Digest::ZERO),
            proposer,
            transactions_root: transactions_root(&transactions),
            transaction_count: 0,
            state_root: Digest::ZERO,
            validators: Digest::ZERO,
            next_validators: Digest::ZERO,
        };
        Block {
            header,
            transactions,
        }
    }
}

/// Lies, and waits until every honest node has heard all of it.
async fn lie(liar: &mut Liar, cluster: &Cluster) {
    // What is published before the others are connected is lost; its first turns tell.
    let mut heard = false;
    let mut looks = tokio::time::interval(PAUSE);
    while !heard {
        let after = committed(cluster);
        liar.impersonate(after).await;
        liar.flood(after).await;
        // The last that it says: a later round of a height ahead, in which it is in turn.
        let last = after + HEIGHTS;
        let round = (1..4).find(|round| liar.in_turn(last, *round) == liar.key);
        let block = liar.block(last, liar.key, liar.serial);
        liar.publish(&block, round.unwrap()).await;
        let digest = block.header.digest();
        for _ in 0..LOOKS {
            looks.tick().await;
            heard |= cluster.running().all(|node| {
                let body = node.chain.store().body(last, &digest);
                body.unwrap().is_some()
            });
        }
    }
}

fn committed(cluster: &Cluster) -> Height {
    let heights = cluster.running().map(|node| node.chain.parent().height);
    heights.max().unwrap()
}

fn check_kept(liar: &Liar, cluster: &Cluster, after: Height) {
    for node in cluster.running() {
        for height in after + 1..=after + HEIGHTS {
            let bodies = node.chain.store().bodies(height).unwrap();
            let is_forged = |digest| liar.forged.contains(digest);
            assert!(
                bodies.iter().all(|body| !is_forged(&body.digest)),
                "a block in the name of another is kept for height {height}"
            );
            if liar.own_turns(after).contains(&height) {
                let first = bodies.iter().filter(|body| body.round == 0).count();
                assert!(first <= KEPT, "{first} blocks of one round are kept");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_validator_that_speaks_for_others_and_floods_its_turns_stops_nobody() {
    let mut cluster = Cluster::found(Parameters {
        idle_block_ms: 1_000,
        ..Parameters::default()
    });
    for index in (0..4).filter(|index| *index != LIAR) {
        cluster.start_node(index).await;
    }
    let first = cluster.commit().await;
    let mut liar = Liar::start(&cluster).await;
    within(lie(&mut liar, &cluster)).await;
    check_kept(&liar, &cluster, committed(&cluster));

    let mut last = first;
    while last < first + HEIGHTS {
        last = cluster.commit().await;
    }
    cluster.check_agreement(last);
    let store = cluster.running().next().unwrap().chain.store();
    let (mut turns, mut at_once) = (0, 0);
    for height in first + 1..=last {
        let (header, certificate) = store.header(height).unwrap().unwrap();
        assert_ne!(header.proposer, liar.key);
        assert_eq!(header.proposer, liar.in_turn(height, certificate.round));
        if liar.in_turn(height, 0) != liar.key {
            turns += 1;
            at_once += usize::from(certificate.round == 0);
        }
    }
    // A slow machine may miss a turn; forgeries that are believed would spoil them all.
    assert!(2 * at_once > turns, "{at_once} of {turns} turns were used");
    cluster.stop().await;
    liar.engine.stop().await;
}
