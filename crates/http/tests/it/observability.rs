//! Probes, metrics and headers.

use crate::running::{small, start};

#[actix_web::test]
async fn readiness_gives_its_reasons() {
    let running = start(&small());
    let response = running.get("/readyz").await;
    assert_eq!(response.status(), 200);
    *running.readiness.0.lock().unwrap() = vec!["catching up".to_owned()];
    let response = running.get("/readyz").await;
    assert_eq!(response.status(), 503);
    let body: serde_json::Value = response.json().await.unwrap();
    assert_eq!(body["reasons"][0], "catching up");
    assert_eq!(running.get("/healthz").await.status(), 200);
    running.stop().await.unwrap();
}

#[actix_web::test]
async fn version_names_the_program() {
    let running = start(&small());
    let body: serde_json::Value = running.get("/version").await.json().await.unwrap();
    assert_eq!(body["program"], "test");
    assert_eq!(body["version"], "1.2.3");
    running.stop().await.unwrap();
}

#[actix_web::test]
async fn metrics_label_requests_by_route_and_never_by_path() {
    let running = start(&small());
    running.get("/lots/4711?lot=A&count=1").await;
    running.get("/secret-serial-99").await;
    let text = running.get("/metrics").await.text().await.unwrap();
    assert!(
        text.contains(
            "http_requests_total{method=\"GET\",route=\"/lots/{number}\",status=\"200\"} 1"
        ),
        "{text}"
    );
    assert!(
        text.contains("route=\"unmatched\",status=\"404\"} 1"),
        "{text}"
    );
    assert!(
        !text.contains("4711") && !text.contains("secret-serial"),
        "{text}"
    );
    assert!(text.contains("theriac_build_info{program=\"test\",version=\"1.2.3\"} 1"));
    running.stop().await.unwrap();
}

#[actix_web::test]
async fn every_response_carries_the_security_headers_and_an_id_of_its_own() {
    let running = start(&small());
    let mut ids = std::collections::BTreeSet::new();
    for path in ["/healthz", "/metrics", "/nowhere", "/panic"] {
        let response = running.get(path).await;
        let header = |name: &str| response.headers()[name].to_str().unwrap().to_owned();
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "));
        assert!(policy.ends_with("base-uri 'none'; form-action 'self'"));
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("cache-control"), "no-store");
        ids.insert(header("x-request-id"));
    }
    assert_eq!(ids.len(), 4);
    running.stop().await.unwrap();
}
