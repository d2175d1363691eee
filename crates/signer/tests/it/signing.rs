//! Transactions, requests and proofs of possession.

use std::path::PathBuf;

use theriac_crypto::{PublicKey, digest, verify, verify_possession};
use theriac_http::signed_request::{ReceivedRequest, RequestToSign, verify as verify_request};
use theriac_ledger::identifier::{ChainId, Timestamp};
use theriac_ledger::transaction::SignedTransaction;
use theriac_signer::wire::RefusalCode;
use theriac_signer::{KeyPlace, RemoteSigner, Signer as _, SignerError};

use crate::scene::{NOW_MS, Scene};

#[track_caller]
pub(crate) fn refusal(error: SignerError) -> (RefusalCode, String) {
    match error {
        SignerError::Refused { refusal, .. } => (refusal.code, refusal.sentence.to_string()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_allowed_transaction_is_signed_and_one_of_another_kind_is_refused() {
    let scene = Scene::new();
    let allowing = scene.start(scene.service(&["anchor_digest"], 0)).await;
    let transaction = scene.note(1);
    let signed = allowing.sign(transaction.clone());
    let signed = SignedTransaction {
        signature: signed.await.unwrap(),
        transaction: transaction.clone(),
    };
    assert_eq!(signed.verify(&scene.chain), Ok(()));
    allowing.stop().await;

    let refusing = scene.start(scene.service(&["ship", "receive"], 0)).await;
    let error = refusing.sign(transaction).await.unwrap_err();
    assert!(error.is_forbidden(), "{error}");
    let (code, sentence) = refusal(error);
    assert_eq!(code, RefusalCode::NotAllowed);
    assert!(sentence.contains("anchor_digest"), "{sentence}");
    assert!(sentence.contains("transactions.actions"), "{sentence}");
    refusing.stop().await;
}

#[tokio::test]
async fn what_is_over_the_limit_is_refused_and_other_kinds_of_requests_are_not() {
    let scene = Scene::new();
    // The next one would be due in half a minute, far beyond anybody's patience.
    let running = scene.start(scene.service(&["anchor_digest"], 2)).await;
    for salt in 0..2 {
        running.sign(scene.note(salt)).await.unwrap();
    }
    let error = running.sign(scene.note(3)).await.unwrap_err();
    assert!(!error.is_forbidden(), "it passes: {error}");
    let (code, sentence) = refusal(error);
    assert_eq!(code, RefusalCode::OverLimit);
    assert!(sentence.contains("transactions.per_minute"), "{sentence}");
    assert!(running.sign_request(get(NOW_MS)).await.is_ok());
    running.stop().await;
}

fn get(time_ms: u64) -> RequestToSign<'static> {
    RequestToSign {
        method: "GET",
        path_and_query: "/v1/blocks?from=1",
        body: b"",
        time_ms,
        nonce: [3; 16],
    }
}

#[tokio::test]
async fn a_signed_request_is_one_that_nodes_accept_and_one_of_another_time_is_refused() {
    let scene = Scene::new();
    let running = scene.start(scene.service(&[], 0)).await;
    let request = get(NOW_MS);
    let signature = running.sign_request(request).await;
    let headers = request.headers(scene.key, signature.unwrap()).to_pairs();
    let header = |name: &str| {
        let found = headers.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_bytes())
    };
    let received = ReceivedRequest {
        method: request.method,
        path_and_query: request.path_and_query,
        body: request.body,
    };
    let checked = verify_request(header, &received, NOW_MS, &scene.chain.0);
    assert_eq!(checked.unwrap().key, scene.key);

    let later = running.sign_request(get(NOW_MS + 3_600_000)).await;
    assert_eq!(refusal(later.unwrap_err()).0, RefusalCode::Time);
    running.stop().await;
}

#[tokio::test]
async fn a_transaction_that_could_be_kept_for_later_is_refused() {
    let scene = Scene::new();
    let running = scene.start(scene.service(&["anchor_digest"], 0)).await;
    let mut lasting = scene.note(1);
    lasting.valid_until = Timestamp(NOW_MS + 3_600_000);
    let refused = running.sign(lasting).await.unwrap_err();
    assert_eq!(refusal(refused).0, RefusalCode::Time);
    running.stop().await;
}

#[tokio::test]
async fn another_chain_or_another_key_is_refused() {
    let scene = Scene::new();
    let running = scene.start(scene.service(&["anchor_digest"], 0)).await;
    let other = ChainId(digest("test", b"other chain"));
    let note = scene.note(1);
    let refused = running.remote.sign_transaction(&other, &note).await;
    assert_eq!(refusal(refused.unwrap_err()).0, RefusalCode::Chain);
    let refused = RemoteSigner::meet(&scene.socket(), other)
        .await
        .unwrap_err();
    let (code, sentence) = refusal(refused);
    assert_eq!(code, RefusalCode::Chain);
    assert!(sentence.contains(&scene.chain.to_string()), "{sentence}");

    let mut foreign = scene.note(1);
    foreign.signer = PublicKey([9; 32]);
    let refused = running.sign(foreign).await.unwrap_err();
    assert_eq!(refusal(refused).0, RefusalCode::Key);
    running.stop().await;
}

#[tokio::test]
async fn what_has_no_section_is_not_signed() {
    let scene = Scene::new();
    let running = scene.start(scene.validator()).await;
    let note = running.sign(scene.note(1)).await.unwrap_err();
    assert_eq!(refusal(note).0, RefusalCode::NotAllowed);
    let request = running.sign_request(get(NOW_MS)).await;
    assert_eq!(refusal(request.unwrap_err()).0, RefusalCode::NotAllowed);
    let possession = running.remote.prove_possession(&[5; 32]).await;
    assert_eq!(refusal(possession.unwrap_err()).0, RefusalCode::NotAllowed);
    running.stop().await;
}

#[tokio::test]
async fn possession_is_proved_for_a_nonce() {
    let scene = Scene::new();
    let running = scene.start(scene.service(&[], 0)).await;
    let proof = running.remote.prove_possession(&[5; 32]).await.unwrap();
    assert_eq!(verify_possession(&[5; 32], &scene.key, &proof), Ok(()));
    running.stop().await;
}

#[tokio::test]
async fn a_signer_that_is_away_is_a_passing_error_and_one_that_comes_back_is_asked_again() {
    let scene = Scene::new();
    let running = scene.start(scene.service(&["anchor_digest"], 0)).await;
    let remote = running.remote.clone();
    running.stop().await;
    assert!(!scene.socket().exists(), "it takes its socket with it");
    let note = scene.note(1);
    let away = remote
        .sign_transaction(&scene.chain, &note)
        .await
        .unwrap_err();
    assert!(matches!(away, SignerError::Away { .. }), "{away:?}");
    assert!(!away.is_forbidden());
    assert!(away.to_string().contains("signer.sock"), "{away}");

    // A call that begins before the signer does is answered.
    let signing = remote.sign_transaction(&scene.chain, &note);
    let starting = scene.start(scene.service(&["anchor_digest"], 0));
    let (signed, running) = tokio::join!(signing, starting);
    let id = note.id(&scene.chain);
    assert_eq!(verify(&scene.key, &id.0, &signed.unwrap()), Ok(()));
    running.stop().await;
}

#[tokio::test]
async fn a_configuration_chooses_the_signer() {
    let scene = Scene::new();
    let running = scene.start(scene.service(&["anchor_digest"], 0)).await;
    let place = KeyPlace::Signer(scene.socket());
    let key = place.open(scene.chain).await.unwrap();
    assert_eq!(key.public_key(), scene.key);
    let signed = key
        .signer()
        .sign_transaction(&scene.chain, &scene.note(1))
        .await;
    assert!(signed.is_ok());
    running.stop().await;
    let nowhere = KeyPlace::Signer(PathBuf::from("nowhere.sock"));
    let error = nowhere.open(scene.chain).await.unwrap_err().to_string();
    assert!(
        error.contains("nowhere.sock") && error.contains("away"),
        "{error}"
    );
}
