//! What is no question, beside those who ask.

use theriac_signer::wire::frame;
use theriac_signer::wire::{ANSWER_BYTES_MAX, ASK_BYTES_MAX, Answer, Ask, RefusalCode, What};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;

use crate::scene::Scene;

/// Sends bytes; the refusal's code. The connection is closed after it.
async fn code(scene: &Scene, bytes: &[u8]) -> RefusalCode {
    let mut stream = UnixStream::connect(scene.socket()).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let answer = frame::read(&mut stream, ANSWER_BYTES_MAX).await.unwrap();
    let Some(Answer::Refused(refusal)) = answer else {
        panic!("{answer:?}");
    };
    assert_eq!(stream.read(&mut [0]).await.unwrap_or(0), 0, "it is closed");
    refusal.code
}

#[tokio::test]
async fn frames_that_are_too_long_or_malformed_are_refused_and_others_are_served() {
    let scene = Scene::new();
    let running = scene.start(scene.service(&["anchor_digest"], 0)).await;
    // One that never ends what it says holds nobody up.
    let mut slow = UnixStream::connect(scene.socket()).await.unwrap();
    slow.write_all(&[200, 0, 0, 0, frame::VERSION])
        .await
        .unwrap();

    let too_long = u32::try_from(ASK_BYTES_MAX + 1).unwrap().to_le_bytes();
    assert_eq!(code(&scene, &too_long).await, RefusalCode::Malformed);
    let other_version = [2, 0, 0, 0, frame::VERSION + 1, 0];
    assert_eq!(code(&scene, &other_version).await, RefusalCode::Malformed);
    let ask = Ask {
        chain: scene.chain,
        what: What::Identity,
    };
    let mut question = frame::encode(&ask);
    question.push(0);
    let length = u32::try_from(question.len()).unwrap().to_le_bytes();
    let trailing = [&length[..], &question].concat();
    assert_eq!(code(&scene, &trailing).await, RefusalCode::Malformed);
    assert_eq!(code(&scene, &[0; 4]).await, RefusalCode::Malformed);

    assert!(running.sign(scene.note(1)).await.is_ok());
    running.stop().await;
}

#[tokio::test]
async fn one_connection_may_ask_again_and_again() {
    let scene = Scene::new();
    let running = scene.start(scene.service(&["anchor_digest"], 0)).await;
    let mut stream = UnixStream::connect(scene.socket()).await.unwrap();
    for salt in 0..3 {
        let ask = Ask {
            chain: scene.chain,
            what: What::Transaction(scene.note(salt)),
        };
        frame::write(&mut stream, &ask, ASK_BYTES_MAX)
            .await
            .unwrap();
        let answer = frame::read(&mut stream, ANSWER_BYTES_MAX).await.unwrap();
        assert!(matches!(answer, Some(Answer::Signature(_))), "{answer:?}");
    }
    running.stop().await;
}
