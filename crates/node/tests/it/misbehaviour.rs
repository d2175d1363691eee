//! Evidence against validators: what a node keeps of it, and whom it shows it to.

use std::time::Duration;

use theriac_client::FollowerSettings;
use theriac_client::wire::MISBEHAVIOUR_PAGE_MAX;
use theriac_consensus::engine::{Round, Validator as _};
use theriac_consensus::{EngineHeight, EngineValidators};
use theriac_crypto::{SigningKey, digest};
use theriac_http::task::Supervisor;
use theriac_ledger::identifier::{BlockDigest, Height};
use theriac_ledger::record::Parameters;
use theriac_ledger::testing::Actor;
use theriac_node::replica::{Replica, ReplicaConfig};
use theriac_node::store::Kept;
use theriac_proof::light::Trust;
use theriac_proof::misbehaviour::{Misbehaviour, Offence, SeenVote, VoteHalf, VoteKind};
use theriac_proof::vote::vote_digest;

use crate::cluster::{Cluster, consensus_folder};
use crate::fixture::{Node, World};
use crate::served::Served;

const PATIENCE: Duration = Duration::from_secs(20);
const STOP_DEADLINE: Duration = Duration::from_secs(10);
/// How long a message takes to a peer that listens, many times over.
const HEARD: Duration = Duration::from_secs(3);

/// Two prevotes of a key in one round, for no block and for a block of a number.
fn two_votes(world: &World, key: &SigningKey, round: u32, number: u8) -> Misbehaviour {
    let chain = world.chain_id();
    let kind = VoteKind::Prevote;
    let vote = |block: Option<BlockDigest>| {
        let signed = vote_digest(&chain, kind.into(), 5, i64::from(round), block.as_ref());
        SeenVote {
            kind,
            height: 5,
            round,
            half: VoteHalf {
                block,
                signature: key.sign(&signed),
            },
        }
    };
    let block = BlockDigest(digest("test", &[number]));
    let (one, other) = (vote(None), vote(Some(block)));
    Misbehaviour::of_votes(chain, key.public_key(), &one, &other).unwrap()
}

#[test]
fn evidence_is_kept_once_and_over_a_restart() {
    let world = World::new();
    let node = Node::new(&world);
    let key = &world.consortium.validator_keys[2];
    let evidence = two_votes(&world, key, 0, 1);
    assert!(matches!(
        node.store.keep_misbehaviour(&evidence),
        Ok(Kept::New(_))
    ));
    let again = node.store.keep_misbehaviour(&evidence).unwrap();
    assert_eq!(again, Kept::Known);
    // A third vote of the same round shows nothing that is not known.
    let third = two_votes(&world, key, 0, 2);
    assert_eq!(node.store.keep_misbehaviour(&third).unwrap(), Kept::Known);
    let node = node.restart();
    assert_eq!(*node.store.watch_misbehaviour().borrow(), 1);
    let kept = node.store.misbehaviour(None, 10).unwrap();
    assert_eq!(kept, [(evidence.digest(), evidence)]);
}

#[test]
fn one_validator_cannot_crowd_out_the_evidence_against_another() {
    let world = World::new();
    let node = Node::new(&world);
    let keys = &world.consortium.validator_keys;
    let mut rounds = 0;
    let enough = loop {
        let evidence = two_votes(&world, &keys[0], rounds, 1);
        match node.store.keep_misbehaviour(&evidence).unwrap() {
            Kept::New(_) => rounds += 1,
            other => break other,
        }
    };
    assert!(matches!(enough, Kept::Enough(_)), "{enough:?}");
    assert_eq!(rounds, 16);
    let other = two_votes(&world, &keys[1], 0, 1);
    let kept = node.store.keep_misbehaviour(&other).unwrap();
    assert!(matches!(kept, Kept::New(_)), "{kept:?}");
}

#[test]
fn evidence_against_a_stranger_is_not_kept() {
    let world = World::new();
    let node = Node::new(&world);
    let stranger = SigningKey::from_seed(&[77; 32]);
    let evidence = two_votes(&world, &stranger, 0, 1);
    let kept = node.store.keep_misbehaviour(&evidence).unwrap();
    assert!(matches!(kept, Kept::Refused(_)), "{kept:?}");
    let foreign = World::of_seed(2);
    let key = &foreign.consortium.validator_keys[0];
    let evidence = two_votes(&foreign, key, 0, 1);
    let kept = node.store.keep_misbehaviour(&evidence).unwrap();
    assert!(matches!(kept, Kept::Refused(_)), "{kept:?}");
    assert_eq!(*node.store.watch_misbehaviour().borrow(), 0);
}

#[actix_web::test]
async fn anyone_reads_the_evidence_page_by_page_and_can_check_it() {
    let served = Served::start();
    let anyone = served.anyone();
    let empty = anyone.misbehaviour(None).await.unwrap();
    assert_eq!((empty.misbehaviour.len(), empty.next), (0, None));
    let keys = &served.world.consortium.validator_keys;
    for round in 0..10 {
        for key in &keys[..2] {
            let evidence = two_votes(&served.world, key, round, 1);
            served.chain.store().record_misbehaviour(&evidence).unwrap();
        }
    }
    let first = anyone.misbehaviour(None).await.unwrap();
    assert_eq!(first.misbehaviour.len(), MISBEHAVIOUR_PAGE_MAX);
    let second = anyone.misbehaviour(first.next.as_ref()).await.unwrap();
    assert_eq!((second.misbehaviour.len(), second.next), (4, None));
    let all = || first.misbehaviour.iter().chain(&second.misbehaviour);
    assert!(all().is_sorted_by(|one, other| one.digest < other.digest));
    let trust = Trust::from_anchor(&served.world.genesis.anchor);
    for kept in all() {
        assert_eq!(kept.digest, kept.evidence.digest());
        kept.evidence.check(Some(&trust)).unwrap();
    }
    served.stop().await;
}

#[actix_web::test]
async fn a_page_without_room_or_after_something_else_is_refused() {
    let served = Served::start();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    for query in ["limit=0", "after=here", "before=1"] {
        let url = format!("{}/v1/misbehaviour?{query}", served.url);
        let response = client.get(url).send().await.unwrap();
        assert_eq!(response.status(), 400, "{query}");
    }
    served.stop().await;
}

#[actix_web::test]
async fn a_replica_that_is_shown_a_fork_keeps_the_evidence() {
    let mut honest = Served::start();
    let mut evil = Served::start();
    let note = honest.note(Actor::Regulator);
    honest.decide_with(&[note]);
    for _ in 0..2 {
        let note = evil.note(Actor::Maker);
        evil.decide_with(&[note]);
    }
    let folder = tempfile::tempdir().unwrap();
    let supervisor = Supervisor::new();
    let config = ReplicaConfig {
        data_dir: folder.path().to_path_buf(),
        genesis: honest.world.genesis.clone(),
        nodes: vec![honest.client(Actor::Pharmacy), evil.client(Actor::Pharmacy)],
        follower: FollowerSettings::default(),
    };
    let replica = Replica::start(config, &supervisor).unwrap();
    let mut heights = replica.subscribe();
    let reached = heights.wait_for(|height| *height == 1);
    tokio::time::timeout(PATIENCE, reached)
        .await
        .unwrap()
        .unwrap();
    honest.stop().await;
    let mut evidence = replica.store().watch_misbehaviour();
    let kept = evidence.wait_for(|count| *count == 1);
    tokio::time::timeout(PATIENCE, kept).await.unwrap().unwrap();
    let (_, found) = replica.store().misbehaviour(None, 1).unwrap().remove(0);
    let trust = Trust::from_anchor(&evil.world.genesis.anchor);
    let finding = found.check(Some(&trust)).unwrap();
    assert_eq!(finding.height, 1);
    assert!(matches!(finding.offence, Offence::TwoHeads { .. }));
    supervisor.stop(STOP_DEADLINE).await.unwrap();
    evil.stop().await;
}

/// Looks until something is so, or for as long as `patience`; says whether it is.
async fn looks(patience: Duration, mut is_so: impl FnMut() -> bool) -> bool {
    let mut looks = tokio::time::interval(Duration::from_millis(20));
    let looking = async {
        while !is_so() {
            looks.tick().await;
        }
    };
    tokio::time::timeout(patience, looking).await.is_ok()
}

/// The blocks that a node has of an undecided height.
fn proposed(cluster: &Cluster, index: usize, height: Height) -> Vec<BlockDigest> {
    let store = cluster.nodes[index].as_ref().unwrap().chain.store();
    let bodies = store.bodies(height).unwrap();
    bodies.into_iter().map(|body| body.digest).collect()
}

/// Whether a node has signed a vote for a block of a height: its guard names it.
fn has_voted(cluster: &Cluster, index: usize, height: Height) -> bool {
    let guard = consensus_folder(cluster.folders[index].path()).join("signing-guard");
    let bytes = std::fs::read(guard).unwrap();
    let is_named =
        |block: &BlockDigest| bytes.windows(32).any(|window| window == block.0.as_bytes());
    proposed(cluster, index, height).iter().any(is_named)
}

/// The validator that proposes a height first.
fn proposer(cluster: &Cluster, height: Height) -> usize {
    let anchor = &cluster.world.genesis.anchor;
    let validators = EngineValidators::from(&anchor.validators);
    let first = validators.proposer(EngineHeight(height), Round::ZERO);
    let key = first.address().0;
    let keys = &cluster.world.consortium.validator_keys;
    let index = keys.iter().position(|one| one.public_key() == key);
    index.unwrap()
}

/// Empties the folder of the validator that has proposed the next height and gives it a new guard
/// while that height goes on, so that it proposes another block. Answers who it is, and the height
/// once that is final.
async fn sign_twice(cluster: &mut Cluster) -> (usize, Height) {
    let before = cluster.commit().await;
    for index in 0..4 {
        cluster.wait_height(index, before).await;
    }
    let height = before + 1;
    let liar = proposer(cluster, height);
    let (witness, others) = ((liar + 1) % 4, [(liar + 2) % 4, (liar + 3) % 4]);
    for other in others {
        cluster.stop_node(other).await;
    }
    // Two of four decide nothing, so the round goes on until the others come back.
    cluster.submit();
    looks(PATIENCE, || has_voted(cluster, witness, height)).await;
    cluster.stop_node(liar).await;
    cluster.folders[liar] = tempfile::tempdir().unwrap();
    cluster.create_guard(liar);
    cluster.start_node(liar).await;
    cluster.wait_height(liar, before).await;
    cluster.submit();
    looks(HEARD, || proposed(cluster, witness, height).len() == 2).await;
    for other in others {
        cluster.start_node(other).await;
    }
    for index in 0..4 {
        cluster.wait_height(index, height).await;
    }
    (liar, height)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_validator_whose_guard_was_made_anew_too_early_is_found_by_the_others() {
    let mut cluster = Cluster::with(Parameters {
        idle_block_ms: 60_000,
        ..Parameters::default()
    })
    .await;
    let trust = Trust::from_anchor(&cluster.world.genesis.anchor);
    let mut found = None;
    // What a node says before its peers listen again is lost, so that one lie may not be heard.
    for _ in 0..5 {
        let (liar, height) = sign_twice(&mut cluster).await;
        let witness = cluster.nodes[(liar + 1) % 4].as_ref().unwrap();
        let store = witness.chain.store();
        let mut count = store.watch_misbehaviour();
        let kept = count.wait_for(|count| *count > 0);
        if tokio::time::timeout(HEARD, kept).await.is_ok() {
            found = Some((liar, height, store.misbehaviour(None, 16).unwrap()));
            break;
        }
    }
    let (liar, height, evidence) = found.unwrap();
    let liar = cluster.world.consortium.validator_keys[liar].public_key();
    for (_, evidence) in evidence {
        let finding = evidence.check(Some(&trust)).unwrap();
        assert_eq!(finding.validators(), [liar], "{finding}");
        assert_eq!(finding.height, height, "{finding}");
    }
    cluster.stop().await;
}
