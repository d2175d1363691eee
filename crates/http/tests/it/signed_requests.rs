//! Signed requests as a member sends them.

use theriac_crypto::{Digest, SigningKey};
use theriac_http::signed_request::{RequestToSign, SignedHeaders, WINDOW_MS};

use crate::running::{CHAIN, NOW_MS, Running, member_key, problem, small, start};

const PATH: &str = "/signed?wait=final";

fn request(body: &[u8]) -> RequestToSign<'_> {
    RequestToSign {
        method: "POST",
        path_and_query: PATH,
        body,
        time_ms: NOW_MS,
        nonce: [1; 16],
    }
}

async fn send(running: &Running, headers: &SignedHeaders, body: &[u8]) -> reqwest::Response {
    let mut request = running.client.post(running.at(PATH)).body(body.to_vec());
    for (name, value) in headers.to_pairs() {
        request = request.header(name, value);
    }
    request.send().await.unwrap()
}

async fn refusal(running: &Running, headers: &SignedHeaders, body: &[u8]) -> String {
    let body = problem(send(running, headers, body).await).await;
    body["code"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn signed_request_names_its_key_once() {
    let running = start(&small());
    let headers = request(b"hand-over").sign(&member_key(), &CHAIN);
    let response = send(&running, &headers, b"hand-over").await;
    assert_eq!(
        response.text().await.unwrap(),
        format!("{} 9", member_key().public_key())
    );
    assert_eq!(
        refusal(&running, &headers, b"hand-over").await,
        "request_replayed"
    );
    running.stop().await.unwrap();
}

#[actix_web::test]
async fn changed_body_other_chain_and_other_path_are_refused() {
    let running = start(&small());
    let headers = request(b"hand-over").sign(&member_key(), &CHAIN);
    assert_eq!(
        refusal(&running, &headers, b"hand-out").await,
        "signature_invalid"
    );
    let headers = request(b"x").sign(&member_key(), &Digest([8; 32]));
    assert_eq!(refusal(&running, &headers, b"x").await, "signature_invalid");
    let elsewhere = RequestToSign {
        path_and_query: "/signed",
        ..request(b"x")
    };
    let headers = elsewhere.sign(&member_key(), &CHAIN);
    assert_eq!(refusal(&running, &headers, b"x").await, "signature_invalid");
    running.stop().await.unwrap();
}

#[actix_web::test]
async fn old_early_and_pre_restart_times_are_refused() {
    let running = start(&small());
    for time_ms in [NOW_MS - WINDOW_MS - 1, NOW_MS + WINDOW_MS + 1, NOW_MS - 1] {
        let headers = RequestToSign {
            time_ms,
            ..request(b"x")
        }
        .sign(&member_key(), &CHAIN);
        assert_eq!(refusal(&running, &headers, b"x").await, "signature_expired");
    }
    let headers = request(b"x").sign(&member_key(), &CHAIN);
    running.clock.advance(WINDOW_MS + 1);
    assert_eq!(refusal(&running, &headers, b"x").await, "signature_expired");
    running.stop().await.unwrap();
}

#[actix_web::test]
async fn unsigned_request_and_unregistered_key_are_refused() {
    let running = start(&small());
    let response = running.client.post(running.at(PATH)).send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers()["www-authenticate"], "Theriac-Signature");
    assert_eq!(problem(response).await["code"], "signature_missing");
    let stranger = SigningKey::from_seed(&[2; 32]);
    let headers = request(b"x").sign(&stranger, &CHAIN);
    assert_eq!(refusal(&running, &headers, b"x").await, "forbidden");
    running.stop().await.unwrap();
}

#[actix_web::test]
async fn oversized_signed_body_is_refused_before_the_signature_is_looked_at() {
    let running = start(&small());
    let body = vec![0; 1_001];
    let headers = request(&body).sign(&member_key(), &CHAIN);
    assert_eq!(
        refusal(&running, &headers, &body).await,
        "payload_too_large"
    );
    running.stop().await.unwrap();
}
