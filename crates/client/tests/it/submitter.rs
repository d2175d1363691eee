//! Submitting: final, refused, unknown, expired, and never two ids for one intent.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use theriac_client::submitter::{Attempt, SignError};
use theriac_client::{Generator, NodeClient, Outcome, SignedIntent, Submitter, SubmitterSettings};
use theriac_http::clock::FixedClock;
use theriac_ledger::block::Parent;
use theriac_ledger::identifier::Timestamp;
use theriac_ledger::transaction::SignedTransaction;

use crate::chain::{GENESIS_MS, anchor, block_after, body, chain, finish, key};
use crate::server::{Answer, TestServer, client, dead_url};

fn submitter(nodes: Vec<NodeClient>) -> Submitter {
    submitter_at(nodes, GENESIS_MS + 5)
}

fn submitter_at(nodes: Vec<NodeClient>, now_ms: u64) -> Submitter {
    let generator = Generator::new(ChaCha20Rng::seed_from_u64(1));
    let clock = Arc::new(FixedClock::new(now_ms));
    Submitter::new(nodes, &anchor(), key(50), generator, clock).with_settings(SubmitterSettings {
        wait: Duration::from_millis(800),
        ..SubmitterSettings::default()
    })
}

fn server(answers: &[Answer]) -> TestServer {
    let server = TestServer::start(chain(2));
    *server.script.answers.lock().unwrap() = answers.to_vec();
    server
}

async fn signed(submitter: &Submitter) -> SignedIntent {
    submitter.sign(&body(1), None).await.unwrap()
}

/// Puts a block on the server's chain whose time is past the validity of everything signed.
fn pass_time(server: &TestServer) {
    let mut blocks = server.script.blocks.lock().unwrap();
    let mut parent = Parent::of(&blocks.last().unwrap().block.header);
    parent.time = parent.time.saturating_add(600_000);
    let block = finish(block_after(&parent, Vec::new()));
    blocks.push(block);
}

#[actix_web::test]
async fn a_transaction_is_valid_from_the_chain_time_and_becomes_final() {
    let server = server(&[Answer::Pending, Answer::Pending, Answer::Final]);
    let submitter = submitter(vec![server.client()]);
    let (signed, outcome) = submitter.submit(&body(1), None).await.unwrap();
    assert_eq!(signed.valid_until, Timestamp(GENESIS_MS + 2_000 + 300_000));
    let transaction = SignedTransaction::decode(&signed.bytes).unwrap();
    assert_eq!(transaction.verify(&anchor().chain_id()), Ok(()));
    assert_eq!(
        outcome,
        Outcome::Final {
            id: signed.id,
            height: 7,
            index: 3
        }
    );
    let sent = server.script.submissions.lock().unwrap().clone();
    assert!(
        sent.iter().all(|bytes| *bytes == signed.bytes),
        "same bytes"
    );
}

#[actix_web::test]
async fn after_the_chain_has_stood_still_validity_counts_from_the_clock() {
    let server = server(&[Answer::Final]);
    let hour = 60 * 60 * 1_000;
    let submitter = submitter_at(vec![server.client()], GENESIS_MS + hour);
    let signed = signed(&submitter).await;
    assert_eq!(signed.valid_until, Timestamp(GENESIS_MS + hour + 300_000));
}

#[actix_web::test]
async fn a_refusal_for_the_time_of_validity_settles_nothing() {
    for code in ["transaction_expired", "valid_until_too_far"] {
        let server = server(&[Answer::Rule { status: 409, code }]);
        let submitter = submitter(vec![server.client()]);
        let signed = signed(&submitter).await;
        let outcome = submitter.send(&signed, Attempt::First).await;
        let Outcome::Rejected { refusal, .. } = outcome else {
            panic!("not refused");
        };
        assert!(!refusal.is_settled, "{code}");
    }
}

#[actix_web::test]
async fn equal_intents_have_different_ids() {
    let server = server(&[Answer::Final]);
    let submitter = submitter(vec![server.client()]);
    assert_ne!(signed(&submitter).await.id, signed(&submitter).await.id);
}

#[actix_web::test]
async fn a_refusal_keeps_the_code_and_the_hint_of_the_rule() {
    let rule = Answer::Rule {
        status: 409,
        code: "not_held",
    };
    let server = server(&[rule]);
    let submitter = submitter(vec![server.client()]);
    let signed = signed(&submitter).await;
    let Outcome::Rejected { refusal, .. } = submitter.send(&signed, Attempt::First).await else {
        panic!("not refused");
    };
    assert_eq!(refusal.code, "not_held");
    assert_eq!(refusal.hint.as_deref(), Some("do otherwise"));
    assert!(refusal.is_settled, "no other node has seen it");
    let Outcome::Rejected { refusal, .. } = submitter.send(&signed, Attempt::Again).await else {
        panic!("not refused");
    };
    assert!(!refusal.is_settled, "another node may have it");
}

#[actix_web::test]
async fn a_node_that_is_down_is_skipped() {
    let server = server(&[Answer::Pending, Answer::Final]);
    let submitter = submitter(vec![client(dead_url()), server.client()]);
    let (_, outcome) = submitter.submit(&body(1), None).await.unwrap();
    assert!(matches!(outcome, Outcome::Final { .. }), "{outcome:?}");
}

#[actix_web::test]
async fn with_every_node_down_nothing_is_signed() {
    let submitter = submitter(vec![client(dead_url())]);
    let error = submitter.sign(&body(1), None).await.unwrap_err();
    assert!(matches!(error, SignError::NoHead(_)), "{error}");
}

#[actix_web::test]
async fn a_node_that_goes_down_leaves_the_outcome_unknown_and_the_same_bytes_are_sent_later() {
    let server = server(&[Answer::Pending, Answer::Final]);
    let submitter = submitter(vec![client(dead_url()), server.client()]);
    let signed = signed(&submitter).await;
    let lonely = self::submitter(vec![client(dead_url())]);
    let Outcome::Unknown { may_be_known, .. } = lonely.send(&signed, Attempt::First).await else {
        panic!("not unknown");
    };
    assert!(!may_be_known, "nothing was sent");
    let outcome = submitter.send(&signed, Attempt::Again).await;
    assert!(matches!(outcome, Outcome::Final { .. }), "{outcome:?}");
}

#[actix_web::test]
async fn a_chain_that_stands_still_leaves_the_outcome_unknown() {
    let server = server(&[Answer::Pending]);
    let submitter = submitter(vec![server.client()]);
    let (signed, outcome) = submitter.submit(&body(1), None).await.unwrap();
    assert_eq!(
        outcome,
        Outcome::Unknown {
            id: signed.id,
            valid_until: signed.valid_until,
            may_be_known: true,
            reason: "not final within the time given".to_owned(),
        }
    );
    assert_eq!(
        submitter.settle(&signed).await,
        None,
        "its time is not over"
    );
}

#[actix_web::test]
async fn an_intent_expires_only_when_a_final_block_is_later() {
    let rule = Answer::Rule {
        status: 409,
        code: "expired",
    };
    let server = server(&[rule]);
    let submitter = submitter(vec![server.client()]);
    let signed = signed(&submitter).await;
    let refused = submitter.send(&signed, Attempt::Again).await;
    assert!(matches!(refused, Outcome::Rejected { .. }), "{refused:?}");
    pass_time(&server);
    let expired = submitter.send(&signed, Attempt::Again).await;
    let id = signed.id;
    assert_eq!(expired, Outcome::Expired { id, seen_at: 3 });
    server.script.is_final.store(true, Ordering::SeqCst);
    let found = submitter.send(&signed, Attempt::Again).await;
    assert!(matches!(found, Outcome::Final { height: 2, .. }));
}

#[actix_web::test]
async fn a_head_that_is_forged_or_old_is_not_believed() {
    let forged = server(&[Answer::Final]);
    forged.script.blocks.lock().unwrap()[1].block.header.time = Timestamp(GENESIS_MS * 2);
    let submitter = submitter(vec![forged.client()]);
    let error = submitter.sign(&body(1), None).await.unwrap_err();
    assert!(error.to_string().contains("another block"), "{error}");

    let old = server(&[Answer::Final]);
    let submitter = self::submitter(vec![old.client()]).with_settings(SubmitterSettings {
        head_age: Duration::ZERO,
        ..SubmitterSettings::default()
    });
    submitter.observe_head(&chain(100)[99].block.header);
    let error = submitter.sign(&body(1), None).await.unwrap_err();
    assert!(error.to_string().contains("below 100"), "{error}");
}

#[actix_web::test]
async fn before_block_one_validity_counts_from_the_clock() {
    let server = server(&[Answer::Final]);
    server.script.blocks.lock().unwrap().clear();
    let submitter = submitter(vec![server.client()]);
    let signed = signed(&submitter).await;
    assert_eq!(signed.valid_until, Timestamp(GENESIS_MS + 5 + 300_000));
}

fn refuses(code: &'static str) -> TestServer {
    server(&[Answer::Rule { status: 409, code }])
}

#[actix_web::test]
async fn a_node_that_refuses_everything_stops_nobody() {
    let liar = refuses("already_dispensed");
    let honest = server(&[Answer::Pending, Answer::Final]);
    let submitter = submitter(vec![liar.client(), honest.client()]);
    let (_, outcome) = submitter.submit(&body(1), None).await.unwrap();
    assert!(matches!(outcome, Outcome::Final { .. }), "{outcome:?}");
}

#[actix_web::test]
async fn a_refusal_is_settled_when_more_nodes_refuse_than_may_lie() {
    let servers = [refuses("first"), refuses("second"), refuses("third")];
    let submitter = submitter(servers.iter().map(TestServer::client).collect());
    let signed = signed(&submitter).await;
    let Outcome::Rejected { refusal, .. } = submitter.send(&signed, Attempt::First).await else {
        panic!("not refused");
    };
    assert!(refusal.is_settled);
    assert_eq!(refusal.code, "first");
    let asked = servers.map(|server| server.script.submissions.lock().unwrap().len());
    assert_eq!(asked, [1, 1, 0], "two of four validators are one too many");
}

#[actix_web::test]
async fn a_refusal_settles_nothing_while_the_nodes_that_might_take_it_are_down() {
    let liar = refuses("already_dispensed");
    let submitter = submitter(vec![liar.client(), client(dead_url())]);
    let signed = signed(&submitter).await;
    let outcome = submitter.send(&signed, Attempt::First).await;
    let Outcome::Rejected {
        refusal,
        may_be_known,
        ..
    } = outcome
    else {
        panic!("not refused");
    };
    assert!(!refusal.is_settled);
    assert!(!may_be_known, "no node took it");
}

#[actix_web::test]
async fn refusals_of_different_kinds_do_not_add_up() {
    let rule = |status, code| server(&[Answer::Rule { status, code }]);
    let liar = rule(422, "bad_signature");
    let behind = rule(409, "pack_not_held");
    let early = rule(409, "valid_until_too_far");
    let servers = [liar, behind, early];
    let submitter = submitter(servers.iter().map(TestServer::client).collect());
    let signed = signed(&submitter).await;
    for attempt in [Attempt::First, Attempt::Again] {
        let Outcome::Rejected { refusal, .. } = submitter.send(&signed, attempt).await else {
            panic!("not refused");
        };
        assert!(!refusal.is_settled, "{attempt:?}: {}", refusal.code);
    }
}
