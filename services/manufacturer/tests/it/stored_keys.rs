//! API keys that an administrator makes and revokes.

use reqwest::Method;
use serde_json::json;

use crate::running::{read, running};

const KEYS: &str = "/api/v1/api-keys";

#[actix_web::test]
async fn key_is_shown_once_works_and_ends_at_once_when_revoked() {
    let running = running().await;
    let cookie = running.sign_in("administrator").await;
    let body = json!({ "name": "line-2", "scopes": ["read"] });
    let (status, made) = running.by(&cookie, Method::POST, KEYS, Some(&body)).await;
    assert_eq!(status, 201, "{made}");
    let key = made["api_key"].as_str().unwrap();
    let call = async |path: &str, method| {
        let request = running.plain(method, path).bearer_auth(key);
        read(
            request
                .header("Idempotency-Key", "k")
                .json(&json!({}))
                .send()
                .await
                .unwrap(),
        )
        .await
    };
    let (status, session) = call("/api/v1/sessions/current", Method::GET).await;
    assert_eq!(
        (status, &session["caller"]),
        (200, &json!("key:line-2")),
        "{session}"
    );
    let (status, problem) = call("/api/v1/recalls", Method::POST).await;
    assert_eq!(status, 403, "{problem}");
    let (_, list) = running.by(&cookie, Method::GET, KEYS, None).await;
    assert!(
        list["api_keys"][0]["last_used_at"].as_u64().unwrap() > 0,
        "{list}"
    );
    assert!(!list.to_string().contains(key));
    let path = format!("{KEYS}/{}", made["id"].as_str().unwrap());
    let (status, _) = running.by(&cookie, Method::DELETE, &path, None).await;
    assert_eq!(status, 204);
    let (status, problem) = call("/api/v1/sessions/current", Method::GET).await;
    assert_eq!(
        (status, &problem["code"]),
        (401, &json!("credentials_invalid"))
    );
    let (status, _) = running.by(&cookie, Method::DELETE, &path, None).await;
    assert_eq!(status, 404, "revoked before");
    let (status, _) = running.by(&cookie, Method::POST, KEYS, Some(&body)).await;
    assert_eq!(status, 409, "a name stands for one key");
    running.stop().await;
}

#[actix_web::test]
async fn key_without_scopes_or_with_unknown_ones_is_refused() {
    let running = running().await;
    let cookie = running.sign_in("administrator").await;
    for scopes in [json!([]), json!(["read", "fly"])] {
        let body = json!({ "name": "line-3", "scopes": scopes });
        let (status, problem) = running.by(&cookie, Method::POST, KEYS, Some(&body)).await;
        assert_eq!(status, 422, "{problem}");
    }
    running.stop().await;
}
