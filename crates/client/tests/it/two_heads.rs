//! An evil server with a second chain, as final as the first: whoever follows keeps the evidence.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use theriac_client::wire::FinalBlock;
use theriac_client::{
    Follower, FollowerSettings, Generator, HeadWatch, NodeClient, Submitter, SubmitterSettings,
    TrustedSets,
};
use theriac_http::clock::FixedClock;
use theriac_ledger::block::Parent;
use theriac_ledger::identifier::{Height, Timestamp};
use theriac_proof::light::Trust;
use theriac_proof::misbehaviour::{Misbehaviour, Offence};
use tokio::sync::mpsc;

use crate::chain::{
    GENESIS_MS, anchor, block_after, body, certify, chain, finish, fork, key, transaction,
    validator_keys,
};
use crate::server::TestServer;

const PATIENCE: Duration = Duration::from_secs(20);

fn watch() -> (HeadWatch, mpsc::Receiver<Misbehaviour>) {
    let (sink, evidence) = mpsc::channel(8);
    let anchor = anchor();
    let watch = HeadWatch::new(Arc::new(TrustedSets::new(&anchor)));
    (watch.reporting_to(sink), evidence)
}

fn follower(nodes: Vec<NodeClient>, watch: &HeadWatch) -> Follower {
    let anchor = anchor();
    let settings = FollowerSettings {
        stall: Duration::from_millis(500),
        pause_min: Duration::from_millis(1),
        pause_max: Duration::from_millis(20),
        ..FollowerSettings::default()
    };
    let sets = Arc::new(TrustedSets::new(&anchor));
    Follower::new(nodes, Parent::genesis(&anchor), sets, settings).watching(watch.clone())
}

async fn read(follower: &mut Follower, count: u64) -> Vec<Height> {
    let mut heights = Vec::new();
    for _ in 0..count {
        let block = tokio::time::timeout(PATIENCE, follower.next()).await;
        heights.push(block.unwrap().header.height);
    }
    heights
}

/// An honest server whose first pages end at a height; its streams end at once.
fn paged(blocks: Vec<FinalBlock>, height: usize) -> TestServer {
    let server = TestServer::start(blocks);
    server.script.paged.store(height, Ordering::SeqCst);
    server.script.stream_ends_after.store(0, Ordering::SeqCst);
    server
}

/// Follows until there is evidence; the honest server has no more blocks before that.
async fn follow_into_evidence(
    follower: &mut Follower,
    evidence: &mut mpsc::Receiver<Misbehaviour>,
) -> Misbehaviour {
    let found = async {
        tokio::select! {
            block = follower.next() => panic!("block {} came first", block.header.height),
            found = evidence.recv() => found.unwrap(),
        }
    };
    tokio::time::timeout(PATIENCE, found).await.unwrap()
}

fn check(evidence: &Misbehaviour, height: Height) {
    let finding = evidence.check(Some(&Trust::from_anchor(&anchor())));
    let finding = finding.unwrap();
    assert_eq!(finding.height, height);
    assert!(matches!(
        finding.offence,
        Offence::TwoHeads {
            power: 3,
            power_total: 4,
            ..
        }
    ));
}

#[actix_web::test]
async fn a_fork_below_what_is_verified_is_evidence_and_the_follower_goes_on() {
    let honest = paged(chain(4), 3);
    let evil = TestServer::start(fork(1, 5));
    let (watch, mut evidence) = watch();
    let mut follower = follower(vec![honest.client(), evil.client()], &watch);
    assert_eq!(read(&mut follower, 3).await, [1, 2, 3]);
    check(&follow_into_evidence(&mut follower, &mut evidence).await, 3);
    honest.script.paged.store(4, Ordering::SeqCst);
    assert_eq!(read(&mut follower, 1).await, [4]);
}

#[actix_web::test]
async fn a_fork_of_the_next_height_is_evidence_once_that_height_is_verified() {
    let mut blocks = chain(1);
    // Final, and yet refused: its transactions are not those of its header.
    let parent = Parent::genesis(&anchor());
    let tx = transaction(&parent.chain_id, 101);
    let mut other = finish(block_after(&parent, vec![tx]));
    other.block.transactions = Vec::new().try_into().unwrap();
    let evil = TestServer::start(vec![other]);
    blocks.extend(chain(2).split_off(1));
    let honest = TestServer::start(blocks);
    let (watch, mut evidence) = watch();
    let mut follower = follower(vec![evil.client(), honest.client()], &watch);
    assert_eq!(read(&mut follower, 1).await, [1]);
    check(&evidence.try_recv().unwrap(), 1);
    assert_eq!(read(&mut follower, 1).await, [2]);
    assert!(evidence.try_recv().is_err(), "reported once");
}

#[actix_web::test]
async fn a_fork_that_is_behind_is_evidence() {
    let honest = paged(chain(4), 3);
    let evil = TestServer::start(fork(0, 2));
    let (watch, mut evidence) = watch();
    let mut follower = follower(vec![honest.client(), evil.client()], &watch);
    assert_eq!(read(&mut follower, 3).await, [1, 2, 3]);
    check(&follow_into_evidence(&mut follower, &mut evidence).await, 2);
}

#[actix_web::test]
async fn a_follower_that_was_led_onto_the_fork_has_the_evidence_from_an_honest_node() {
    let evil = paged(fork(1, 4), 3);
    let honest = TestServer::start(chain(5));
    let (watch, mut evidence) = watch();
    let mut follower = follower(vec![evil.client(), honest.client()], &watch);
    assert_eq!(read(&mut follower, 3).await, [1, 2, 3]);
    check(&follow_into_evidence(&mut follower, &mut evidence).await, 3);
}

#[actix_web::test]
async fn a_fork_without_a_quorum_is_no_evidence() {
    let minority: Vec<_> = fork(1, 5)
        .into_iter()
        .map(|mut block| {
            if block.block.header.height > 1 {
                block.certificate = certify(&block.block.header, &validator_keys()[..2]);
            }
            block
        })
        .collect();
    let evil = TestServer::start(minority);
    let honest = paged(chain(4), 3);
    let (watch, mut evidence) = watch();
    let mut follower = follower(vec![honest.client(), evil.client()], &watch);
    assert_eq!(read(&mut follower, 3).await, [1, 2, 3]);
    let mut status = follower.status();
    let refused = async {
        tokio::select! {
            block = follower.next() => panic!("block {} came", block.header.height),
            refused = status.wait_for(|status| status.refused > 0) => drop(refused.unwrap()),
        }
    };
    tokio::time::timeout(PATIENCE, refused).await.unwrap();
    honest.script.paged.store(4, Ordering::SeqCst);
    assert_eq!(read(&mut follower, 1).await, [4]);
    assert!(evidence.try_recv().is_err());
}

#[actix_web::test]
async fn a_submitter_that_is_shown_another_head_of_a_height_signs_nothing() {
    let server = TestServer::start(chain(2));
    let (watch, mut evidence) = watch();
    let generator = Generator::new(ChaCha20Rng::seed_from_u64(1));
    let clock = Arc::new(FixedClock::new(GENESIS_MS + 5));
    let nodes = vec![server.client()];
    let submitter = Submitter::new(nodes, &anchor(), key(50), generator, clock)
        .with_settings(SubmitterSettings {
            head_age: Duration::ZERO,
            ..SubmitterSettings::default()
        })
        .watching(watch);
    submitter.sign(&body(1), None).await.unwrap();
    *server.script.blocks.lock().unwrap() = fork(0, 2);
    let error = submitter.sign(&body(1), None).await.unwrap_err();
    assert!(error.to_string().contains("two final blocks"), "{error}");
    check(&evidence.try_recv().unwrap(), 2);
}

#[test]
fn a_full_sink_is_tried_again_a_report_is_made_once_and_what_is_not_final_is_none() {
    let (sink, mut evidence) = mpsc::channel(1);
    let anchor = anchor();
    let watch = HeadWatch::new(Arc::new(TrustedSets::new(&anchor))).reporting_to(sink);
    let (one, other) = (chain(2), fork(0, 2));
    for block in &one {
        let found = watch.verified(&block.block.header, &block.certificate);
        assert_eq!(found, None);
    }
    let serve = |index: usize| {
        let block: &FinalBlock = &other[index];
        watch.served(&block.block.header, &block.certificate)
    };
    assert!(serve(0).is_some());
    assert!(serve(1).is_some(), "found, and the sink is full");
    check(&evidence.try_recv().unwrap(), 1);
    serve(0);
    assert!(evidence.try_recv().is_err(), "reported already");
    serve(1);
    check(&evidence.try_recv().unwrap(), 2);
    let header = &other[1].block.header;
    let minority = certify(header, &validator_keys()[..2]);
    assert_eq!(watch.served(header, &minority), None);
    let mut foreign = one[0].block.header.clone();
    foreign.time = Timestamp(1);
    assert_eq!(watch.served(&foreign, &one[0].certificate), None);
}
