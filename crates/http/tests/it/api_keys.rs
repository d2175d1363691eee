//! API keys as a client uses them.

use crate::running::{problem, small, start};

#[actix_web::test]
async fn known_key_names_its_user() {
    let running = start(&small());
    let request = running.client.get(running.at("/me"));
    let response = request.bearer_auth(&running.api_key).send().await.unwrap();
    assert_eq!(response.text().await.unwrap(), "line-1");
    running.stop().await.unwrap();
}

#[actix_web::test]
async fn missing_and_unknown_keys_are_refused_with_a_challenge() {
    let running = start(&small());
    let response = running.get("/me").await;
    assert_eq!(response.status(), 401);
    assert_eq!(response.headers()["www-authenticate"], "Bearer");
    assert_eq!(problem(response).await["code"], "credentials_missing");
    let request = running.client.get(running.at("/me"));
    let response = request.bearer_auth("thk_wrong").send().await.unwrap();
    assert_eq!(response.status(), 401);
    assert_eq!(problem(response).await["code"], "credentials_invalid");
    running.stop().await.unwrap();
}

#[actix_web::test]
async fn key_without_the_scope_is_forbidden() {
    let running = start(&small());
    let request = running.client.post(running.at("/recall"));
    let response = request.bearer_auth(&running.api_key).send().await.unwrap();
    assert_eq!(response.status(), 403);
    let body = problem(response).await;
    assert!(body["detail"].as_str().unwrap().contains("recall"));
    running.stop().await.unwrap();
}
