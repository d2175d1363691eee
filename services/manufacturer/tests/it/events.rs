//! News as they come.

use reqwest::Method;
use serde_json::json;
use theriac_ledger::identifier::Timestamp;
use theriac_records::repository::news::{NewsKind, announce};
use theriac_records::{Database, DatabaseSettings};

use crate::running::{Running, running};

/// What another process has announced: it is in the database before a stream begins.
async fn announced(running: &Running, job: &str) {
    let settings = DatabaseSettings::new(&running.database);
    let database = Database::open(&settings).await.unwrap();
    let item = (NewsKind::JobEnded, job, json!({ "job": job }));
    announce(&database, Timestamp(1), item, &mut || "id".to_owned())
        .await
        .unwrap();
    database.close().await.unwrap();
}

#[actix_web::test]
async fn reader_that_comes_again_gets_what_came_since_and_the_stream_ends_at_the_shutdown() {
    let running = running().await;
    announced(&running, "first").await;
    announced(&running, "second").await;
    let request = running.plain(Method::GET, "/api/v1/events");
    let request = request
        .bearer_auth(&running.reader_key)
        .header("Last-Event-ID", "1");
    let mut response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let first = response.chunk().await.unwrap().unwrap();
    assert_eq!(
        std::str::from_utf8(&first).unwrap(),
        "id: 2\nevent: job_ended\ndata: {\"job\":\"second\"}\n\n"
    );
    running.stop().await;
    while let Ok(Some(_)) = response.chunk().await {}
}

#[actix_web::test]
async fn stream_needs_a_caller_who_may_read() {
    let running = running().await;
    let response = running
        .plain(Method::GET, "/api/v1/events")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 401);
    running.stop().await;
}
