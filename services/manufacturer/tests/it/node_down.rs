//! A node that is down, and a database that takes no writes.

use serde_json::json;

use crate::running::{EXPIRY, GTIN, LOT, MANUFACTURED, read, running, running_on};

#[actix_web::test]
async fn node_that_is_down_keeps_the_intent_and_says_so() {
    let running = running().await;
    let body = json!({ "gtin": GTIN, "lot": LOT, "class": 2, "notice": "Broken seals." });
    let path = "/api/v1/recalls?wait_ms=200";
    let (status, first) = read(running.post("recall", path, &body).await).await;
    assert_eq!(status, 202, "{first}");
    assert_eq!(first["state"], "pending");
    assert!(first["hint"].as_str().unwrap().starts_with("it is kept"));
    let intent = first["intent"].as_str().unwrap();
    let (status, found) = read(running.get(&format!("/api/v1/intents/{intent}")).await).await;
    assert_eq!(status, 200, "{found}");
    assert_eq!(found["intent"], intent);

    let (status, again) = read(running.post("recall", path, &body).await).await;
    assert_eq!((status, &again["intent"]), (202, &first["intent"]));
    let other = json!({ "gtin": GTIN, "lot": LOT, "class": 1, "notice": "Broken seals." });
    let (status, problem) = read(running.post("recall", path, &other).await).await;
    assert_eq!(
        (status, &problem["code"]),
        (409, &json!("idempotency_key_reused"))
    );
    let (_, state) = read(running.get("/api/v1/status").await).await;
    assert_eq!(state["open_intents"], 1);
    running.stop().await;
}

#[actix_web::test]
async fn requests_for_one_batch_that_wait_have_runs_of_their_own() {
    let running = running().await;
    let body = json!({
        "gtin": GTIN, "lot": LOT, "expiry": EXPIRY, "manufactured": MANUFACTURED, "count": 5,
    });
    // The first run of the batch is on record.
    for number in 1..=3 {
        let name = format!("batch-{number}");
        let path = "/api/v1/batches?wait_ms=0";
        let (status, kept) = read(running.post(&name, path, &body).await).await;
        assert_eq!(status, 202, "{kept}");
        assert_eq!(kept["runs"], json!([{ "number": number, "count": 5 }]));
    }
    running.stop().await;
}

#[actix_web::test]
async fn unknown_intent_is_not_found() {
    let running = running().await;
    for id in ["x", "00000000-0000-4000-8000-000000000000"] {
        let (status, _) = read(running.get(&format!("/api/v1/intents/{id}")).await).await;
        assert_eq!(status, 404, "{id}");
    }
    running.stop().await;
}

#[actix_web::test]
async fn what_is_on_record_is_shown_while_the_node_is_down() {
    let running = running().await;
    let (status, stock) = read(running.get("/api/v1/stock").await).await;
    assert_eq!(status, 200, "{stock}");
    assert_eq!(stock["stock"][0]["packs"], 1_000);
    let (status, batches) = read(running.get("/api/v1/batches").await).await;
    assert_eq!(status, 200, "{batches}");
    assert_eq!(batches["batches"][0]["lot"], LOT);
    let (status, products) = read(running.get("/api/v1/products").await).await;
    assert_eq!(status, 200, "{products}");
    assert_eq!(products["products"][0]["gtin"], GTIN);
    let (status, state) = read(running.get("/api/v1/status").await).await;
    assert_eq!((status, &state["height"]), (200, &json!(1)));
    let (status, _) = read(running.get("/readyz").await).await;
    assert_eq!(status, 503);
    running.stop().await;
}

#[actix_web::test]
async fn database_that_takes_no_writes_refuses_the_request_and_keeps_nothing() {
    let running = running_on("ro").await;
    let body = json!({ "gtin": GTIN, "lot": LOT, "class": 2, "notice": "Broken seals." });
    let (status, problem) = read(running.post("recall", "/api/v1/recalls", &body).await).await;
    assert_eq!(
        (status, &problem["code"]),
        (503, &json!("storage_unavailable"))
    );
    assert!(
        problem["hint"].as_str().unwrap().contains("writable"),
        "{problem}"
    );
    let (_, state) = read(running.get("/api/v1/status").await).await;
    assert_eq!(state["open_intents"], 0);
    running.stop().await;
}
