//! What the service says of its own interface.

use reqwest::Method;
use serde_json::json;

use crate::running::{read, running};

#[actix_web::test]
async fn type_of_a_problem_leads_to_what_it_means() {
    let running = running().await;
    let (_, problem) = read(running.anonymous("/api/v1/recalls").send().await.unwrap()).await;
    let kind = problem["type"].as_str().unwrap();
    assert_eq!(kind, "/problems/credentials_missing");
    for path in [
        kind,
        "/problems/already_dispensed",
        "/problems/already_dispensed_here",
        "/problems/serial_taken",
    ] {
        let page = running.plain(Method::GET, path).send().await.unwrap();
        assert_eq!(page.status(), 200, "{path}");
        let page = page.text().await.unwrap();
        assert!(page.contains(&path["/problems/".len()..]), "{page}");
    }
    let request = running.plain(Method::GET, "/problems/lot_recalled");
    let request = request.header("Accept", "application/json");
    let (status, text) = read(request.send().await.unwrap()).await;
    assert_eq!((status, &text["status"]), (200, &json!(409)));
    let request = running.plain(Method::GET, "/problems/no_such_code");
    let (status, _) = read(request.send().await.unwrap()).await;
    assert_eq!(status, 404);
    running.stop().await;
}

#[actix_web::test]
async fn swagger_ui_comes_out_of_the_program_and_names_no_other_host() {
    let running = running().await;
    let get = async |path: &str| running.plain(Method::GET, path).send().await.unwrap();
    let page = get("/docs").await;
    assert!(page.url().path().ends_with("/docs/"));
    let policy = page.headers()["content-security-policy"]
        .to_str()
        .unwrap()
        .to_owned();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    let page = page.text().await.unwrap();
    assert!(page.contains("swagger-ui"), "{page}");
    assert!(
        !page.contains("http://") && !page.contains("https://"),
        "{page}"
    );
    let script = get("/docs/swagger-initializer.js")
        .await
        .text()
        .await
        .unwrap();
    assert!(script.contains("/api/openapi.json"), "{script}");
    assert!(!script.contains("https://"), "{script}");
    for file in ["swagger-ui.css", "swagger-ui-bundle.js", "index.css"] {
        assert_eq!(get(&format!("/docs/{file}")).await.status(), 200, "{file}");
    }
    assert_eq!(get("/docs/no-such-file").await.status(), 404);
    let (status, description) = read(get("/api/openapi.json").await).await;
    assert_eq!(status, 200);
    assert_eq!(description["info"]["title"], "Theriac manufacturer");
    assert!(description["paths"]["/api/v1/sessions"]["post"].is_object());
    running.stop().await;
}

#[actix_web::test]
async fn address_that_takes_other_methods_says_which() {
    let running = running().await;
    let request = running.plain(Method::DELETE, "/api/v1/products");
    let response = request
        .bearer_auth(&running.reader_key)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["allow"], "GET, POST");
    let (_, problem) = read(response).await;
    assert_eq!(problem["code"], "method_not_allowed");
    running.stop().await;
}
