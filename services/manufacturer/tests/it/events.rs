//! News as they come.

use reqwest::Method;
use theriac_crypto::Digest;
use theriac_ledger::identifier::{AccountId, Timestamp};
use theriac_records::repository::captures::{
    CaptureState, ErrorBehaviour, NewCapture, mark_capture, store_capture,
};
use theriac_records::repository::news::gather;
use theriac_records::{Database, DatabaseSettings};

use crate::running::{Running, running};

/// A document that was captured and told of: it is in the database before a stream begins.
async fn captured(running: &Running, job: &str) {
    let settings = DatabaseSettings::new(&running.database);
    let database = Database::open(&settings).await.unwrap();
    let now = Timestamp(1);
    let new = NewCapture {
        id: job.to_owned(),
        caller: "user:anna".to_owned(),
        key: None,
        request: Digest::ZERO,
        document: "{}".to_owned(),
        events: 0,
        behaviour: ErrorBehaviour::Rollback,
    };
    store_capture(&database, now, &new).await.unwrap();
    mark_capture(&database, now, job, CaptureState::Finished, &[])
        .await
        .unwrap();
    // The first time tells of nothing where the service has not begun yet.
    for _ in 0..2 {
        let mut id = || "id".to_owned();
        gather(&database, &AccountId(Digest::ZERO), now, &mut id)
            .await
            .unwrap();
    }
    database.close().await.unwrap();
}

#[actix_web::test]
async fn reader_that_comes_again_gets_what_came_since_and_the_stream_ends_at_the_shutdown() {
    let running = running().await;
    captured(&running, "first").await;
    captured(&running, "second").await;
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
        "id: 2\nevent: job_ended\ndata: {\"job\":\"second\",\"state\":\"final\"}\n\n"
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
