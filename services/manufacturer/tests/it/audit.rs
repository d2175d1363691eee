//! The audit trail of a running service.

use reqwest::Method;
use serde_json::{Value, json};

use crate::running::{Running, read, running};

async fn trail(running: &Running) -> Vec<Value> {
    let cookie = running.sign_in("administrator").await;
    let (status, page) = running
        .by(&cookie, Method::GET, "/api/v1/audit", None)
        .await;
    assert_eq!(status, 200, "{page}");
    page["audit"].as_array().unwrap().clone()
}

fn row<'t>(trail: &'t [Value], who: &str, route: &str) -> &'t Value {
    let found = trail
        .iter()
        .find(|row| row["who"] == who && row["route"] == route);
    found.expect("the trail names every write")
}

#[actix_web::test]
async fn write_is_kept_with_who_whence_what_and_its_intents() {
    let running = running().await;
    let body = json!({
        "to": running.distributor,
        "purpose": "supply",
        "codes": ["(01)09506000134352(21)S1(10)B1"],
    });
    let path = "/api/v1/shipments";
    let response = running
        .post("one", &format!("{path}?wait_ms=0"), &body)
        .await;
    let id = response.headers()["x-request-id"]
        .to_str()
        .unwrap()
        .to_owned();
    let (status, answer) = read(response).await;
    assert_eq!(status, 202, "{answer}");
    let trail = trail(&running).await;
    let kept = row(&trail, "line-1", path);
    assert_eq!(kept["status"], 202);
    assert_eq!(kept["method"], "POST");
    assert_eq!(kept["address"], "127.0.0.1");
    assert_eq!(kept["request_id"], json!(id));
    assert_eq!(kept["intents"].as_array().unwrap().len(), 1);
    assert!(
        kept["meaning"].as_str().unwrap().starts_with("ship 1 pack"),
        "{kept}"
    );
    let of_the_line = trail.iter().filter(|row| row["who"] == "line-1").count();
    assert_eq!(of_the_line, 1, "one row for one write");
    running.stop().await;
}

#[actix_web::test]
async fn refused_writes_and_sign_ins_are_kept_without_their_secrets() {
    let running = running().await;
    let path = "/api/v1/recalls";
    let request = running.anonymous(path).bearer_auth(&running.reader_key);
    request.json(&json!({})).send().await.unwrap();
    running
        .anonymous(path)
        .json(&json!({}))
        .send()
        .await
        .unwrap();
    let secret = "a wrong secret of a user";
    for user in ["viewer", "nobody"] {
        let body = json!({ "user": user, "password": secret });
        let request = running.plain(Method::POST, "/api/v1/sessions");
        request.json(&body).send().await.unwrap();
    }
    let trail = trail(&running).await;
    let refused = row(&trail, "office", path);
    assert_eq!(refused["status"], 403);
    assert_eq!(
        refused["meaning"],
        "Recalls a batch. It cannot be taken back"
    );
    assert_eq!(row(&trail, "anonymous", path)["status"], 401);
    let sign_ins: Vec<_> = trail
        .iter()
        .filter(|row| row["route"] == "/api/v1/sessions" && row["status"] == 401)
        .map(|row| row["meaning"].as_str().unwrap())
        .collect();
    assert_eq!(sign_ins, ["sign in", "fail to sign in as user viewer"]);
    let first = row(&trail, "user:administrator", "/api/v1/sessions");
    assert_eq!(first["status"], 201);
    let text = serde_json::to_string(&trail).unwrap();
    assert!(!text.contains(secret) && !text.contains(&running.reader_key));
    running.stop().await;
}

#[actix_web::test]
async fn administration_is_kept_in_words_and_dry_runs_are_not() {
    let running = running().await;
    let cookie = running.sign_in("administrator").await;
    let body = json!({ "role": "approver", "disabled": true });
    let path = "/api/v1/users/viewer";
    running.by(&cookie, Method::PATCH, path, Some(&body)).await;
    let body = json!({ "to": running.distributor, "purpose": "supply", "codes": ["(01)09506000134352(21)S1"] });
    let response = running
        .post("x", "/api/v1/shipments?dry_run=true", &body)
        .await;
    assert_eq!(response.status(), 200);
    let trail = trail(&running).await;
    let kept = row(&trail, "user:administrator", "/api/v1/users/{name}");
    assert_eq!(
        kept["meaning"],
        "make user viewer approver; keep user viewer out"
    );
    assert!(trail.iter().all(|row| row["route"] != "/api/v1/shipments"));
    running.stop().await;
}

#[actix_web::test]
async fn only_administrators_read_the_trail() {
    let running = running().await;
    for user in ["viewer", "operator", "approver"] {
        let cookie = running.sign_in(user).await;
        let (status, _) = running
            .by(&cookie, Method::GET, "/api/v1/audit", None)
            .await;
        assert_eq!(status, 403, "{user}");
    }
    running.stop().await;
}
