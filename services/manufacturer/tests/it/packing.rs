//! Packing and shipping, as far as they are planned.

use serde_json::json;

use crate::running::{GTIN, LOT, faults, read, running};

#[actix_web::test]
async fn dry_run_packs_a_batch_into_cases_and_a_pallet() {
    let running = running().await;
    let body = json!({ "gtin": GTIN, "lot": LOT, "packs_per_case": 100, "cases_per_pallet": 10 });
    let response = running
        .post("plan", "/api/v1/packing/plan?dry_run=true", &body)
        .await;
    let (status, answer) = read(response).await;
    assert_eq!(status, 200, "{answer}");
    let actions = answer["actions"].as_array().unwrap();
    assert_eq!(actions.len(), 11);
    assert!(
        actions[10]
            .as_str()
            .unwrap()
            .starts_with("put 10 cases onto pallet")
    );
    running.stop().await;
}

#[actix_web::test]
async fn every_wrong_name_of_a_shipment_is_listed() {
    let running = running().await;
    let body = json!({
        "to": running.distributor,
        "purpose": "sale",
        "codes": [
            "(01)09506000134352(21)S1(10)B9",
            "(01)09506000134352(21)S2(17)270101",
            "(01)09506000134352(21)NOBODY",
            "(01)09506000134353(21)S1",
        ],
        "packs": [{ "gtin": GTIN, "lot": LOT, "first": 990, "count": 20 }],
        "units": ["395060001343520000"],
    });
    let (status, problem) = read(running.post("x", "/api/v1/shipments", &body).await).await;
    assert_eq!(status, 422, "{problem}");
    let found = faults(&problem);
    let has = |at: &str, code: &str| found.contains(&(at.to_owned(), code.to_owned()));
    assert!(has("purpose", "word_invalid"), "{found:?}");
    assert!(has("codes[0]", "lot_differs"), "{found:?}");
    assert!(has("codes[1]", "expiry_differs"), "{found:?}");
    assert!(has("codes[2]", "pack_unknown"), "{found:?}");
    assert!(has("codes[3]", "code_unreadable"), "{found:?}");
    assert!(has("packs[0]", "range_past_end"), "{found:?}");
    running.stop().await;
}

#[actix_web::test]
async fn shipment_is_planned_in_words() {
    let running = running().await;
    let body = json!({
        "to": running.distributor,
        "purpose": "supply",
        "codes": ["(01)09506000134352(21)S1(10)B1", "(01)09506000134352(21)S2"],
    });
    let response = running
        .post("x", "/api/v1/shipments?dry_run=true", &body)
        .await;
    let (status, answer) = read(response).await;
    assert_eq!(status, 200, "{answer}");
    let words = answer["actions"][0].as_str().unwrap();
    assert!(words.starts_with("ship 2 packs to"), "{words}");
    running.stop().await;
}
