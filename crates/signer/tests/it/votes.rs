//! Votes, and the guard that outlives the signer.

use theriac_consensus::signing::{KeyError, KeyHolder as _};
use theriac_crypto::verify;

use crate::scene::Scene;

#[tokio::test]
async fn a_second_different_vote_of_a_round_is_never_signed_also_after_a_restart() {
    let scene = Scene::new();
    let first = scene.prevote(5, 0, Some("a"));
    let other = scene.prevote(5, 0, Some("b"));
    let running = scene.start(scene.validator()).await;
    let signature = running.remote.sign(&scene.chain, &first).await.unwrap();
    let digest = first.digest(&scene.chain, &scene.key);
    assert_eq!(verify(&scene.key, &digest, &signature), Ok(()));
    check_refused(
        &running.remote.sign(&scene.chain, &other).await.unwrap_err(),
        5,
    );
    running.stop().await;

    let running = scene.start(scene.validator()).await;
    check_refused(
        &running.remote.sign(&scene.chain, &other).await.unwrap_err(),
        5,
    );
    let nil = scene.prevote(5, 0, None);
    check_refused(
        &running.remote.sign(&scene.chain, &nil).await.unwrap_err(),
        5,
    );
    // The same again, as after a crash of the node, is signed again.
    assert_eq!(
        running.remote.sign(&scene.chain, &first).await.unwrap(),
        signature
    );
    let next = scene.prevote(5, 1, Some("b"));
    assert!(running.remote.sign(&scene.chain, &next).await.is_ok());
    check_refused(
        &running.remote.sign(&scene.chain, &first).await.unwrap_err(),
        5,
    );
    assert_eq!(running.remote.last_signed().await.unwrap(), Some(5));
    running.stop().await;
}

#[track_caller]
fn check_refused(error: &KeyError, signed_at: u64) {
    assert!(
        matches!(error, KeyError::Signed { height, .. } if *height == signed_at),
        "{error:?}"
    );
}

#[tokio::test]
async fn of_two_votes_at_the_same_moment_one_is_signed() {
    let scene = Scene::new();
    let running = scene.start(scene.validator()).await;
    let (one, other) = (
        scene.prevote(9, 2, Some("a")),
        scene.prevote(9, 2, Some("b")),
    );
    let (one, other) = tokio::join!(
        running.remote.sign(&scene.chain, &one),
        running.remote.sign(&scene.chain, &other),
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    running.stop().await;
}

#[tokio::test]
async fn a_signer_of_a_service_votes_for_nobody() {
    let scene = Scene::new();
    let running = scene.start(scene.service(&["ship"], 0)).await;
    let refused = running
        .remote
        .sign(&scene.chain, &scene.prevote(1, 0, None))
        .await;
    assert!(matches!(refused, Err(KeyError::Refused { .. })));
    let error = running.remote.last_signed().await.unwrap_err().to_string();
    assert!(error.contains("[votes]"), "{error}");
    running.stop().await;
}
