//! Users and their sessions.

use reqwest::Method;
use serde_json::{Value, json};

use crate::running::{PASSWORD, cookie_of, read, running};

const CURRENT: &str = "/api/v1/sessions/current";

#[actix_web::test]
async fn person_signs_in_acts_and_signs_out() {
    let running = running().await;
    let cookie = running.sign_in("operator").await;
    let (status, session) = running.by(&cookie, Method::GET, CURRENT, None).await;
    assert_eq!(status, 200, "{session}");
    assert_eq!(session["caller"], "user:operator");
    assert_eq!(session["user"]["role"], "operator");
    assert_eq!(session["scopes"], json!(["read", "write"]));
    assert_eq!(session["service"], "manufacturer");
    let (status, _) = running
        .by(&cookie, Method::GET, "/api/v1/stock", None)
        .await;
    assert_eq!(status, 200);
    let (status, _) = running.by(&cookie, Method::DELETE, CURRENT, None).await;
    assert_eq!(status, 204);
    let (status, problem) = running.by(&cookie, Method::GET, CURRENT, None).await;
    assert_eq!((status, &problem["code"]), (401, &json!("session_ended")));
    running.stop().await;
}

#[actix_web::test]
async fn cookie_is_closed_to_scripts_and_to_other_sites() {
    let running = running().await;
    let body = json!({ "user": "viewer", "password": PASSWORD });
    let request = running.plain(Method::POST, "/api/v1/sessions");
    let response = request.json(&body).send().await.unwrap();
    let set = response.headers()["set-cookie"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(set.starts_with("theriac_manufacturer="), "{set}");
    assert!(set.contains("; HttpOnly; SameSite=Strict; "), "{set}");
    running.stop().await;
}

#[actix_web::test]
async fn wrong_name_and_wrong_password_are_refused_alike_and_soon_not_at_all() {
    let running = running().await;
    let mut refusals = Vec::new();
    for user in ["nobody", "viewer"] {
        let body = json!({ "user": user, "password": "not the right one" });
        let request = running.plain(Method::POST, "/api/v1/sessions");
        let (status, problem) = read(request.json(&body).send().await.unwrap()).await;
        refusals.push((status, problem["code"].clone(), problem["detail"].clone()));
    }
    assert_eq!(refusals[0], refusals[1]);
    assert_eq!(refusals[0].0, 401);
    let mut last = 401;
    for _ in 0..5 {
        let body = json!({ "user": "viewer", "password": "not the right one" });
        let request = running.plain(Method::POST, "/api/v1/sessions");
        let response = request.json(&body).send().await.unwrap();
        last = response.status().as_u16();
    }
    assert_eq!(last, 429);
    running.stop().await;
}

#[actix_web::test]
async fn write_that_a_browser_sends_for_another_origin_is_refused() {
    let running = running().await;
    let cookie = running.sign_in("administrator").await;
    for (name, value, expected) in [
        ("Sec-Fetch-Site", "cross-site", 403),
        ("Sec-Fetch-Site", "same-site", 403),
        ("Origin", "http://127.0.0.1:1", 403),
        ("Sec-Fetch-Site", "same-origin", 422),
    ] {
        let request = running.plain(Method::POST, "/api/v1/users");
        let request = request.header("Cookie", &cookie).header(name, value);
        let (status, problem) = read(request.json(&json!({})).send().await.unwrap()).await;
        assert_eq!(status, expected, "{name}: {value}: {problem}");
    }
    running.stop().await;
}

#[actix_web::test]
async fn administrator_adds_changes_and_keeps_out_users() {
    let running = running().await;
    let cookie = running.sign_in("administrator").await;
    let anna = json!({ "name": "anna", "role": "viewer", "password": PASSWORD });
    let users = "/api/v1/users";
    let (status, answer) = running.by(&cookie, Method::POST, users, Some(&anna)).await;
    assert_eq!(
        (status, &answer["role"]),
        (201, &json!("viewer")),
        "{answer}"
    );
    let (status, problem) = running.by(&cookie, Method::POST, users, Some(&anna)).await;
    assert_eq!((status, &problem["code"]), (409, &json!("conflict")));
    let annas = running.sign_in("anna").await;
    let path = "/api/v1/users/anna";
    let change = json!({ "role": "operator" });
    let (status, answer) = running
        .by(&cookie, Method::PATCH, path, Some(&change))
        .await;
    assert_eq!((status, &answer["role"]), (200, &json!("operator")));
    let (_, session) = running.by(&annas, Method::GET, CURRENT, None).await;
    assert_eq!(session["user"]["role"], "operator", "at once");
    let change = json!({ "disabled": true });
    running
        .by(&cookie, Method::PATCH, path, Some(&change))
        .await;
    let (status, _) = running.by(&annas, Method::GET, CURRENT, None).await;
    assert_eq!(status, 401);
    let body = json!({ "user": "anna", "password": PASSWORD });
    let request = running.plain(Method::POST, "/api/v1/sessions");
    assert_eq!(request.json(&body).send().await.unwrap().status(), 401);
    running.stop().await;
}

#[actix_web::test]
async fn last_administrator_stays() {
    let running = running().await;
    let cookie = running.sign_in("administrator").await;
    let path = "/api/v1/users/administrator";
    for change in [json!({ "disabled": true }), json!({ "role": "viewer" })] {
        let (status, problem) = running
            .by(&cookie, Method::PATCH, path, Some(&change))
            .await;
        assert_eq!(status, 409, "{problem}");
        assert!(
            problem["detail"].as_str().unwrap().contains("last"),
            "{problem}"
        );
    }
    running.stop().await;
}

#[actix_web::test]
async fn every_wrong_field_of_a_new_user_is_named() {
    let running = running().await;
    let cookie = running.sign_in("administrator").await;
    let body = json!({ "name": "An na", "role": "viewer", "password": "short" });
    let (status, problem) = running
        .by(&cookie, Method::POST, "/api/v1/users", Some(&body))
        .await;
    assert_eq!(status, 422, "{problem}");
    let at: Vec<&Value> = problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| &e["at"])
        .collect();
    assert_eq!(at, ["name", "password"]);
    let hint = problem["hint"].as_str().unwrap();
    assert!(hint.starts_with("errors names each field"), "{problem}");
    running.stop().await;
}

#[actix_web::test]
async fn new_password_ends_every_other_session() {
    let running = running().await;
    let first = running.sign_in("operator").await;
    let second = running.sign_in("operator").await;
    let body = json!({ "password": PASSWORD, "new_password": "another horse battery" });
    let request = running.plain(Method::PUT, "/api/v1/sessions/current/password");
    let request = request.header("Cookie", &first).json(&body);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    let fresh = cookie_of(&response);
    for (cookie, expected) in [(&first, 401), (&second, 401), (&fresh, 200)] {
        let (status, _) = running.by(cookie, Method::GET, CURRENT, None).await;
        assert_eq!(status, expected);
    }
    running.stop().await;
}

#[actix_web::test]
async fn lists_of_users_come_in_pages() {
    let running = running().await;
    let cookie = running.sign_in("administrator").await;
    let mut path = "/api/v1/users?limit=3".to_owned();
    let mut names = Vec::new();
    loop {
        let request = running.plain(Method::GET, &path).header("Cookie", &cookie);
        let response = request.send().await.unwrap();
        let link = response.headers().get("link").cloned();
        let (_, page) = read(response).await;
        for user in page["users"].as_array().unwrap() {
            names.push(user["name"].as_str().unwrap().to_owned());
        }
        let Some(link) = link else {
            assert!(page["next"].is_null());
            break;
        };
        let link = link.to_str().unwrap();
        path = link[1..link.find('>').unwrap()].to_owned();
        assert!(path.contains(page["next"].as_str().unwrap()), "{path}");
    }
    assert_eq!(names, ["administrator", "approver", "operator", "viewer"]);
    let (status, _) = running
        .by(&cookie, Method::GET, "/api/v1/users?cursor=nonsense", None)
        .await;
    assert_eq!(status, 400);
    running.stop().await;
}
