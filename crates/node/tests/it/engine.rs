//! Four engines on loopback agree on blocks.

use std::time::Duration;

use theriac_consensus::guard::{SigningGuard, Step, Subject};
use theriac_ledger::record::Parameters;
use theriac_node::engine::EngineRole;
use theriac_node::peer_heights::PeerHeights;
use theriac_node::pool::TxStatus;
use tokio::sync::watch;

use crate::cluster::{Cluster, consensus_folder, now, within};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_authorities_agree_on_every_block_and_take_turns() {
    let mut cluster = Cluster::start().await;
    assert!(
        cluster
            .running()
            .all(|node| *node.role.borrow() == EngineRole::Voting)
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
async fn a_proposer_that_missed_a_transaction_is_handed_it_again_in_time() {
    let mut cluster = Cluster::with(Parameters {
        idle_block_ms: 60_000,
        propose_timeout_ms: 5_000,
        ..Parameters::default()
    })
    .await;
    for _ in 0..4 {
        let id = cluster.submit_to(0);
        let nodes: Vec<_> = cluster.running().collect();
        let holder = nodes[0];
        // What it passes on the first time is lost.
        assert_eq!(holder.pool.fresh(usize::MAX).len(), 1);
        let mut size = holder.pool.watch();
        let status = within(async {
            tokio::select! {
                status = holder.pool.wait_final(&id) => return status,
                again = size.wait_for(|size| size.fresh > 0) => again.unwrap(),
            };
            for bytes in holder.pool.fresh(usize::MAX) {
                for other in &nodes[1..] {
                    other.pool.receive_from_peer(&bytes, now()).unwrap();
                }
            }
            holder.pool.wait_final(&id).await
        })
        .await
        .unwrap();
        let TxStatus::Final { height, .. } = status else {
            panic!("the transaction ended as {status:?}");
        };
        let (_, certificate) = holder.chain.store().header(height).unwrap().unwrap();
        assert_eq!(certificate.round, 0, "height {height}");
        for index in 1..4 {
            cluster.wait_height(index, height).await;
        }
    }
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
    assert_eq!(*authority.role.borrow(), EngineRole::Voting);
    let mut height = cluster.commit().await;
    cluster.stop_node(2).await;
    // Three of four are needed, so this block has its vote.
    height = height.max(cluster.commit().await);
    assert!(cluster.has_signed(height, 3));
    cluster.stop().await;
}

/// As when the engine's log was lost after it had voted in a later round than the first.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_whose_log_was_lost_waits_until_the_chain_has_passed_what_it_signed() {
    let mut cluster = Cluster::start().await;
    let height = cluster.commit().await;
    cluster.stop_node(3).await;
    let folder = consensus_folder(cluster.folders[3].path());
    let (chain, key) = cluster.identity(3);
    let mut guard = SigningGuard::open(&folder.join("signing-guard"), chain, key).unwrap();
    let (until, digest) = (height + 2, theriac_crypto::digest("test", b"a vote"));
    let vote = Subject {
        height: until,
        round: 1,
        step: Step::Prevote,
        block: None,
        digest,
    };
    guard.admit(&vote).unwrap();
    drop(guard);
    std::fs::remove_file(folder.join("consensus.wal")).unwrap();
    cluster.start_node(3).await;
    let mut role = cluster.nodes[3].as_ref().unwrap().role.clone();
    assert_eq!(*role.borrow(), EngineRole::Waiting(until));
    while cluster.commit().await < until {}
    let votes = within(role.wait_for(|role| *role == EngineRole::Voting)).await;
    assert!(votes.is_ok(), "{:?}", cluster.failure(3));
    cluster.stop_node(2).await;
    // Three of four are needed, so this block has its vote.
    let height = cluster.commit().await;
    assert!(cluster.has_signed(height, 3));
    cluster.stop().await;
}

/// Looks at the engine's log until it holds an entry of a height. Its file begins with a version
/// (u32 BE) and the height (u64 BE).
pub(crate) async fn wait_for_entry(log: &std::path::Path, height: u64) {
    let mut looks = tokio::time::interval(Duration::from_millis(20));
    let has_entry = || {
        let bytes = std::fs::read(log).unwrap_or_default();
        bytes.len() > 12 && bytes[4..12] == height.to_be_bytes()
    };
    within(async {
        while !has_entry() {
            looks.tick().await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_log_of_the_engine_stops_the_process() {
    let mut cluster = Cluster::start().await;
    cluster.commit().await;
    cluster.stop_node(2).await;
    cluster.stop_node(3).await;
    let log = consensus_folder(cluster.folders[1].path()).join("consensus.wal");
    // Two of four vote and decide nothing, so their votes stay in the log.
    cluster.submit();
    let committed = cluster.nodes[1].as_ref().unwrap().chain.parent().height;
    wait_for_entry(&log, committed + 1).await;
    cluster.stop_node(1).await;
    let mut bytes = std::fs::read(&log).unwrap();
    // The first byte of the first entry: damage at the end may be a write that was never durable.
    bytes[12 + 13] ^= 0xff;
    std::fs::write(&log, bytes).unwrap();
    cluster.start_node(1).await;
    within(cluster.ended(1)).await;
    cluster.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_authority_that_is_told_of_blocks_which_nobody_gives_it_takes_part_again_and_votes() {
    let mut cluster = Cluster::found(Parameters {
        // No block comes meanwhile.
        idle_block_ms: 600_000,
        ..Parameters::default()
    });
    let (claims, heard) = watch::channel(PeerHeights::default());
    cluster.hearsay.insert(3, heard);
    for index in 0..4 {
        cluster.start_node(index).await;
    }
    let height = cluster.commit().await;
    cluster.wait_height(3, height).await;
    let mut role = cluster.nodes[3].as_ref().unwrap().role.clone();
    let claim = || {
        let mut claim = PeerHeights::default();
        claim.credible = 99;
        claims.send_replace(claim);
    };
    within(async {
        let mut every = tokio::time::interval(Duration::from_millis(500));
        while *role.borrow() != EngineRole::Outside {
            every.tick().await;
            claim();
        }
    })
    .await;
    // The claims end; over HTTP nobody answers.
    claims.send_replace(PeerHeights::default());
    within(role.wait_for(|role| *role == EngineRole::Voting))
        .await
        .unwrap();
    // Three of four must sign: with one stopped, this one votes.
    cluster.stop_node(0).await;
    let height = cluster.commit().await;
    assert!(cluster.has_signed(height, 3));
    cluster.stop().await;
}
