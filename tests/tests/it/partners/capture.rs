//! Documents of EPCIS events, and services that are killed in the middle of long work.

use serde_json::{Value, json};
use theriac_testkit::network::PATIENCE;
use theriac_testkit::service::Service;
use theriac_testkit::stock::test_product;
use theriac_testkit::wait::eventually;

use super::{PACKS, Partners, text};
use crate::alone;

const COMMISSIONING: &str = include_str!("../../../vectors/epcis/commissioning.json");
const PACKING: &str = include_str!("../../../vectors/epcis/packing.json");
/// Packs of the long work, in units of [`PER_UNIT`].
pub(super) const MANY: u32 = 4_000;
pub(super) const PER_UNIT: u32 = 100;

/// Posts a document; gives the id of its capture.
pub(super) async fn capture(service: &Service, name: &str, document: &Value) -> String {
    let answer = service.post(name, "/epcis/capture", document).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    let list = service.get("/epcis/capture?perPage=1").await;
    text(&list.body[0]["captureID"])
}

/// Waits until the ledger has decided a capture.
pub(super) async fn finished(service: &Service, id: &str) -> Value {
    eventually("the capture is finished", PATIENCE, || async {
        let job = service.try_get(&format!("/epcis/capture/{id}")).await?;
        (job.body["running"] == false).then_some(job.body)
    })
    .await
}

async fn packs_in_stock(service: &Service) -> u64 {
    let stock = service.get("/api/v1/stock").await;
    let lines = stock.body["stock"].as_array().expect("lines");
    lines
        .iter()
        .map(|line| line["packs"].as_u64().expect("a number"))
        .sum()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_documents_end_as_packs_in_a_case_on_a_pallet() {
    let _alone = alone().await;
    let partners = Partners::start(81).await;
    let maker = &partners.maker;
    for (name, document, steps) in [("packs", COMMISSIONING, 1), ("pallet", PACKING, 2)] {
        let document: Value = serde_json::from_str(document).expect("a document");
        let id = capture(maker, name, &document).await;
        let job = finished(maker, &id).await;
        assert_eq!(job["success"], true, "{job}");
        let progress = maker.get(&format!("/api/v1/jobs/{id}")).await.body;
        assert_eq!(progress["state"], "final", "{progress}");
        assert_eq!(progress["steps_final"], steps, "{progress}");
        // The same events again change nothing.
        let again = capture(maker, &format!("{name}-again"), &document).await;
        let job = finished(maker, &again).await;
        assert_eq!(job["success"], true, "{job}");
        let progress = maker.get(&format!("/api/v1/jobs/{again}")).await.body;
        assert_eq!(progress["steps"], 0, "{progress}");
    }
    assert_pallet(maker).await;

    let transformation = json!({
        "@context": [], "type": "EPCISDocument", "schemaVersion": "2.0",
        "creationDate": "2026-11-20T10:00:00Z",
        "epcisBody": { "eventList": [{
            "type": "TransformationEvent", "eventTime": "2026-11-20T09:00:00Z",
            "eventTimeZoneOffset": "+00:00",
            "inputEPCList": [link("E1-0001")], "outputEPCList": [link("E2-0001")],
        }] },
    });
    let id = capture(maker, "transformation", &transformation).await;
    let job = finished(maker, &id).await;
    assert_eq!(job["success"], false, "{job}");
    assert_eq!(job["errors"][0]["code"], "transformation_event_refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_others_wrote_captures_the_same_documents() {
    let _alone = alone().await;
    let partners = Partners::start(84).await;
    let maker = &partners.maker;
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = std::process::Command::new("node")
        .arg(root.join("epcis/capture.mjs"))
        .arg(format!("{}/epcis", maker.address()))
        .arg(maker.key_file())
        .args(
            ["commissioning", "packing"]
                .map(|name| root.join(format!("vectors/epcis/{name}.json"))),
        )
        .output()
        .expect("node starts; npm ci --prefix tests/epcis has run");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(packs_in_stock(maker).await, u64::from(PACKS) + 12);
    assert_pallet(maker).await;
}

/// The pallet of the documents: the packs of one batch, in one case.
async fn assert_pallet(maker: &Service) {
    let document: Value = serde_json::from_str(PACKING).expect("a document");
    let pallet = text(&document["epcisBody"]["eventList"][1]["parentID"]);
    let sscc = pallet.rsplit('/').next().expect("a link");
    let unit = maker.get(&format!("/api/v1/units/{sscc}")).await.body;
    assert_eq!(unit["packs"], 12, "{unit}");
    assert_eq!(unit["lots"][0]["lot"], "E1", "{unit}");
    assert_eq!(unit["units"].as_array().map(Vec::len), Some(1), "{unit}");
}

/// Reads a stream up to the first event of some kinds; gives its id and what it says.
pub(super) async fn next_event(events: &mut reqwest::Response, kinds: &[&str]) -> (String, Value) {
    let mut text = String::new();
    loop {
        let next = tokio::time::timeout(PATIENCE, events.chunk()).await;
        let chunk = next.expect("in time").expect("the stream goes on");
        let chunk = chunk.expect("the stream goes on");
        text.push_str(std::str::from_utf8(&chunk).expect("events are text"));
        while let Some((event, rest)) = text.split_once("\n\n") {
            let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
            if field("event: ").is_some_and(|kind| kinds.contains(&kind)) {
                let id = field("id: ").expect("events have ids").to_owned();
                let data = field("data: ").expect("events say something");
                return (id, serde_json::from_str(data).expect("JSON"));
            }
            text = rest.to_owned();
        }
    }
}

fn link(serial: &str) -> String {
    format!("https://id.gs1.org/01/{}/21/{serial}", test_product())
}

/// A document that makes [`MANY`] packs and puts them into units.
pub(super) fn long_document() -> Value {
    let base = |kind: &str, step: &str| {
        json!({
            "type": kind, "action": "ADD", "bizStep": step,
            "eventTime": "2026-11-20T09:00:00Z", "eventTimeZoneOffset": "+00:00",
        })
    };
    let links = |range: std::ops::Range<u32>| {
        let links = range.map(|number| Value::from(link(&format!("K{number:06}"))));
        Value::Array(links.collect())
    };
    let mut commissioning = base("ObjectEvent", "commissioning");
    commissioning["epcList"] = links(0..MANY);
    commissioning["ilmd"] = json!({
        "cbvmda:lotNumber": "KILL", "cbvmda:itemExpirationDate": "2049-12-31",
    });
    let mut events = vec![commissioning];
    for number in 0..MANY / PER_UNIT {
        let mut packing = base("AggregationEvent", "packing");
        let sscc = theriac_ledger::testing::sscc("9506000", 700_000 + number);
        packing["parentID"] = json!(format!("https://id.gs1.org/00/{sscc}"));
        packing["childEPCs"] = links(number * PER_UNIT..(number + 1) * PER_UNIT);
        events.push(packing);
    }
    json!({
        "@context": [], "type": "EPCISDocument", "schemaVersion": "2.0",
        "creationDate": "2026-11-20T10:00:00Z",
        "epcisBody": { "eventList": events },
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_killed_amid_a_capture_ends_with_exactly_what_was_intended() {
    let _alone = alone().await;
    let mut partners = Partners::start(82).await;
    let maker = &mut partners.maker;
    let id = capture(maker, "long", &long_document()).await;
    // Killed before it has read the document, while it reads, and while the ledger decides.
    let mut seen = None;
    for steps in [0, 1, 10] {
        let what = format!("{steps} steps of the capture are final");
        eventually(&what, PATIENCE, || async {
            let job = maker.try_get(&format!("/api/v1/jobs/{id}")).await?;
            assert_ne!(job.body["state"], "rejected", "{}", job.body);
            let done = job.body["steps_final"].as_u64()? >= steps;
            done.then_some(())
        })
        .await;
        let mut events = maker
            .follow_events(&format!("/api/v1/jobs/{id}/events"), seen.as_deref())
            .await;
        seen = Some(next_event(&mut events, &["progress", "finished"]).await.0);
        maker.kill();
        maker.start().await;
    }
    // Whoever watched goes on watching, from what was seen last.
    let mut events = maker
        .follow_events(&format!("/api/v1/jobs/{id}/events"), seen.as_deref())
        .await;
    let (_, progress) = next_event(&mut events, &["finished"]).await;
    assert_eq!(progress["packs_final"], MANY, "{progress}");
    let job = finished(maker, &id).await;
    assert_eq!(job["success"], true, "{job}");
    let progress = maker.get(&format!("/api/v1/jobs/{id}")).await.body;
    assert_eq!(progress["steps_final"], 1 + MANY / PER_UNIT, "{progress}");
    assert_eq!(progress["packs_final"], MANY, "{progress}");
    assert_eq!(packs_in_stock(maker).await, u64::from(MANY + PACKS));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_killed_amid_a_file_of_packs_makes_each_pack_once() {
    let _alone = alone().await;
    let mut partners = Partners::start(83).await;
    let maker = &mut partners.maker;
    let batch = json!({
        "gtin": test_product().to_string(), "lot": "KILL", "expiry": "2049-12-31",
        "manufactured": "2026-01-01", "count": 70_000,
    });
    let path = "/api/v1/batches?wait_ms=0";
    let kept = maker.post("long", path, &batch).await;
    assert_eq!(kept.status, 202, "{}", kept.body);
    maker.kill();
    maker.start().await;
    // Whoever lost the answer asks again, under the same key.
    let again = maker.post("long", path, &batch).await;
    assert_eq!(again.body["intent"], kept.body["intent"]);
    let job = format!("/api/v1/jobs/{}", text(&kept.body["intent"]));
    eventually("every pack is on the ledger", PATIENCE, || async {
        let job = maker.try_get(&job).await?;
        (job.body["state"] == "final").then_some(())
    })
    .await;
    assert_eq!(packs_in_stock(maker).await, 70_000 + u64::from(PACKS));
}
