//! Who counts as another person where a second one approves.

use reqwest::Method;
use serde_json::{Value, json};
use theriac_partner::draft::DraftKind;

use crate::running::{
    EXPIRY, GTIN, LOT, MANUFACTURED, PASSWORD, Running, cookie_of, read, running_with_approval,
};

const BATCHES: &str = "/api/v1/batches?wait_ms=0";
const PIN: &str = "2580";

fn batch() -> Value {
    json!({
        "gtin": GTIN, "lot": LOT, "expiry": EXPIRY, "manufactured": MANUFACTURED, "count": 5,
    })
}

/// A write in a session or with a key; the idempotency key is the draft's path or whatever else is named.
async fn write(
    running: &Running,
    by: impl Fn(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    name: &str,
    (path, body): (&str, &Value),
) -> (u16, Value) {
    let request = by(running.plain(Method::POST, path)).header("Idempotency-Key", name);
    read(request.json(body).send().await.unwrap()).await
}

async fn approve(running: &Running, user: &str, draft: &Value) -> (u16, Value) {
    let cookie = running.sign_in(user).await;
    let id = draft["draft"].as_str().unwrap();
    let path = format!("/api/v1/drafts/{id}/approval?wait_ms=0");
    let by = |request: reqwest::RequestBuilder| request.header("Cookie", &cookie);
    write(running, by, user, (&path, &json!({}))).await
}

#[actix_web::test]
async fn whoever_opened_the_till_does_not_approve_what_was_drafted_at_it() {
    let running = running_with_approval(&[DraftKind::Batches]).await;
    let cookie = running.sign_in("operator").await;
    let body = json!({ "password": PASSWORD, "pin": PIN });
    let path = "/api/v1/sessions/current/pin";
    let (status, _) = running.by(&cookie, Method::PUT, path, Some(&body)).await;
    assert_eq!(status, 204);
    let till = running.sign_in("approver").await;
    let request = running.plain(Method::POST, "/api/v1/sessions/current/switch");
    let body = json!({ "user": "operator", "pin": PIN });
    let response = request.header("Cookie", &till).json(&body).send().await;
    let till = cookie_of(&response.unwrap());
    let by = |request: reqwest::RequestBuilder| request.header("Cookie", &till);
    let (status, draft) = write(&running, by, "batch", (BATCHES, &batch())).await;
    assert_eq!(
        (status, &draft["author"]),
        (202, &json!("user:operator")),
        "{draft}"
    );
    let (status, problem) = approve(&running, "approver", &draft).await;
    assert_eq!((status, &problem["code"]), (403, &json!("forbidden")));
    let (status, answer) = approve(&running, "administrator", &draft).await;
    assert_eq!(status, 202, "{answer}");
    running.stop().await;
}

#[actix_web::test]
async fn whoever_made_a_key_does_not_approve_what_was_drafted_with_it_or_with_its_keys() {
    let running = running_with_approval(&[DraftKind::Batches]).await;
    let cookie = running.sign_in("administrator").await;
    let body = json!({ "name": "line-7", "scopes": ["write", "admin"] });
    let keys = "/api/v1/api-keys";
    let (status, first) = running.by(&cookie, Method::POST, keys, Some(&body)).await;
    assert_eq!(status, 201, "{first}");
    let first = first["api_key"].as_str().unwrap().to_owned();
    let by = |request: reqwest::RequestBuilder| request.bearer_auth(&first);
    let body = json!({ "name": "line-8", "scopes": ["write"] });
    let (status, second) = write(&running, by, "none", (keys, &body)).await;
    assert_eq!(status, 201, "{second}");
    let second = second["api_key"].as_str().unwrap().to_owned();
    for (name, key) in [("first", first), ("second", second)] {
        let by = |request: reqwest::RequestBuilder| request.bearer_auth(&key);
        let (status, draft) = write(&running, by, name, (BATCHES, &batch())).await;
        assert_eq!(status, 202, "{draft}");
        let (status, problem) = approve(&running, "administrator", &draft).await;
        assert_eq!((status, &problem["code"]), (403, &json!("forbidden")));
        let (status, answer) = approve(&running, "approver", &draft).await;
        assert_eq!(status, 202, "{answer}");
    }
    running.stop().await;
}
