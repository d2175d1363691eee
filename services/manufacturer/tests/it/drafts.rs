//! Requests that a second person approves.

use serde_json::{Value, json};
use theriac_crypto::Digest;
use theriac_ledger::action::{AnchorDigest, AnchorKind};
use theriac_ledger::identifier::Timestamp;
use theriac_partner::draft::DraftKind;
use theriac_records::repository::drafts::key_of_done;
use theriac_records::repository::intents::{NewIntent, RequestKey, store_intents};
use theriac_records::{Database, DatabaseSettings};

use crate::running::{EXPIRY, GTIN, LOT, MANUFACTURED, Running, read, running_with_approval};

const BATCHES: &str = "/api/v1/batches?wait_ms=0";

fn batch(count: u32) -> Value {
    json!({
        "gtin": GTIN, "lot": LOT, "expiry": EXPIRY, "manufactured": MANUFACTURED, "count": count,
    })
}

async fn open_intents(running: &Running) -> Value {
    let (_, status) = read(running.get("/api/v1/status").await).await;
    status["open_intents"].clone()
}

#[actix_web::test]
async fn draft_is_done_when_a_second_person_approves_it_and_only_once() {
    let running = running_with_approval(&[DraftKind::Batches]).await;
    let (status, draft) = read(running.post("batch", BATCHES, &batch(5)).await).await;
    assert_eq!((status, &draft["state"]), (202, &json!("open")), "{draft}");
    let words = draft["actions"][0].as_str().unwrap();
    assert!(words.starts_with("bring 5 packs into being"), "{words}");
    assert_eq!(draft["author"], "line-1");
    assert_eq!(open_intents(&running).await, 0, "nothing is done yet");
    let (_, again) = read(running.post("batch", BATCHES, &batch(5)).await).await;
    assert_eq!(again, draft);
    let (status, _) = read(running.post("batch", BATCHES, &batch(6)).await).await;
    assert_eq!(status, 409, "the key stands for another request");

    let path = format!("/api/v1/drafts/{}", draft["draft"].as_str().unwrap());
    let approval = format!("{path}/approval?wait_ms=0");
    let note = json!({ "note": "line clearance seen" });
    let (status, refused) = read(running.post("own", &approval, &note).await).await;
    assert_eq!(status, 403, "{refused}");
    for name in ["first", "second"] {
        let response = running.post_as_approver(name, &approval, &note).await;
        let (status, answer) = read(response).await;
        assert_eq!(status, 202, "{answer}");
        assert_eq!(answer["count"], 5);
        assert_eq!(open_intents(&running).await, 1, "done once");
    }
    let (_, decided) = read(running.get(&path).await).await;
    assert_eq!(decided["state"], "approved");
    assert_eq!(decided["decided_by"], "quality");
    assert_eq!(decided["note"], "line clearance seen");
    running.stop().await;
}

#[actix_web::test]
async fn approver_does_not_approve_a_draft_of_his_own() {
    let running = running_with_approval(&[DraftKind::Recalls]).await;
    let body = json!({ "gtin": GTIN, "lot": LOT, "class": 2, "notice": "Broken seals." });
    let response = running
        .post_as_approver("recall", "/api/v1/recalls", &body)
        .await;
    let (status, draft) = read(response).await;
    assert_eq!((status, &draft["kind"]), (202, &json!("recalls")));
    let path = format!(
        "/api/v1/drafts/{}/approval",
        draft["draft"].as_str().unwrap()
    );
    let (status, problem) = read(running.post_as_approver("own", &path, &json!({})).await).await;
    assert_eq!((status, &problem["code"]), (403, &json!("forbidden")));
    assert_eq!(open_intents(&running).await, 0);
    running.stop().await;
}

#[actix_web::test]
async fn declined_draft_is_not_done_and_its_author_may_take_it_back() {
    let running = running_with_approval(&[DraftKind::Batches]).await;
    for (name, is_author) in [("declined", false), ("taken-back", true)] {
        let (_, draft) = read(running.post(name, BATCHES, &batch(5)).await).await;
        let path = format!("/api/v1/drafts/{}", draft["draft"].as_str().unwrap());
        let refusal = format!("{path}/refusal");
        let key = format!("refuse-{name}");
        let response = if is_author {
            running.post(&key, &refusal, &json!({})).await
        } else {
            running.post_as_approver(&key, &refusal, &json!({})).await
        };
        let (status, declined) = read(response).await;
        assert_eq!((status, &declined["state"]), (200, &json!("declined")));
        let response = running
            .post_as_approver("late", &format!("{path}/approval"), &json!({}))
            .await;
        let (status, _) = read(response).await;
        assert_eq!(status, 409, "{name}");
    }
    let (_, open) = read(running.get("/api/v1/drafts?state=open").await).await;
    assert_eq!(open["drafts"], json!([]));
    let (_, page) = read(running.get("/api/v1/drafts?limit=1").await).await;
    assert_eq!(page["drafts"].as_array().unwrap().len(), 1);
    let next = page["next"].as_str().unwrap();
    let (_, rest) = read(running.get(&format!("/api/v1/drafts?cursor={next}")).await).await;
    assert_eq!(rest["drafts"].as_array().unwrap().len(), 1);
    assert_ne!(rest["drafts"][0]["draft"], page["drafts"][0]["draft"]);
    assert_eq!(open_intents(&running).await, 0);
    running.stop().await;
}

#[actix_web::test]
async fn draft_that_was_done_before_the_program_ended_is_not_declined_afterwards() {
    let running = running_with_approval(&[DraftKind::Batches]).await;
    let (_, draft) = read(running.post("batch", BATCHES, &batch(5)).await).await;
    let id = draft["draft"].as_str().unwrap();
    // What an approval stores, without the word that it was approved.
    let key = RequestKey {
        key: key_of_done(id),
        request: Digest::ZERO,
    };
    let settings = DatabaseSettings::new(&running.database);
    let db = Database::open(&settings).await.unwrap();
    let body = AnchorDigest {
        kind: AnchorKind::Event,
        digest: Digest::ZERO,
    };
    let intent = NewIntent::new("i1", body.into());
    store_intents(&db, Timestamp(1), Some(&key), &[intent])
        .await
        .unwrap();
    let refusal = format!("/api/v1/drafts/{id}/refusal");
    let response = running.post_as_approver("no", &refusal, &json!({})).await;
    let (status, problem) = read(response).await;
    assert_eq!(status, 409, "{problem}");
    assert_eq!(problem["detail"], "the draft was approved before");
    running.stop().await;
}

#[actix_web::test]
async fn dry_run_of_a_refusal_decides_nothing() {
    let running = running_with_approval(&[DraftKind::Batches]).await;
    let (_, draft) = read(running.post("batch", BATCHES, &batch(5)).await).await;
    let path = format!("/api/v1/drafts/{}", draft["draft"].as_str().unwrap());
    let refusal = format!("{path}/refusal?dry_run=true");
    let response = running.post_as_approver("try", &refusal, &json!({})).await;
    let (status, answer) = read(response).await;
    assert_eq!(
        (status, &answer["state"]),
        (200, &json!("open")),
        "{answer}"
    );
    let (_, kept) = read(running.get(&path).await).await;
    assert_eq!(kept["state"], "open");
    running.stop().await;
}

#[actix_web::test]
async fn file_and_document_wait_as_drafts_where_batches_do() {
    let running = running_with_approval(&[DraftKind::Batches]).await;
    let path = format!(
        "/api/v1/batches/csv?gtin={GTIN}&lot={LOT}&expiry={EXPIRY}&manufactured={MANUFACTURED}&wait_ms=0"
    );
    let response = running.post_csv(&path, "serial\nF1\nF2\n".to_owned());
    let (status, draft) = read(response.await).await;
    assert_eq!((status, &draft["kind"]), (202, &json!("batches")));
    let approval = format!(
        "/api/v1/drafts/{}/approval?wait_ms=0",
        draft["draft"].as_str().unwrap()
    );
    let response = running
        .post_as_approver("file", &approval, &json!({}))
        .await;
    let (status, answer) = read(response).await;
    assert_eq!((status, &answer["count"]), (202, &json!(2)), "{answer}");

    let document = json!({
        "@context": [], "type": "EPCISDocument", "schemaVersion": "2.0",
        "creationDate": "2026-11-20T10:00:00Z",
        "epcisBody": { "eventList": [{
            "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "storing",
            "eventTime": "2026-11-20T09:00:00Z", "eventTimeZoneOffset": "+00:00",
            "epcList": [format!("https://id.gs1.org/01/{GTIN}/21/S1")],
        }] },
    });
    let (status, draft) = read(running.post("events", "/epcis/capture", &document).await).await;
    assert_eq!((status, &draft["kind"]), (202, &json!("captures")));
    let approval = format!(
        "/api/v1/drafts/{}/approval",
        draft["draft"].as_str().unwrap()
    );
    let response = running
        .post_as_approver("events", &approval, &json!({}))
        .await;
    let (status, answer) = read(response).await;
    assert_eq!(status, 202, "{answer}");
    let location = answer["location"].as_str().unwrap();
    let (status, job) = read(running.get(location).await).await;
    assert_eq!((status, &job["success"]), (200, &json!(true)));
    running.stop().await;
}
