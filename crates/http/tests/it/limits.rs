//! Rate limits as a client meets them.

use std::net::IpAddr;
use std::time::Duration;

use theriac_http::rate_limit::RateLimitSettings;
use theriac_http::server::ServerSettings;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::running::{member_key, problem, small, start};

fn two_at_once() -> ServerSettings {
    ServerSettings {
        rate_limit: RateLimitSettings {
            anonymous_per_minute: 1,
            anonymous_burst: 2,
            ..RateLimitSettings::default()
        },
        ..small()
    }
}

#[actix_web::test]
async fn caller_past_the_limit_waits_while_keys_and_probes_pass() {
    let running = start(&two_at_once());
    for _ in 0..2 {
        assert_eq!(running.get("/rows").await.status(), 422);
    }
    let response = running.get("/rows").await;
    assert_eq!(response.status(), 429);
    let wait: u64 = response.headers()["retry-after"]
        .to_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!((1..=61).contains(&wait), "{wait}");
    assert_eq!(problem(response).await["code"], "rate_limited");
    assert_eq!(running.get("/healthz").await.status(), 200);
    let request = running.client.get(running.at("/me"));
    let response = request.bearer_auth(&running.api_key).send().await.unwrap();
    assert_eq!(response.status(), 200);
    running.stop().await.unwrap();
}

#[actix_web::test]
async fn forwarded_address_counts_only_from_a_trusted_proxy() {
    for (trusted, third_status) in [(vec![], 429), (vec![IpAddr::from([127, 0, 0, 1])], 422)] {
        let running = start(&ServerSettings {
            trusted_proxies: trusted,
            ..two_at_once()
        });
        let mut last = 0;
        for client in 1..=3 {
            let request = running.client.get(running.at("/rows"));
            let address = format!("198.51.100.{client}");
            let response = request.header("x-forwarded-for", address).send().await;
            last = response.unwrap().status().as_u16();
        }
        assert_eq!(last, third_status);
        running.stop().await.unwrap();
    }
}

#[actix_web::test]
async fn member_has_a_limit_of_its_own_and_a_stranger_has_not() {
    let running = start(&two_at_once());
    let stranger = theriac_crypto::SigningKey::from_seed(&[2; 32]);
    for (key, last_status) in [(member_key(), 401), (stranger, 429)] {
        let mut last = 0;
        for _ in 0..3 {
            let request = running.client.post(running.at("/signed"));
            let request = request.header("theriac-key", key.public_key().to_string());
            last = request.send().await.unwrap().status().as_u16();
        }
        assert_eq!(last, last_status);
    }
    running.stop().await.unwrap();
}

#[actix_web::test]
async fn client_that_dawdles_over_its_headers_is_cut_off() {
    let running = start(&ServerSettings {
        header_timeout_ms: 100,
        ..small()
    });
    let address = running.server.addresses[0];
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
        .await
        .unwrap();
    let mut answer = String::new();
    tokio::time::timeout(Duration::from_secs(20), stream.read_to_string(&mut answer))
        .await
        .expect("the server closes the connection")
        .unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    running.stop().await.unwrap();
}

#[actix_web::test]
async fn open_stream_outlives_the_request_timeout_but_not_the_shutdown() {
    let running = start(&ServerSettings {
        request_timeout_ms: 50,
        shutdown_timeout_ms: 1_000,
        ..small()
    });
    let mut response = running.get("/stream").await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.chunk().await.unwrap().unwrap(), "first");
    running.stop().await.unwrap();
    assert!(response.chunk().await.is_err());
}

#[actix_web::test]
async fn a_request_that_is_being_answered_is_answered_before_the_server_ends() {
    let running = start(&small());
    let (gate, address) = (running.gate.clone(), running.at("/healthz"));
    let asked = actix_web::rt::spawn(running.client.get(running.at("/gate")).send());
    gate.entered.notified().await;
    running.supervisor.shutdown();
    gate.opened.notify_one();
    let response = asked.await.unwrap().unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.text().await.unwrap(), "done");
    let client = running.client.clone();
    running.stop().await.unwrap();
    assert!(client.get(address).send().await.is_err());
}
