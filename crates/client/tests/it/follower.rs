//! Following: what is verified, what is refused, and what happens when nodes go.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use theriac_client::follower::FollowError;
use theriac_client::wire::FinalBlock;
use theriac_client::{
    BlockRefusal, Follower, FollowerSettings, NodeClient, TrustedSets, verify_block,
};
use theriac_crypto::{Digest, Signature};
use theriac_ledger::block::{BlockError, Parent, transactions_root};
use theriac_proof::CertificateError;

use crate::chain::{anchor, block_after, certify, chain, finish, key, transaction, validator_keys};
use crate::server::{TestServer, client, dead_url};

fn settings() -> FollowerSettings {
    FollowerSettings {
        stall: Duration::from_millis(500),
        pause_min: Duration::from_millis(1),
        pause_max: Duration::from_millis(20),
        ..FollowerSettings::default()
    }
}

fn follower(nodes: Vec<NodeClient>) -> Follower {
    let anchor = anchor();
    let parent = Parent::genesis(&anchor);
    Follower::new(
        nodes,
        parent,
        Arc::new(TrustedSets::new(&anchor)),
        settings(),
    )
}

async fn read(follower: &mut Follower, count: u64) -> Vec<u64> {
    let mut heights = Vec::new();
    for _ in 0..count {
        let block = tokio::time::timeout(Duration::from_secs(20), follower.next()).await;
        heights.push(block.unwrap().header.height);
    }
    heights
}

#[actix_web::test]
async fn blocks_are_read_in_pages_and_then_from_the_stream() {
    let server = TestServer::start(chain(5));
    server.script.paged.store(3, Ordering::SeqCst);
    let mut follower = follower(vec![server.client()]);
    let first = follower.next().await;
    let chain_id = anchor().chain_id();
    assert_eq!(
        first.transactions[0].id,
        transaction(&chain_id, 1).transaction.id(&chain_id)
    );
    assert_eq!(read(&mut follower, 4).await, [2, 3, 4, 5]);
    let status = follower.status().borrow().clone();
    assert_eq!((status.height, status.refused), (5, 0));
    assert_eq!(server.script.streams.load(Ordering::SeqCst), 1);
}

#[actix_web::test]
async fn a_stream_that_breaks_off_is_resumed_at_the_next_height() {
    let server = TestServer::start(chain(5));
    server.script.paged.store(0, Ordering::SeqCst);
    server.script.stream_ends_after.store(1, Ordering::SeqCst);
    let mut follower = follower(vec![server.client()]);
    assert_eq!(read(&mut follower, 5).await, [1, 2, 3, 4, 5]);
    assert!(server.script.streams.load(Ordering::SeqCst) >= 5);
}

#[actix_web::test]
async fn a_future_that_is_dropped_loses_no_block() {
    let server = TestServer::start(chain(5));
    server.script.paged.store(3, Ordering::SeqCst);
    let mut follower = follower(vec![server.client()]);
    let mut heights = Vec::new();
    while heights.len() < 5 {
        // Short enough to cut the future at every place where it waits.
        let cut = Duration::from_micros(300 * (1 + u64::try_from(heights.len()).unwrap()));
        if let Ok(block) = tokio::time::timeout(cut, follower.next()).await {
            heights.push(block.header.height);
        } else {
            heights.extend(read(&mut follower, 1).await);
        }
    }
    assert_eq!(heights, [1, 2, 3, 4, 5]);
    assert_eq!(follower.status().borrow().refused, 0);
}

#[actix_web::test]
async fn a_node_that_is_down_is_replaced_by_the_next() {
    let server = TestServer::start(chain(2));
    let mut follower = follower(vec![client(dead_url()), server.client()]);
    assert_eq!(read(&mut follower, 2).await, [1, 2]);
    server.stop().await;
}

#[actix_web::test]
async fn a_node_that_is_behind_is_left_for_one_that_is_not() {
    let behind = TestServer::start(chain(1));
    let ahead = TestServer::start(chain(4));
    let blocks = chain(4);
    let parent = Parent::of(&blocks[2].block.header);
    let nodes = vec![behind.client(), ahead.client()];
    let sets = Arc::new(TrustedSets::new(&anchor()));
    let mut follower = Follower::new(nodes, parent, sets, settings());
    assert_eq!(read(&mut follower, 1).await, [4]);
    let error = follower.status().borrow().last_error.clone().unwrap();
    assert!(matches!(*error, FollowError::Behind { .. }), "{error}");
}

#[actix_web::test]
async fn a_forged_block_is_refused_and_another_node_is_asked() {
    let mut forged = chain(3);
    forged[1].certificate = certify(&forged[1].block.header, &[key(9), key(10), key(11)]);
    let liar = TestServer::start(forged);
    let honest = TestServer::start(chain(3));
    let mut follower = follower(vec![liar.client(), honest.client()]);
    assert_eq!(read(&mut follower, 3).await, [1, 2, 3]);
    let status = follower.status().borrow().clone();
    assert_eq!(status.refused, 1);
    let error = status.last_error.unwrap();
    assert!(
        matches!(&*error, FollowError::Refused { source, .. }
            if matches!(**source, BlockRefusal::Certificate { height: 2, .. })),
        "{error}"
    );
}

fn refusal(parent: &Parent, block: FinalBlock) -> BlockRefusal {
    verify_block(parent, &anchor().validators, block).unwrap_err()
}

#[test]
fn a_certificate_with_one_bad_signature_is_refused_whole() {
    let parent = Parent::genesis(&anchor());
    let mut block = finish(block_after(&parent, Vec::new()));
    block.certificate = certify(&block.block.header, &validator_keys());
    let mut signatures = block.certificate.signatures.clone().into_inner();
    signatures[3].signature = Signature([7; 64]);
    block.certificate.signatures = signatures.try_into().unwrap();
    assert!(matches!(
        refusal(&parent, block),
        BlockRefusal::Certificate {
            source: CertificateError::Signature { .. },
            ..
        }
    ));
}

#[test]
fn a_certificate_of_two_of_four_is_refused() {
    let parent = Parent::genesis(&anchor());
    let mut block = finish(block_after(&parent, Vec::new()));
    block.certificate = certify(&block.block.header, &validator_keys()[..2]);
    assert!(matches!(
        refusal(&parent, block),
        BlockRefusal::Certificate {
            source: CertificateError::Power { power: 2, total: 4 },
            ..
        }
    ));
}

#[test]
fn a_certificate_for_another_block_is_refused() {
    let parent = Parent::genesis(&anchor());
    let mut block = finish(block_after(&parent, Vec::new()));
    block.certificate = chain(1)[0].certificate.clone();
    assert_eq!(
        refusal(&parent, block),
        BlockRefusal::OtherBlock { height: 1 }
    );
}

#[test]
fn a_block_with_another_parent_is_refused() {
    let blocks = chain(2);
    let parent = Parent {
        digest: blocks[1].block.header.digest(),
        ..Parent::of(&blocks[0].block.header)
    };
    assert_eq!(
        refusal(&parent, blocks[1].clone()),
        BlockRefusal::Block(BlockError::Parent)
    );
}

#[test]
fn a_block_with_other_transactions_is_refused() {
    let parent = Parent::genesis(&anchor());
    let mut block = chain(1).remove(0);
    block.block.transactions = vec![transaction(&parent.chain_id, 9)].try_into().unwrap();
    assert_eq!(
        refusal(&parent, block),
        BlockRefusal::Block(BlockError::Transactions)
    );
    let mut unsigned_root = chain(1).remove(0);
    unsigned_root.block.header.transactions_root = transactions_root(&[]);
    assert_eq!(
        refusal(&parent, unsigned_root),
        BlockRefusal::OtherBlock { height: 1 }
    );
}

#[test]
fn a_block_of_another_chain_is_refused() {
    let mut other = anchor();
    other.state_root = Digest([1; 32]);
    let block = finish(block_after(&Parent::genesis(&other), Vec::new()));
    assert_eq!(
        refusal(&Parent::genesis(&anchor()), block),
        BlockRefusal::Block(BlockError::Chain)
    );
}

#[test]
fn an_old_block_is_refused() {
    let blocks = chain(2);
    let parent = Parent::of(&blocks[1].block.header);
    assert_eq!(
        refusal(&parent, blocks[0].clone()),
        BlockRefusal::Block(BlockError::Height {
            parent: 2,
            found: 1
        })
    );
}

#[test]
fn a_block_that_announces_unknown_validators_is_refused() {
    let parent = Parent::genesis(&anchor());
    let mut block = block_after(&parent, Vec::new());
    block.header.next_validators = Digest([9; 32]);
    assert_eq!(
        refusal(&parent, finish(block)),
        BlockRefusal::ValidatorsUnknown { height: 1 }
    );
}
