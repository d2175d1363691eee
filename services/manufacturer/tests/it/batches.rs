//! Batches from files and by count.

use serde_json::json;

use crate::running::{EXPIRY, GTIN, MANUFACTURED, faults, read, running};

fn csv_path(lot: &str) -> String {
    format!(
        "/api/v1/batches/csv?gtin={GTIN}&lot={lot}&expiry={EXPIRY}&manufactured={MANUFACTURED}&dry_run=true"
    )
}

/// The same without the word that makes it a trial.
fn real_path(lot: &str) -> String {
    csv_path(lot).replace("&dry_run=true", "")
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |&(at, code): &(&str, &str)| (at.to_owned(), code.to_owned());
    pairs.iter().map(owned).collect()
}

#[actix_web::test]
async fn dry_run_names_every_bad_row() {
    let running = running().await;
    let file = "serial,gtin\nA1,09506000134352\nA1,09506000134352\nA 2,09506000134352\nA3,09506000134353\n,09506000134352\n";
    let response = running.post_csv(&csv_path("B2"), file.to_owned()).await;
    let (status, problem) = read(response).await;
    assert_eq!(status, 422, "{problem}");
    assert_eq!(problem["code"], "batch_rows_refused");
    let expected = [
        ("line 3", "serial_duplicate"),
        ("line 4", "serial_invalid"),
        ("line 5", "wrong_check_digit"),
        ("line 6", "serial_missing"),
    ];
    assert_eq!(faults(&problem), owned(&expected));
    running.stop().await;
}

#[actix_web::test]
async fn serial_of_this_or_another_batch_of_the_product_is_named_with_its_line() {
    let running = running().await;
    for lot in ["B1", "B2"] {
        let response = running
            .post_csv(&csv_path(lot), "serial\nNEW1\nS17\n".to_owned())
            .await;
        let (status, problem) = read(response).await;
        assert_eq!(status, 422, "{problem}");
        assert_eq!(
            faults(&problem),
            owned(&[("line 3", "serial_taken")]),
            "{lot}"
        );
    }
    running.stop().await;
}

#[actix_web::test]
async fn dry_run_of_a_good_file_says_what_it_would_do_and_keeps_nothing() {
    let running = running().await;
    let response = running
        .post_csv(&csv_path("B2"), "serial\nNEW1\nNEW2\n".to_owned())
        .await;
    let (status, body) = read(response).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["dry_run"], true);
    let words = body["actions"][0].as_str().unwrap();
    assert!(words.contains("2 packs"), "{words}");
    let (_, state) = read(running.get("/api/v1/status").await).await;
    assert_eq!(state["open_intents"], 0);
    running.stop().await;
}

#[actix_web::test]
async fn file_over_the_limit_is_refused() {
    let running = running().await;
    let file = "x".repeat(8 * 1024 * 1024 + 1);
    let (status, problem) = read(running.post_csv(&csv_path("B2"), file).await).await;
    assert_eq!(status, 413, "{problem}");
    running.stop().await;
}

#[actix_web::test]
async fn dry_run_names_malformed_and_taken_rows_in_the_order_of_the_file() {
    let running = running().await;
    let file = "serial\nS17\nA 2\nNEW1\nS18\n".to_owned();
    let (status, problem) = read(running.post_csv(&csv_path("B2"), file).await).await;
    assert_eq!(status, 422, "{problem}");
    let expected = [
        ("line 2", "serial_taken"),
        ("line 3", "serial_invalid"),
        ("line 5", "serial_taken"),
    ];
    assert_eq!(faults(&problem), owned(&expected));
    running.stop().await;
}

#[actix_web::test]
async fn a_bad_file_leaves_nothing_when_it_is_sent_for_good() {
    let running = running().await;
    let file = "serial\nGOOD1\nS17\n".to_owned();
    let (status, problem) = read(running.post_csv(&real_path("B2"), file).await).await;
    assert_eq!(status, 422, "{problem}");
    assert_eq!(faults(&problem), owned(&[("line 3", "serial_taken")]));
    let (_, state) = read(running.get("/api/v1/status").await).await;
    assert_eq!(state["open_intents"], 0);
    running.stop().await;
}

#[actix_web::test]
async fn expired_batch_is_refused() {
    let running = running().await;
    let body = json!({
        "gtin": GTIN, "lot": "OLD", "expiry": "2020-01-31", "manufactured": "2019-01-01", "count": 1,
    });
    let (status, problem) = read(running.post("a", "/api/v1/batches", &body).await).await;
    assert_eq!(status, 422, "{problem}");
    assert_eq!(faults(&problem), owned(&[("expiry", "lot_expired")]));
    running.stop().await;
}

#[actix_web::test]
async fn batch_of_an_unknown_product_is_refused() {
    let running = running().await;
    let body = json!({
        "gtin": "04012345123456", "lot": "B2", "expiry": EXPIRY, "manufactured": MANUFACTURED,
        "count": 1,
    });
    let (status, problem) = read(running.post("b", "/api/v1/batches", &body).await).await;
    assert_eq!(status, 422, "{problem}");
    assert_eq!(faults(&problem), owned(&[("gtin", "product_unknown")]));
    running.stop().await;
}

#[actix_web::test]
async fn more_packs_than_one_call_makes_are_refused() {
    let running = running().await;
    let body = json!({
        "gtin": GTIN, "lot": "B2", "expiry": EXPIRY, "manufactured": MANUFACTURED, "count": 100_001,
    });
    let (status, problem) = read(running.post("c", "/api/v1/batches", &body).await).await;
    assert_eq!(status, 422, "{problem}");
    assert_eq!(faults(&problem), owned(&[("count", "out_of_bounds")]));
    running.stop().await;
}
