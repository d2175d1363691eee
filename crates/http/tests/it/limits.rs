//! Rate limits as a client meets them.

use std::net::IpAddr;

use theriac_http::rate_limit::RateLimitSettings;
use theriac_http::server::ServerSettings;

use crate::running::{problem, small, start};

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
