//! A pack's whole life by documents of EPCIS events alone, from the packaging line to the counter.

use std::process::Command;

use serde_json::{Value, json};
use theriac_crypto::Digest;
use theriac_ledger::action::{ActionBody, AnchorKind};
use theriac_ledger::testing::{Actor, sscc};
use theriac_ledger::transaction::details_digest;
use theriac_testkit::load::History;
use theriac_testkit::network::PATIENCE;
use theriac_testkit::oracle;
use theriac_testkit::service::Service;
use theriac_testkit::stock::test_product;
use theriac_testkit::wait::eventually;

use super::caller::Caller;
use super::{Partners, text};
use crate::alone;

const PROCEED: (&str, &str) = ("GS1-Capture-Error-Behaviour", "proceed");
const ROLLBACK: (&str, &str) = ("GS1-Capture-Error-Behaviour", "rollback");

/// A pack of the batch that the documents make, as events name it.
fn pack(number: u32) -> String {
    format!("https://id.gs1.org/01/{}/21/ST-{number:02}", test_product())
}

fn packs(numbers: std::ops::Range<u32>) -> Value {
    numbers.map(pack).collect()
}

/// A case or the pallet.
fn unit(number: u32) -> String {
    sscc("9506000", 800_000 + number).to_string()
}

fn unit_link(number: u32) -> String {
    format!("https://id.gs1.org/00/{}", unit(number))
}

/// An event with what every event has; `more` adds to it.
fn event(kind: &str, action: &str, step: &str, more: &Value) -> Value {
    let mut event = json!({
        "type": kind, "action": action, "bizStep": step,
        "eventTime": "2026-11-20T09:00:00Z", "eventTimeZoneOffset": "+00:00",
    });
    let members = event.as_object_mut().expect("an event is an object");
    let more = more.as_object().expect("members of an event");
    members.extend(
        more.iter()
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    event
}

fn object(action: &str, step: &str, more: &Value) -> Value {
    event("ObjectEvent", action, step, more)
}

fn document(events: &[Value]) -> Value {
    json!({
        "@context": [
            "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            { "cbvmda": "urn:epcglobal:cbv:mda:" },
        ],
        "type": "EPCISDocument", "schemaVersion": "2.0",
        "creationDate": "2026-11-20T10:00:00Z",
        "epcisBody": { "eventList": events },
    })
}

/// Captures a document; gives its job once the ledger has decided, and once the service knows it.
async fn capture(service: &Service, behaviour: (&'static str, &str), events: &[Value]) -> Value {
    let caller = Caller::with_own_key(service);
    let reply = caller
        .post_with(behaviour, "/epcis/capture", &document(events))
        .await;
    assert_eq!(reply.status, 202, "{}", reply.text);
    let job = reply.header("location").to_owned();
    eventually(&format!("{job} is finished"), PATIENCE, || async {
        let job = service.try_get(&job).await?;
        (job.body["running"] == false).then_some(job.body)
    })
    .await
}

async fn succeed(service: &Service, events: &[Value]) {
    let job = capture(service, ROLLBACK, events).await;
    assert_eq!(job["success"], true, "{job:#}");
    assert_eq!(job["errors"], json!([]), "{job:#}");
}

/// Waits until a service shows a unit as it should.
async fn until_unit(service: &Service, sscc: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    eventually(
        &format!("unit {sscc} is as it should"),
        PATIENCE,
        || async {
            let unit = service.try_get(&format!("/api/v1/units/{sscc}")).await?;
            (unit.status == 200 && is_so(&unit.body)).then_some(unit.body)
        },
    )
    .await
}

/// Waits until the regulator, who sees the ledger alone, finds packs of the batch in this status.
async fn until_status(partners: &Partners, numbers: &[u32], status: &str) {
    for number in numbers {
        let code = format!("(01){}(21)ST-{number:02}", test_product());
        let path = format!("/api/v1/provenance/packs?code={code}");
        eventually(&format!("pack {number} is {status}"), PATIENCE, || async {
            let found = partners.regulator.try_get(&path).await?;
            (found.body["pack"]["status"] == status).then_some(())
        })
        .await;
    }
}

/// The premises of an account, as events name them.
fn premises(partners: &Partners, actor: Actor) -> Value {
    let consortium = &partners.network.consortium;
    let own = consortium.account(actor);
    let mut accounts = consortium.records.accounts.iter();
    let account = accounts.find(|account| account.id == own);
    let gln = account.expect("every actor has premises").gln;
    json!([{ "type": "location", "destination": format!("https://id.gs1.org/414/{gln}") }])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packs_live_from_the_line_to_the_counter_by_documents_of_events_alone() {
    let _alone = alone().await;
    let partners = Partners::start(101).await;
    make_and_ship(&partners).await;
    receive_and_pass_on(&partners).await;
    dispense_hold_and_end(&partners).await;
    one_bad_event(&partners).await;
}

/// Twelve packs come into being, two cases and a pallet; one pack is taken out again and destroyed.
async fn make_and_ship(partners: &Partners) {
    let maker = &partners.maker;
    let aggregation = |action, step, parent, children: Value| {
        let more = json!({ "parentID": unit_link(parent), "childEPCs": children });
        event("AggregationEvent", action, step, &more)
    };
    let made = json!({
        "epcList": packs(0..12), "disposition": "active",
        "ilmd": { "cbvmda:lotNumber": "STEPS", "cbvmda:itemExpirationDate": "2049-12-31" },
    });
    let both = json!([unit_link(1), unit_link(2)]);
    succeed(
        maker,
        &[
            object("ADD", "commissioning", &made),
            aggregation("ADD", "packing", 1, packs(0..6)),
            aggregation("ADD", "packing", 2, packs(6..12)),
            aggregation("DELETE", "unpacking", 2, packs(11..12)),
            aggregation("ADD", "packing", 0, both),
        ],
    )
    .await;
    until_status(partners, &[0, 11], "active").await;
    let pallet = until_unit(maker, &unit(0), |unit| unit["packs"] == 11).await;
    assert_eq!(pallet["lots"][0]["lot"], "STEPS", "{pallet}");
    let destroyed = json!({ "epcList": packs(11..12), "disposition": "destroyed" });
    let to = premises(partners, Actor::Distributor);
    let shipped = json!({
        "epcList": [unit_link(0)], "disposition": "in_transit", "destinationList": to,
    });
    let ship = object("OBSERVE", "shipping", &shipped);
    let destroy = object("DELETE", "destroying", &destroyed);
    succeed(maker, &[destroy, ship.clone()]).await;
    // The lorry did not start, and leaves later.
    until_unit(maker, &unit(0), |unit| unit["shipment"].is_string()).await;
    let back = json!({ "epcList": [unit_link(0)] });
    succeed(maker, &[object("OBSERVE", "void_shipping", &back)]).await;
    until_unit(maker, &unit(0), |unit| unit["shipment"].is_null()).await;
    let mut later = ship;
    later["eventTime"] = "2026-11-20T11:00:00Z".into();
    succeed(maker, &[later]).await;
    until_status(partners, &[11], "destroyed").await;
}

/// The pallet arrives and is opened; one case goes on, the other stays: a pack of it is held and released, and that
/// it is stored is kept.
async fn receive_and_pass_on(partners: &Partners) {
    let distributor = &partners.distributor;
    until_unit(distributor, &unit(0), |unit| unit["shipment"].is_string()).await;
    let received = json!({ "epcList": [unit_link(0)], "disposition": "in_progress" });
    // No children: everything comes out.
    let opened = json!({ "parentID": unit_link(0) });
    let to = premises(partners, Actor::Pharmacy);
    let shipped = json!({ "epcList": [unit_link(1)], "destinationList": to });
    let held = json!({ "epcList": [pack(6)], "disposition": "non_conformant" });
    succeed(
        distributor,
        &[
            object("OBSERVE", "receiving", &received),
            event("AggregationEvent", "DELETE", "unpacking", &opened),
            object("OBSERVE", "shipping", &shipped),
            object("OBSERVE", "holding", &held),
        ],
    )
    .await;
    until_status(partners, &[6], "locked").await;
    let own = partners.account(Actor::Distributor);
    let case = until_unit(distributor, &unit(2), |unit| unit["inside"] == json!([])).await;
    assert_eq!(
        (&case["packs"], &case["holder"]["account"]),
        (&5.into(), &own.into()),
        "{case}"
    );

    let released = json!({ "epcList": [pack(6)], "disposition": "sellable_accessible" });
    let stored = json!({ "epcList": [unit_link(2)], "disposition": "sellable_accessible" });
    succeed(
        distributor,
        &[
            object("OBSERVE", "inspecting", &released),
            object("OBSERVE", "storing", &stored),
        ],
    )
    .await;
    until_status(partners, &[6], "active").await;
    assert_anchored(partners).await;
}

/// The one event that the ledger has no action for is kept by who captured it, and the chain has its salted hash.
async fn assert_anchored(partners: &Partners) {
    let chain = oracle::check(&partners.network, &History::default()).await;
    let transactions = chain.blocks.iter().flat_map(|block| &block.transactions);
    let anchored: Vec<_> = transactions
        .filter_map(|transaction| match &transaction.body {
            ActionBody::AnchorDigest(anchor) => Some(anchor),
            _ => None,
        })
        .collect();
    let (salt, hash) = kept_event(&partners.distributor, "storing");
    assert_eq!(anchored.len(), 1, "{anchored:?}");
    assert_eq!(anchored[0].kind, AnchorKind::Event);
    assert_eq!(
        anchored[0].digest,
        details_digest(&salt.0, &hash, &Digest::ZERO)
    );
}

/// Salt and hash of a captured event, which no interface shows.
fn kept_event(service: &Service, step: &str) -> (Digest, Digest) {
    let script = "import sqlite3, sys\n\
        db = sqlite3.connect(f'file:{sys.argv[1]}?mode=ro', uri=True, timeout=20)\n\
        events = db.execute('SELECT salt, hash FROM events WHERE document LIKE ?', [f'%{sys.argv[2]}%'])\n\
        [(salt, hash)] = events.fetchall()\n\
        print(salt.hex(), hash.hex())\n";
    let output = Command::new("python3")
        .args(["-c", script])
        .arg(service.folder().join("service.db"))
        .arg(step)
        .output()
        .expect("python3 starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let said = String::from_utf8(output.stdout).expect("text");
    let (salt, hash) = said.trim().split_once(' ').expect("two digests");
    let digest = |text: &str| text.parse().expect("a digest in hexadecimal");
    (digest(salt), digest(hash))
}

/// The pharmacy receives a case; packs are dispensed, held, and end; one dispensing did not happen after all.
async fn dispense_hold_and_end(partners: &Partners) {
    let pharmacy = &partners.pharmacy;
    until_unit(pharmacy, &unit(1), |unit| unit["shipment"].is_string()).await;
    let of = |number: u32, disposition: &str| json!({ "epcList": [pack(number)], "disposition": disposition });
    let received = json!({ "epcList": [unit_link(1)] });
    let mistaken = object("OBSERVE", "dispensing", &of(1, "dispensed"));
    succeed(
        pharmacy,
        &[
            object("OBSERVE", "receiving", &received),
            object("OBSERVE", "dispensing", &of(0, "dispensed")),
            mistaken.clone(),
            object("OBSERVE", "holding", &of(2, "damaged")),
            object("DELETE", "decommissioning", &of(3, "stolen")),
        ],
    )
    .await;
    for (number, status) in [
        (0, "dispensed"),
        (1, "dispensed"),
        (2, "locked"),
        (3, "stolen"),
    ] {
        until_status(partners, &[number], status).await;
    }
    let mut undone = mistaken;
    undone["errorDeclaration"] = json!({
        "declarationTime": "2026-11-20T09:30:00Z", "reason": "did_not_occur",
    });
    succeed(pharmacy, &[undone]).await;
    until_status(partners, &[1], "active").await;
    let scanned = json!({ "codes": [format!("(01){}(21)ST-01", test_product())] });
    let scanned = pharmacy.post("scan", "/api/v1/scans", &scanned).await.body;
    assert_eq!(scanned["scans"][0]["answer"], "ACTIVE", "{scanned}");
}

/// One bad event keeps a whole document off the ledger, unless the caller says that the others go on.
async fn one_bad_event(partners: &Partners) {
    let pharmacy = &partners.pharmacy;
    let dispensing = |number| {
        let more = json!({ "epcList": [pack(number)], "disposition": "dispensed" });
        object("OBSERVE", "dispensing", &more)
    };
    let transformation = json!({
        "type": "TransformationEvent", "eventTime": "2026-11-20T09:00:00Z",
        "eventTimeZoneOffset": "+00:00",
        "inputEPCList": [pack(5)], "outputEPCList": [pack(77)],
    });
    for (behaviour, bad, code) in [
        (
            ROLLBACK,
            transformation.clone(),
            "transformation_event_refused",
        ),
        (ROLLBACK, dispensing(99), "pack_unknown"),
        (PROCEED, transformation, "transformation_event_refused"),
    ] {
        let job = capture(pharmacy, behaviour, &[dispensing(4), bad]).await;
        assert_eq!(job["success"], false, "{job:#}");
        assert_eq!(job["captureErrorBehaviour"], behaviour.1, "{job:#}");
        assert_eq!(job["errors"].as_array().map(Vec::len), Some(1), "{job:#}");
        assert_eq!(job["errors"][0]["code"], code, "{job:#}");
        let at = text(&job["errors"][0]["at"]);
        assert!(at.starts_with("epcisBody.eventList[1]"), "{job:#}");
        let status = if behaviour == PROCEED {
            "dispensed"
        } else {
            "active"
        };
        until_status(partners, &[4], status).await;
    }
    until_status(partners, &[5], "active").await;
}
