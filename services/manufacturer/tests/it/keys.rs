//! Who may call, and under which idempotency key.

use serde_json::json;

use crate::running::{read, running};

const PATH: &str = "/api/v1/recalls";

#[actix_web::test]
async fn caller_without_a_key_or_without_the_scope_is_refused() {
    let running = running().await;
    let body = json!({});
    let response = running.anonymous(PATH).json(&body).send().await.unwrap();
    let (status, problem) = read(response).await;
    assert_eq!(
        (status, &problem["code"]),
        (401, &json!("credentials_missing"))
    );
    let request = running.anonymous(PATH).bearer_auth(&running.reader_key);
    let (status, problem) = read(request.json(&body).send().await.unwrap()).await;
    assert_eq!((status, &problem["code"]), (403, &json!("forbidden")));
    running.stop().await;
}

#[actix_web::test]
async fn write_without_an_idempotency_key_is_refused() {
    let running = running().await;
    let response = running.request(PATH).json(&json!({})).send().await.unwrap();
    let (status, problem) = read(response).await;
    assert_eq!(
        (status, &problem["code"]),
        (400, &json!("idempotency_key_missing"))
    );
    assert!(
        problem["hint"]
            .as_str()
            .unwrap()
            .contains("Idempotency-Key")
    );
    running.stop().await;
}
