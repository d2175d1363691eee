//! Documents of EPCIS events.

use serde_json::{Value, json};

use crate::running::{EXPIRY, GTIN, LOT, MANUFACTURED, Running, faults, read, running};

const PALLET: &str = "https://id.gs1.org/00/395060001343520009";

fn document(events: &[Value]) -> Value {
    json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-11-20T10:00:00Z",
        "epcisBody": { "eventList": events },
    })
}

fn event(kind: &str, action: &str, step: &str) -> Value {
    json!({
        "type": kind, "action": action, "bizStep": step,
        "eventTime": "2026-11-20T09:00:00Z", "eventTimeZoneOffset": "+00:00",
    })
}

fn packs(serials: &[&str]) -> Value {
    serials
        .iter()
        .map(|serial| Value::from(format!("https://id.gs1.org/01/{GTIN}/21/{serial}")))
        .collect()
}

fn commissioning(serials: &[&str]) -> Value {
    let mut event = event("ObjectEvent", "ADD", "commissioning");
    event["epcList"] = packs(serials);
    event["ilmd"] = json!({ "cbvmda:lotNumber": LOT, "cbvmda:itemExpirationDate": EXPIRY });
    event
}

fn packing(serials: &[&str]) -> Value {
    let mut event = event("AggregationEvent", "ADD", "packing");
    event["parentID"] = json!(sscc());
    event["childEPCs"] = packs(serials);
    event
}

/// A unit under the maker's company prefix, with the check digit that it needs.
fn sscc() -> String {
    let stem = &PALLET[..PALLET.len() - 1];
    ('0'..='9')
        .map(|digit| format!("{stem}{digit}"))
        .find(|link| theriac_gs1::DigitalLink::parse(link).is_ok())
        .unwrap()
}

async fn capture(running: &Running, name: &str, document: &Value) -> String {
    let response = running.post(name, "/epcis/capture", document).await;
    assert_eq!(response.status(), 202);
    assert_eq!(response.headers()["gs1-epcis-version"], "2.0");
    response.headers()["location"].to_str().unwrap().to_owned()
}

/// The job behind a capture, once its document was read.
async fn planned(running: &Running, location: &str) -> Value {
    let id = location.rsplit('/').next().unwrap();
    let path = format!("/api/v1/jobs/{id}/events");
    let mut stream = running.get(&path).await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let mut text = String::new();
    loop {
        let part = stream.chunk().await.unwrap();
        let part = part.expect("a stream goes on until its job is over");
        text.push_str(std::str::from_utf8(&part).unwrap());
        let whole = text.rfind("\n\n").map_or("", |end| &text[..end]);
        let last = whole.lines().rfind(|line| line.starts_with("data: "));
        let Some(last) = last else { continue };
        let job: Value = serde_json::from_str(&last["data: ".len()..]).unwrap();
        if job["steps"] != 0 || job["state"] != "running" {
            return job;
        }
    }
}

#[actix_web::test]
async fn document_becomes_one_plan_in_which_packs_come_first() {
    let running = running().await;
    let mut stored = event("ObjectEvent", "OBSERVE", "storing");
    stored["epcList"] = packs(&["S1"]);
    let events = [
        packing(&["N1", "N2", "N3"]),
        commissioning(&["N1", "N2"]),
        stored,
        commissioning(&["N3"]),
    ];
    let response = running
        .request("/epcis/capture?dry_run=true")
        .json(&document(&events))
        .send()
        .await
        .unwrap();
    let (status, plan) = read(response).await;
    assert_eq!(status, 200, "{plan}");
    let words: Vec<&str> = plan["actions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|words| words.as_str().unwrap())
        .collect();
    assert!(words[0].starts_with("bring 3 packs into being as run 1"));
    assert!(words[1].starts_with("put 3 packs into unit"), "{words:?}");
    assert!(words[2].starts_with("anchor event ni:///sha-256;"));
    assert_eq!(words.len(), 3);

    let location = capture(&running, "document", &document(&events)).await;
    let job = planned(&running, &location).await;
    assert_eq!(
        (&job["state"], &job["steps"]),
        (&json!("running"), &json!(3))
    );
    assert_eq!(job["packs"], 3);
    let again = capture(&running, "document", &document(&events)).await;
    assert_eq!(again, location);
    let (status, kept) = read(running.get(&location).await).await;
    assert_eq!(status, 200, "{kept}");
    assert_eq!(
        (&kept["running"], &kept["success"]),
        (&json!(true), &json!(true))
    );
    let (_, list) = read(running.get("/epcis/capture").await).await;
    assert_eq!(list, json!([kept]));
    running.stop().await;
}

#[actix_web::test]
async fn events_that_were_captured_change_nothing_and_are_decided_with_the_first() {
    let running = running().await;
    let events = [commissioning(&["N1", "N2"])];
    let first = capture(&running, "first", &document(&events)).await;
    planned(&running, &first).await;
    let second = capture(&running, "second", &document(&events)).await;
    assert_ne!(first, second);
    // Documents are read in their order: once this one is refused, the second was read.
    let refused = event("TransformationEvent", "ADD", "assembling");
    let third = capture(&running, "third", &document(&[refused])).await;
    assert_eq!(planned(&running, &third).await["state"], "rejected");
    let id = second.rsplit('/').next().unwrap();
    let (_, job) = read(running.get(&format!("/api/v1/jobs/{id}")).await).await;
    let open = (&json!("running"), &json!(0));
    assert_eq!(
        (&job["state"], &job["steps"]),
        open,
        "no node decides the first"
    );
    let (_, status) = read(running.get("/api/v1/status").await).await;
    assert_eq!(status["open_intents"], 1);
    running.stop().await;
}

#[actix_web::test]
async fn wrong_event_refuses_the_document_or_only_itself() {
    let running = running().await;
    let events = [
        commissioning(&["N1", "S1"]),
        commissioning(&["N2"]),
        event("TransformationEvent", "ADD", "assembling"),
        packing(&["N2", "N9"]),
    ];
    let location = capture(&running, "whole", &document(&events)).await;
    let job = planned(&running, &location).await;
    assert_eq!(job["state"], "rejected");
    let (_, capture_job) = read(running.get(&location).await).await;
    assert_eq!(capture_job["running"], false);
    let expected = [
        ("epcisBody.eventList[0].epcList[1]", "serial_taken"),
        ("epcisBody.eventList[2]", "transformation_event_refused"),
        ("epcisBody.eventList[3].childEPCs[1]", "pack_unknown"),
    ];
    let mut found = faults(&capture_job);
    found.sort();
    assert_eq!(
        found,
        expected.map(|(at, code)| (at.to_owned(), code.to_owned()))
    );
    let (_, status) = read(running.get("/api/v1/status").await).await;
    assert_eq!(status["open_intents"], 0, "nothing was kept");

    let response = running
        .request("/epcis/capture")
        .header("GS1-Capture-Error-Behaviour", "proceed")
        .json(&document(&events))
        .send()
        .await
        .unwrap();
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let job = planned(&running, &location).await;
    assert_eq!(job["steps"], 1, "the one right event: {job}");
    running.stop().await;
}

#[actix_web::test]
async fn pack_of_a_refused_event_is_no_other_pack() {
    let running = running().await;
    let mut wrong = commissioning(&["N1"]);
    wrong["ilmd"]["cbvmda:itemExpirationDate"] = json!("2050-01-31");
    let mut destroying = event("ObjectEvent", "DELETE", "destroying");
    destroying["epcList"] = packs(&["N1"]);
    let response = running
        .request("/epcis/capture")
        .header("GS1-Capture-Error-Behaviour", "proceed")
        .json(&document(&[wrong, destroying]))
        .send()
        .await
        .unwrap();
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let job = planned(&running, &location).await;
    assert_eq!(job["steps"], 0, "nothing is done to any pack: {job}");
    let (_, capture_job) = read(running.get(&location).await).await;
    let expected = [
        ("epcisBody.eventList[0].ilmd", "expiry_differs"),
        ("epcisBody.eventList[1].epcList[0]", "pack_unknown"),
    ];
    let mut found = faults(&capture_job);
    found.sort();
    assert_eq!(
        found,
        expected.map(|(at, code)| (at.to_owned(), code.to_owned()))
    );
    running.stop().await;
}

#[actix_web::test]
async fn event_with_packs_of_two_products_is_taken_whole_or_not_at_all() {
    let running = running().await;
    let other = commissioning(&["N1"]);
    let mut mixed = commissioning(&["N2"]);
    mixed["ilmd"]["cbvmda:itemExpirationDate"] = json!("2050-01-31");
    mixed["epcList"]
        .as_array_mut()
        .unwrap()
        .insert(0, json!("https://id.gs1.org/01/09506000134376/21/N3"));
    let response = running
        .request("/epcis/capture")
        .header("GS1-Capture-Error-Behaviour", "proceed")
        .json(&document(&[other, mixed]))
        .send()
        .await
        .unwrap();
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let job = planned(&running, &location).await;
    assert_eq!(
        (&job["steps"], &job["packs"]),
        (&json!(1), &json!(1)),
        "{job}"
    );
    let (_, capture_job) = read(running.get(&location).await).await;
    let at = "epcisBody.eventList[1].ilmd".to_owned();
    assert_eq!(faults(&capture_job), [(at, "lot_data_differ".to_owned())]);
    running.stop().await;
}

#[actix_web::test]
async fn transformation_event_is_refused_by_name() {
    let running = running().await;
    let mut transformation = event("TransformationEvent", "ADD", "assembling");
    transformation.as_object_mut().unwrap().remove("action");
    transformation["inputEPCList"] = packs(&["S1"]);
    transformation["outputEPCList"] = packs(&["S2"]);
    let response = running
        .request("/epcis/capture?dry_run=true")
        .json(&document(&[transformation]))
        .send()
        .await
        .unwrap();
    let (status, problem) = read(response).await;
    assert_eq!(status, 422, "{problem}");
    assert_eq!(problem["type"], "epcisException:ValidationException");
    let at = "epcisBody.eventList[0]".to_owned();
    assert_eq!(
        faults(&problem),
        [(at, "transformation_event_refused".to_owned())]
    );
    let words = problem["errors"][0]["detail"].as_str().unwrap();
    assert!(words.contains("TransformationEvent"), "{words}");
    running.stop().await;
}

#[actix_web::test]
async fn what_is_no_document_is_refused_at_once_under_the_standards_names() {
    let running = running().await;
    for (body, status) in [
        ("{", 400),
        ("[]", 422),
        (r#"{"type":"EPCISDocument"}"#, 422),
    ] {
        let response = running.request("/epcis/capture").body(body).send().await;
        let (found, problem) = read(response.unwrap()).await;
        assert_eq!(found, status, "{body}: {problem}");
        assert_eq!(problem["type"], "epcisException:ValidationException");
    }
    let response = running.anonymous("/epcis/capture").body("{}").send().await;
    let (status, problem) = read(response.unwrap()).await;
    assert_eq!(
        (status, &problem["type"]),
        (401, &json!("epcisException:SecurityException"))
    );
    let path = "/epcis/capture/00000000-0000-4000-8000-000000000000";
    let (status, problem) = read(running.get(path).await).await;
    assert_eq!(
        (status, &problem["type"]),
        (404, &json!("epcisException:NoSuchResourceException"))
    );
    let (status, _) = read(running.get("/api/v1/jobs/none").await).await;
    assert_eq!(status, 404);
    running.stop().await;
}

#[actix_web::test]
async fn batch_is_a_job_that_counts_its_packs() {
    let running = running().await;
    let body = json!({
        "gtin": GTIN, "lot": LOT, "expiry": EXPIRY, "manufactured": MANUFACTURED, "count": 70_000,
    });
    let response = running.post("batch", "/api/v1/batches?wait_ms=0", &body);
    let (status, kept) = read(response.await).await;
    assert_eq!(status, 202, "{kept}");
    let path = format!("/api/v1/jobs/{}", kept["intent"].as_str().unwrap());
    let (status, job) = read(running.get(&path).await).await;
    assert_eq!(status, 200, "{job}");
    let counts = (&job["steps"], &job["packs"], &job["packs_final"]);
    assert_eq!(counts, (&json!(3), &json!(70_000), &json!(0)));
    running.stop().await;
}
