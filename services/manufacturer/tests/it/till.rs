//! A shared till that changes hands by PIN.

use reqwest::Method;
use serde_json::{Value, json};

use crate::running::{PASSWORD, Running, cookie_of, read, running};

const CURRENT: &str = "/api/v1/sessions/current";
const PIN: &str = "2580";

async fn set_pin(running: &Running, user: &str) {
    let cookie = running.sign_in(user).await;
    let body = json!({ "password": PASSWORD, "pin": PIN });
    let path = "/api/v1/sessions/current/pin";
    let (status, problem) = running.by(&cookie, Method::PUT, path, Some(&body)).await;
    assert_eq!(status, 204, "{problem}");
}

async fn switch(running: &Running, cookie: &str, user: &str, pin: &str) -> (u16, String, Value) {
    let request = running.plain(Method::POST, "/api/v1/sessions/current/switch");
    let request = request.header("Cookie", cookie);
    let body = json!({ "user": user, "pin": pin });
    let response = request.json(&body).send().await.unwrap();
    let cookie = if response.status() == 200 {
        cookie_of(&response)
    } else {
        String::new()
    };
    let (status, body) = read(response).await;
    (status, cookie, body)
}

#[actix_web::test]
async fn till_goes_to_whoever_gives_the_pin_and_never_carries_more_than_an_operator() {
    let running = running().await;
    set_pin(&running, "administrator").await;
    let till = running.sign_in("operator").await;
    let (status, switched, body) = switch(&running, &till, "administrator", PIN).await;
    assert_eq!(status, 200, "{body}");
    let (status, _) = running.by(&till, Method::GET, CURRENT, None).await;
    assert_eq!(status, 401, "the old token is of no use");
    let (_, session) = running.by(&switched, Method::GET, CURRENT, None).await;
    assert_eq!(session["caller"], "user:administrator");
    assert_eq!(session["opened_by"], "operator");
    assert_eq!(session["scopes"], json!(["read", "write"]));
    let (status, problem) = running
        .by(&switched, Method::GET, "/api/v1/users", None)
        .await;
    assert_eq!(status, 403);
    let hint = problem["hint"].as_str().unwrap();
    assert!(hint.starts_with("sign in with the password"), "{problem}");
    running.stop().await;
}

#[actix_web::test]
async fn till_that_comes_back_to_who_opened_it_carries_no_more_than_an_operator() {
    let running = running().await;
    set_pin(&running, "administrator").await;
    set_pin(&running, "operator").await;
    let till = running.sign_in("administrator").await;
    let (status, switched, body) = switch(&running, &till, "operator", PIN).await;
    assert_eq!(status, 200, "{body}");
    let (status, back, body) = switch(&running, &switched, "administrator", PIN).await;
    assert_eq!(status, 200, "{body}");
    let (_, session) = running.by(&back, Method::GET, CURRENT, None).await;
    assert_eq!(session["scopes"], json!(["read", "write"]), "{session}");
    let (status, _) = running.by(&back, Method::GET, "/api/v1/users", None).await;
    assert_eq!(status, 403);
    running.stop().await;
}

#[actix_web::test]
async fn till_that_guesses_pins_is_slowed_down() {
    let running = running().await;
    set_pin(&running, "approver").await;
    let till = running.sign_in("operator").await;
    for _ in 0..5 {
        let (status, _, problem) = switch(&running, &till, "approver", "1397").await;
        assert_eq!((status, &problem["code"]), (401, &json!("sign_in_refused")));
    }
    let (status, _, problem) = switch(&running, &till, "approver", PIN).await;
    assert_eq!(status, 429, "{problem}");
    running.stop().await;
}

#[actix_web::test]
async fn user_without_a_pin_takes_no_till() {
    let running = running().await;
    let till = running.sign_in("operator").await;
    let (status, _, _) = switch(&running, &till, "viewer", PIN).await;
    assert_eq!(status, 401);
    let (status, _) = running.by(&till, Method::GET, CURRENT, None).await;
    assert_eq!(status, 200, "the till stays with whom it was");
    let request = running.plain(Method::POST, "/api/v1/sessions/current/switch");
    let request = request.bearer_auth(&running.key);
    let body = json!({ "user": "viewer", "pin": PIN });
    let (status, _) = read(request.json(&body).send().await.unwrap()).await;
    assert_eq!(status, 403, "an API key has no session");
    running.stop().await;
}
