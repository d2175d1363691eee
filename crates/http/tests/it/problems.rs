//! Every refusal is a problem.

use std::time::Duration;

use serde_json::json;
use theriac_http::server::ServerSettings;

use crate::running::{problem, small, start};

#[actix_web::test]
async fn unknown_address_is_a_problem() {
    let running = start(&small());
    let body = problem(running.get("/nowhere").await).await;
    assert_eq!(body["code"], "not_found");
    running.stop().await.unwrap();
}

#[actix_web::test]
async fn wrong_method_is_a_problem() {
    let running = start(&small());
    let response = running
        .client
        .delete(running.at("/healthz"))
        .send()
        .await
        .unwrap();
    // A route that exists for another method only is not at this address for the router.
    assert!(matches!(response.status().as_u16(), 404 | 405));
    let body = problem(response).await;
    assert!(body["hint"].is_string());
    running.stop().await.unwrap();
}

#[actix_web::test]
async fn bad_json_is_told_apart_from_wrong_shape_type_and_size() {
    let running = start(&small());
    let post = |content_type: &'static str, body: String| {
        running
            .client
            .post(running.at("/lots"))
            .header("content-type", content_type)
            .body(body)
            .send()
    };
    let json = "application/json";
    let cases = [
        (json, "{\"lot\": ".to_owned(), 400, "invalid_json"),
        (json, "{\"lot\": 1}".to_owned(), 422, "invalid_body"),
        (
            json,
            "{\"lot\": \"A\", \"count\": 1, \"more\": 2}".to_owned(),
            422,
            "invalid_body",
        ),
        (
            json,
            format!("{{\"lot\": \"{}\", \"count\": 1}}", "x".repeat(1_000)),
            413,
            "payload_too_large",
        ),
        ("text/plain", "{}".to_owned(), 415, "unsupported_media_type"),
    ];
    for (content_type, sent, status, code) in cases {
        let response = post(content_type, sent).await.unwrap();
        assert_eq!(response.status(), status, "{code}");
        assert_eq!(problem(response).await["code"], code);
    }
    let response = post(json, json!({"lot": "A", "count": 3}).to_string()).await;
    assert_eq!(response.unwrap().text().await.unwrap(), "A 3");
    running.stop().await.unwrap();
}

#[actix_web::test]
async fn oversized_body_of_any_kind_is_refused() {
    let running = start(&small());
    let post = |length: usize| {
        running
            .client
            .post(running.at("/bytes"))
            .body(vec![b'x'; length])
            .send()
    };
    let response = post(1_001).await.unwrap();
    assert_eq!(response.status(), 413);
    assert_eq!(problem(response).await["code"], "payload_too_large");
    assert_eq!(post(1_000).await.unwrap().text().await.unwrap(), "1000");
    running.stop().await.unwrap();
}

#[actix_web::test]
async fn bad_path_and_query_are_problems() {
    let running = start(&small());
    let body = problem(running.get("/lots/many?lot=A&count=1").await).await;
    assert_eq!(body["code"], "invalid_path");
    let body = problem(running.get("/lots/7?lot=A&count=none").await).await;
    assert_eq!(body["code"], "invalid_query");
    running.stop().await.unwrap();
}

#[actix_web::test]
async fn character_that_no_database_holds_is_refused_wherever_it_comes() {
    let running = start(&small());
    let body = problem(running.get("/lots/7?lot=A%00&count=1").await).await;
    assert_eq!(body["code"], "invalid_query");
    let body = problem(running.get("/lots/%00?lot=A&count=1").await).await;
    assert_eq!(body["code"], "invalid_path");
    let posted = running.client.post(running.at("/lots"));
    let posted = posted.json(&json!({"lot": "A\0", "count": 3}));
    let body = problem(posted.send().await.unwrap()).await;
    assert_eq!(body["code"], "invalid_body");
    running.stop().await.unwrap();
}

#[actix_web::test]
async fn fault_and_panic_say_nothing_internal_and_the_server_lives_on() {
    let running = start(&small());
    for path in ["/internal", "/panic"] {
        let response = running.get(path).await;
        assert_eq!(response.status(), 500);
        let mut body = problem(response).await;
        assert_eq!(body["code"], "internal");
        // A random id may hold any digits.
        body["request_id"].take();
        let text = body.to_string();
        assert!(!text.contains("hidden") && !text.contains("42"), "{text}");
    }
    assert_eq!(running.get("/healthz").await.status(), 200);
    running.stop().await.unwrap();
}

#[actix_web::test]
async fn wrong_rows_are_all_named_under_the_code_of_the_rule() {
    let running = start(&small());
    let response = running.get("/rows").await;
    assert_eq!(response.status(), 422);
    let body = problem(response).await;
    assert_eq!(body["code"], "duplicate_serial");
    assert_eq!(body["hint"], "remove the second of each pair");
    assert_eq!(body["errors"][1]["at"], "line 9");
    running.stop().await.unwrap();
}

#[actix_web::test]
async fn answer_that_does_not_come_is_a_timeout_problem() {
    let running = start(&ServerSettings {
        request_timeout_ms: 50,
        ..small()
    });
    let response = running.get("/never").await;
    assert_eq!(response.status(), 504);
    assert_eq!(problem(response).await["code"], "timeout");
    running.stop().await.unwrap();
}

#[actix_web::test]
async fn stop_waits_for_nobody_but_ends_cleanly_and_frees_the_port() {
    let running = start(&small());
    assert_eq!(running.get("/healthz").await.status(), 200);
    let address = running.server.addresses[0];
    tokio::time::timeout(Duration::from_secs(20), running.stop())
        .await
        .expect("the server stops in time")
        .unwrap();
    assert!(std::net::TcpStream::connect(address).is_err());
}

#[actix_web::test]
async fn taken_port_is_named() {
    let running = start(&small());
    let taken = ServerSettings {
        listen: running.server.addresses[0],
        ..small()
    };
    let program = theriac_http::server::Program {
        version: theriac_http::health::Version {
            program: "second".to_owned(),
            version: "0".to_owned(),
        },
        readiness: std::sync::Arc::new(theriac_http::health::AlwaysReady),
        metrics: theriac_http::metrics::Metrics::new("second", "0").unwrap(),
        identify: std::sync::Arc::new(theriac_http::api_key::ApiKeys::default()),
        witness: None,
        documentation: None,
    };
    let error = theriac_http::server::serve(&taken, program, &running.supervisor, |_| {})
        .expect_err("the port is taken")
        .to_string();
    assert!(error.contains(&taken.listen.to_string()), "{error}");
    running.stop().await.unwrap();
}
