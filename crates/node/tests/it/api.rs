//! The HTTP interface over a chain whose blocks the test decides.

use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use theriac_client::head::verify_head;
use theriac_client::wire::{NodeRole, PeerTransactions, TransactionState};
use theriac_client::{
    Follower, FollowerSettings, NodeClient, NodeError, RecordName, RecordRefusal, StreamItem,
    TrustedSets, verify_block, verify_record,
};
use theriac_crypto::{SigningKey, digest};
use theriac_http::problem::ProblemBody;
use theriac_http::signed_request::RequestToSign;
use theriac_ledger::block::Parent;
use theriac_ledger::testing::{Actor, product, run_id};
use theriac_node::replica::{Replica, ReplicaConfig};

use crate::fixture::{medicine, note};
use crate::served::Served;

const PATIENCE: Duration = Duration::from_secs(20);

fn code(error: &NodeError) -> (u16, &str) {
    let problem = error.problem().unwrap_or_else(|| panic!("{error}"));
    (problem.status, &problem.code)
}

/// A raw request, for what the typed client would not send.
async fn post(served: &Served, content_type: &str, body: Vec<u8>) -> (StatusCode, ProblemBody) {
    let response = reqwest::Client::builder()
        .no_proxy()
        .build()
        .unwrap()
        .post(format!("{}/v1/transactions", served.url))
        .header("content-type", content_type)
        .body(body)
        .send()
        .await
        .unwrap();
    let status = response.status();
    (status, response.json().await.unwrap())
}

async fn get_signed(
    served: &Served,
    path: &str,
    nonce: u8,
    last: Option<&str>,
) -> reqwest::Response {
    let request = RequestToSign {
        method: "GET",
        path_and_query: path,
        body: &[],
        time_ms: served.world.genesis.anchor.time.0,
        nonce: [nonce; 16],
    };
    let key = served.world.consortium.key(Actor::Pharmacy);
    let signed = request.sign(&key, &served.world.chain_id().0);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut call = client.get(format!("{}{path}", served.url));
    for (name, value) in signed.to_pairs() {
        call = call.header(name, value);
    }
    if let Some(last) = last {
        call = call.header("Last-Event-ID", last);
    }
    call.send().await.unwrap()
}

#[actix_web::test]
async fn a_transaction_is_pending_then_final_and_the_same_bytes_have_the_same_answer() {
    let mut served = Served::start();
    let node = served.anyone();
    let signed = served.note(Actor::Maker);
    let id = signed.transaction.id(&served.world.chain_id());
    let bytes = signed.encode();
    for _ in 0..2 {
        let answer = node.submit(&bytes).await.unwrap();
        assert_eq!((answer.id, answer.status), (id, TransactionState::Pending));
        assert_eq!(answer.valid_until, Some(signed.transaction.valid_until));
        assert!(answer.note.unwrap().contains("same bytes"));
    }
    assert_eq!(
        node.transaction(&id).await.unwrap().status,
        TransactionState::Pending
    );
    served.decide();
    for _ in 0..2 {
        let answer = node.submit(&bytes).await.unwrap();
        assert_eq!(answer.status, TransactionState::Final);
        assert_eq!((answer.height, answer.index), (Some(1), Some(0)));
    }
    assert_eq!(node.transaction(&id).await.unwrap().height, Some(1));
    let other = served.note(Actor::Maker);
    let unknown = other.transaction.id(&served.world.chain_id());
    assert_eq!(
        node.transaction(&unknown).await.unwrap().status,
        TransactionState::Unknown
    );
}

#[actix_web::test]
async fn a_submission_that_waits_is_answered_when_its_block_is_final() {
    let mut served = Served::start();
    let node = served.anyone();
    let bytes = served.note(Actor::Maker).encode();
    let mut pool = served.chain.pool().watch();
    let decide = async {
        pool.wait_for(|size| size.transactions == 1).await.unwrap();
        served.decide()
    };
    let both = async { tokio::join!(node.submit_and_wait(&bytes), decide) };
    let (answer, height) = tokio::time::timeout(PATIENCE, both).await.unwrap();
    assert_eq!(answer.unwrap().height, Some(height));
}

#[actix_web::test]
async fn a_rule_that_refuses_has_its_code_and_says_that_the_refusal_is_not_the_last_word() {
    let mut served = Served::start();
    let now = served.now();
    // A distributor registers no product.
    let signed = served
        .world
        .sign(Actor::Distributor, product(medicine()), now);
    let bytes = signed.encode();
    let error = served.anyone().submit(&bytes).await.unwrap_err();
    let problem = error.problem().unwrap();
    assert_eq!(problem.status, 409);
    assert!(!problem.code.is_empty() && !problem.detail.is_empty());
    assert!(problem.hint.clone().unwrap().contains("another node"));
    let id = signed.transaction.id(&served.world.chain_id());
    let answer = served.anyone().transaction(&id).await.unwrap();
    assert_eq!(answer.status, TransactionState::Rejected);
    assert_eq!(answer.rejection.unwrap().code, problem.code);
    assert_eq!(served.chain.pool().watch().borrow().transactions, 0);
}

#[actix_web::test]
async fn an_altered_transaction_and_one_for_another_chain_are_refused() {
    let mut served = Served::start();
    let mut altered = served.note(Actor::Maker);
    altered.transaction.salt = [9; 16];
    let error = served.anyone().submit(&altered.encode()).await.unwrap_err();
    assert_eq!(code(&error).0, 422);

    let elsewhere = crate::fixture::World::of_seed(2).chain_id();
    let now = served.now();
    let foreign = served.world.sign_for(elsewhere, Actor::Maker, note(), now);
    let error = served.anyone().submit(&foreign.encode()).await.unwrap_err();
    assert_eq!(code(&error).0, 422);
}

#[actix_web::test]
async fn bytes_that_are_no_transaction_are_refused_and_say_so() {
    let served = Served::start();
    let binary = "application/octet-stream";
    let (status, problem) = post(&served, binary, vec![7; 100]).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem.code, "malformed_transaction");

    let (status, problem) = post(&served, binary, vec![0; 640 * 1024 + 1]).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(problem.code, "payload_too_large");

    let (status, problem) = post(&served, "application/json", b"{}".to_vec()).await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    assert_eq!(problem.code, "unsupported_media_type");
}

#[actix_web::test]
async fn blocks_are_for_requests_signed_by_a_registered_key() {
    let mut served = Served::start();
    let note = served.note(Actor::Maker);
    served.decide_with(std::slice::from_ref(&note));
    let error = served.anyone().block(1).await.unwrap_err();
    assert_eq!(code(&error), (401, "signature_missing"));
    let error = served.anyone().blocks(1, 10).await.unwrap_err();
    assert_eq!(code(&error), (401, "signature_missing"));
    let error = served.anyone().stream(1).await.unwrap_err();
    assert_eq!(code(&error), (401, "signature_missing"));
    let stranger = served.client_with(SigningKey::from_seed(&[99; 32]));
    let error = stranger.block(1).await.unwrap_err();
    assert_eq!(code(&error), (403, "forbidden"));

    let request_key = served.world.consortium.request_key(Actor::Pharmacy);
    let validator_key = served.world.consortium.validator_keys[2].clone();
    let anchor = &served.world.genesis.anchor;
    for key in [request_key, validator_key] {
        let block = served.client_with(key).block(1).await.unwrap();
        let verified = verify_block(&Parent::genesis(anchor), &anchor.validators, block).unwrap();
        assert_eq!(verified.transactions[0].signed, note);
    }
    let error = served.client(Actor::Maker).block(2).await.unwrap_err();
    assert_eq!(code(&error), (404, "not_found"));
}

#[actix_web::test]
async fn a_signed_request_counts_once() {
    let served = Served::start();
    served.decide();
    let first = get_signed(&served, "/v1/blocks/1", 1, None).await;
    assert_eq!(first.status(), StatusCode::OK);
    let again = get_signed(&served, "/v1/blocks/1", 1, None).await;
    assert_eq!(again.status(), StatusCode::UNAUTHORIZED);
    let problem: ProblemBody = again.json().await.unwrap();
    assert_eq!(problem.code, "request_replayed");
}

#[actix_web::test]
async fn headers_and_anchor_are_open_and_a_certificate_proves_the_head() {
    let served = Served::start();
    let node = served.anyone();
    let error = node.header(None).await.unwrap_err();
    assert_eq!(code(&error), (404, "not_found"));
    for _ in 0..3 {
        served.decide();
    }
    let anchor = node.anchor().await.unwrap();
    assert_eq!(anchor, served.world.genesis.anchor);
    for height in [None, Some(3), Some(1)] {
        let answer = node.header(height).await.unwrap();
        assert_eq!(answer.header.height, height.unwrap_or(3));
        verify_head(
            &anchor.chain_id(),
            &anchor.validators,
            &answer.header,
            &answer.certificate,
        )
        .unwrap();
        assert_eq!(
            answer.header.digest().0,
            digest("block", &answer.bytes.0),
            "the bytes are what was signed"
        );
    }
}

#[actix_web::test]
async fn a_record_is_proved_under_the_certified_root_and_so_is_its_absence() {
    let mut served = Served::start();
    let now = served.now();
    let signed = served.world.sign(Actor::Maker, product(medicine()), now);
    served.decide_with(&[signed]);
    let node = served.anyone();
    let sets = &TrustedSets::new(&served.world.genesis.anchor);
    let name = RecordName::Product(medicine());
    let answer = node.record(&name).await.unwrap();
    assert!(answer.private.is_none());
    let verified = verify_record(sets, &name, &answer).unwrap();
    assert_eq!(verified.header.unwrap().height, 1);
    assert!(verified.public.is_some());

    let mut altered = answer.clone();
    altered.public.as_mut().unwrap().0[0] ^= 1;
    let refused = verify_record(sets, &name, &altered).unwrap_err();
    assert!(matches!(refused, RecordRefusal::Proof(_)), "{refused}");
    let mut hidden = answer.clone();
    hidden.public = None;
    let refused = verify_record(sets, &name, &hidden).unwrap_err();
    assert!(matches!(refused, RecordRefusal::Proof(_)), "{refused}");
    let mut forged = answer;
    forged.head.as_mut().unwrap().header.state_root = digest("test", b"");
    let refused = verify_record(sets, &name, &forged).unwrap_err();
    assert!(matches!(refused, RecordRefusal::Head(_)), "{refused}");

    let name = RecordName::Run(run_id(medicine(), "A/B+C%1", 0));
    let answer = node.record(&name).await.unwrap();
    let verified = verify_record(sets, &name, &answer).unwrap();
    assert_eq!(verified.public, None, "proved absent");
}

#[actix_web::test]
async fn a_private_half_is_for_members_and_belongs_to_its_digest() {
    let served = Served::start();
    let account = served.world.consortium.account(Actor::Pharmacy);
    let name = RecordName::Account(account);
    let error = served.anyone().private_record(&name).await.unwrap_err();
    assert_eq!(code(&error), (401, "signature_missing"));
    let answer = served
        .client(Actor::Maker)
        .private_record(&name)
        .await
        .unwrap();
    let sets = &TrustedSets::new(&served.world.genesis.anchor);
    let verified = verify_record(sets, &name, &answer).unwrap();
    assert!(verified.record.is_some());
    let mut altered = answer.clone();
    altered.private.as_mut().unwrap().bytes.0[0] ^= 1;
    assert_eq!(
        verify_record(sets, &name, &altered),
        Err(RecordRefusal::PrivateHalf)
    );
    assert!(answer.head.is_none(), "at genesis the anchor has the root");
}

#[actix_web::test]
async fn a_name_that_is_none_says_what_is_expected() {
    let served = Served::start();
    let url = format!("{}/v1/records/lot/x", served.url);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = client.get(url).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
    let problem: ProblemBody = response.json().await.unwrap();
    assert!(problem.detail.contains("GTIN~LOT"), "{}", problem.detail);
}

#[actix_web::test]
async fn a_stream_sends_what_was_and_what_comes_and_resumes_after_the_last_event() {
    let served = Served::start();
    for _ in 0..3 {
        served.decide();
    }
    let mut stream = served.client(Actor::Maker).stream(2).await.unwrap();
    let mut seen = Vec::new();
    while seen.len() < 3 {
        let item = tokio::time::timeout(PATIENCE, stream.next()).await.unwrap();
        if let Some(StreamItem::Block(block)) = item.unwrap() {
            seen.push(block.block.header.height);
        }
        if seen.len() == 2 {
            served.decide();
        }
    }
    assert_eq!(seen, [2, 3, 4]);

    let mut response = get_signed(&served, "/v1/stream", 2, Some("3")).await;
    assert_eq!(response.status(), StatusCode::OK);
    let first = tokio::time::timeout(PATIENCE, response.chunk()).await;
    let first = first.unwrap().unwrap().unwrap();
    assert!(first.starts_with(b"id: 4\nevent: block\ndata: "));
    let refused = get_signed(&served, "/v1/stream", 3, Some("x")).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
}

#[actix_web::test]
async fn batches_between_nodes_are_for_validators() {
    let mut served = Served::start();
    let good = served.note(Actor::Maker).encode();
    let mut bad = served.note(Actor::Maker);
    bad.transaction.salt = [9; 16];
    let bounded = |bytes: Vec<u8>| theriac_ledger::encoding::BoundedBytes::new(bytes).unwrap();
    let batch = PeerTransactions {
        transactions: vec![bounded(bad.encode()), bounded(good)]
            .try_into()
            .unwrap(),
    }
    .encode();
    let member = served.client(Actor::Maker);
    let error = member
        .send_peer_transactions(batch.clone())
        .await
        .unwrap_err();
    assert_eq!(code(&error), (403, "forbidden"));
    let validator = served.client_with(served.world.consortium.validator_keys[1].clone());
    let answer = validator.send_peer_transactions(batch).await.unwrap();
    assert_eq!((answer.accepted, answer.refused), (1, 1));
    assert_eq!(
        served.chain.pool().watch().borrow().fresh,
        0,
        "not passed on"
    );
    let error = validator
        .send_peer_transactions(vec![1, 2, 3])
        .await
        .unwrap_err();
    assert_eq!(code(&error), (422, "invalid_body"));
}

#[actix_web::test]
async fn the_status_tells_height_validators_and_pool() {
    let mut served = Served::start();
    served.decide();
    let bytes = served.note(Actor::Maker).encode();
    served.anyone().submit(&bytes).await.unwrap();
    let status = served.anyone().status().await.unwrap();
    assert_eq!(status.chain_id, served.world.chain_id());
    assert_eq!((status.height, status.pool_transactions), (1, 1));
    assert_eq!(status.validators, served.world.consortium.validators);
    assert_eq!(status.role, NodeRole::Validator);
    assert!(status.is_ready);
}

async fn caught_up(replica: &Replica, served: &Served) {
    let height = served.chain.parent().height;
    let mut heights = replica.subscribe();
    let reached = heights.wait_for(|reached| *reached == height);
    tokio::time::timeout(PATIENCE, reached)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(replica.chain().parent(), served.chain.parent());
}

fn replica(served: &Served, folder: &std::path::Path, nodes: Vec<NodeClient>) -> Replica {
    let config = ReplicaConfig {
        data_dir: folder.to_path_buf(),
        genesis: served.world.genesis.clone(),
        nodes,
        follower: FollowerSettings::default(),
    };
    Replica::start(config, &served.supervisor).unwrap()
}

#[actix_web::test]
async fn a_replica_catches_up_from_genesis_and_follows_and_serves_others() {
    let mut served = Served::start();
    for step in served.world.story() {
        // What the rules refuse is left out, as an engine would.
        let taken: Vec<_> = step
            .into_iter()
            .filter(|signed| {
                let pool = served.chain.pool();
                pool.submit(&signed.encode(), served.now()).is_ok()
            })
            .collect();
        assert_eq!(
            taken.is_empty(),
            served.chain.pool().watch().borrow().transactions == 0
        );
        served.decide();
    }
    let folder = tempfile::tempdir().unwrap();
    let nodes = vec![served.client(Actor::Pharmacy)];
    let replica = replica(&served, folder.path(), nodes);
    caught_up(&replica, &served).await;
    served.decide();
    caught_up(&replica, &served).await;
    assert_eq!(replica.lag_blocks(), 0);
    assert!(replica.status().last_error.is_none());
    let height = served.chain.parent().height;
    assert_eq!(
        replica.store().block(height).unwrap(),
        served.chain.store().block(height).unwrap()
    );
    served.stop().await;
}

#[actix_web::test]
async fn a_client_follows_a_node_block_by_block() {
    let mut served = Served::start();
    let note = served.note(Actor::Regulator);
    served.decide_with(&[note]);
    let anchor = &served.world.genesis.anchor;
    let mut follower = Follower::new(
        vec![served.client(Actor::Regulator)],
        Parent::genesis(anchor),
        Arc::new(TrustedSets::new(anchor)),
        FollowerSettings::default(),
    );
    let first = tokio::time::timeout(PATIENCE, follower.next())
        .await
        .unwrap();
    assert_eq!((first.header.height, first.transactions.len()), (1, 1));
    served.decide();
    let second = tokio::time::timeout(PATIENCE, follower.next())
        .await
        .unwrap();
    assert_eq!(second.header.height, 2);
}

#[actix_web::test]
async fn a_node_without_a_vote_passes_submissions_on_and_relays_the_answer() {
    let mut voter = Served::start();
    let relay = Served::with_relays(vec![voter.anyone()]);
    let node = relay.anyone();
    let signed = voter.note(Actor::Maker);
    let answer = node.submit(&signed.encode()).await.unwrap();
    assert_eq!(answer.status, TransactionState::Pending);
    voter.decide();
    let answer = node.submit_and_wait(&signed.encode()).await.unwrap();
    assert_eq!(answer.height, Some(1));
    assert_eq!(node.transaction(&answer.id).await.unwrap().height, Some(1));

    let now = voter.now();
    let refused = voter
        .world
        .sign(Actor::Distributor, product(medicine()), now);
    let through = node.submit(&refused.encode()).await.unwrap_err();
    let direct = voter.anyone().submit(&refused.encode()).await.unwrap_err();
    assert_eq!(code(&through), code(&direct));

    voter.stop().await;
    let error = node.submit(&signed.encode()).await.unwrap_err();
    assert_eq!(code(&error), (503, "node_unavailable"));
}
