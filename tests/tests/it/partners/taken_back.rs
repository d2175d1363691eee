//! What is taken back, ended, declined, or done only once a second person agrees.

use reqwest::Method;
use serde_json::{Value, json};
use theriac_ledger::testing::Actor;
use theriac_testkit::network::PATIENCE;
use theriac_testkit::service::Service;
use theriac_testkit::stock::test_product;
use theriac_testkit::wait::eventually;

use super::caller::{Caller, Reply};
use super::staff::{PASSWORD, first_administrator};
use super::{LOT, PACKS, Partners, text};
use crate::alone;

const CANCEL: &str = "/api/v1/cancellations";
const COMMISSIONING: &str = include_str!("../../../vectors/epcis/commissioning.json");
/// Packs of that document.
const CAPTURED: u64 = 12;
const DECOMMISSION: &str = "/api/v1/decommissions";
const DRAFTS: &str = "/api/v1/drafts";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_shipment_is_cancelled_and_packs_are_decommissioned_for_good() {
    let _alone = alone().await;
    let partners = Partners::start(131).await;
    cancel(&partners).await;
    decommission(&partners).await;
}

async fn cancel(partners: &Partners) {
    let (maker, distributor) = (&partners.maker, &partners.distributor);
    let (shipment, height) = partners.ship_pallet().await;
    distributor.follow(height).await;
    maker.follow(height).await;
    let body = json!({ "shipment": shipment });
    let refused = distributor.post("not-mine", CANCEL, &body).await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (409, &"not_sender".into())
    );
    let unknown = json!({ "shipment": "00".repeat(32) });
    let refused = maker.post("unknown", CANCEL, &unknown).await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (409, &"unknown_shipment".into())
    );

    let (_, height) = maker.act("cancel", CANCEL, &body).await;
    for service in [maker, distributor] {
        service.follow(height).await;
        let listed = service.get("/api/v1/shipments?state=cancelled").await.body;
        assert_eq!(
            listed["shipments"][0]["shipment"],
            shipment.as_str(),
            "{listed}"
        );
        let open = service.get("/api/v1/shipments?state=open").await.body;
        assert_eq!(open["shipments"], json!([]), "{open}");
    }
    let unit = maker
        .get(&format!("/api/v1/units/{}", partners.pallet))
        .await
        .body;
    let own = partners.account(Actor::Maker);
    assert_eq!(unit["holder"]["account"], own.as_str(), "{unit}");
    assert_eq!(unit["shipment"], Value::Null, "{unit}");
    // It is over for both: nothing is received, nothing is taken back twice, and the goods can leave again.
    let late = distributor.post("late", "/api/v1/receipts", &body).await;
    assert_eq!(late.status, 422, "{}", late.body);
    let fault = &late.body["errors"][0]["code"];
    assert_eq!(*fault, "shipment_not_open", "{}", late.body);
    let again = maker.post("again", CANCEL, &body).await;
    assert_eq!(
        (again.status, &again.body["code"]),
        (409, &"shipment_resolved".into())
    );
    let to = partners.account(Actor::Distributor);
    let body = json!({ "to": to, "purpose": "supply", "units": [partners.pallet] });
    let (_, height) = maker.act("ship-again", "/api/v1/shipments", &body).await;
    distributor.follow(height).await;
    let body = json!({ "sscc": partners.pallet });
    let (_, height) = distributor.act("receive", "/api/v1/receipts", &body).await;
    distributor.follow(height).await;
}

async fn decommission(partners: &Partners) {
    let distributor = &partners.distributor;
    for (position, reason) in ["destroyed", "stolen", "missing", "damaged", "exported"]
        .iter()
        .enumerate()
    {
        let body = json!({ "codes": [partners.code(position)], "reason": reason });
        let (_, height) = distributor.act(reason, DECOMMISSION, &body).await;
        distributor.follow(height).await;
        partners.regulator.follow(height).await;
        let path = format!("/api/v1/provenance/packs?code={}", partners.code(position));
        let found = partners.regulator.get(&path).await.body;
        assert_eq!(found["pack"]["status"], *reason, "{found}");
    }
    let stock = distributor.get("/api/v1/stock").await.body;
    let lines = stock["stock"].as_array().expect("lines").iter();
    let active = lines.filter(|line| line["status"] == "active");
    let active: u64 = active.filter_map(|line| line["packs"].as_u64()).sum();
    assert_eq!(active, u64::from(PACKS) - 5, "{stock}");

    let body =
        |position, reason: &str| json!({ "codes": [partners.code(position)], "reason": reason });
    for (name, body, status, at) in [
        ("twice", body(0, "destroyed"), 409, None),
        ("reason", body(6, "sold"), 422, Some("reason")),
        (
            "unknown",
            json!({ "codes": ["x"], "reason": "stolen" }),
            422,
            Some("codes[0]"),
        ),
    ] {
        let refused = distributor.post(name, DECOMMISSION, &body).await;
        assert_eq!(refused.status, status, "{name}: {}", refused.body);
        if let Some(at) = at {
            assert_eq!(refused.body["errors"][0]["at"], at, "{}", refused.body);
        }
    }
    // Whoever does not hold the pack ends it no more.
    let foreign = body(7, "destroyed");
    let refused = partners.maker.post("foreign", DECOMMISSION, &foreign).await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (409, &"pack_not_held".into())
    );
}

/// The people of the maker: one who asks, and one who approves.
struct People<'p> {
    maker: &'p Service,
    bob: Caller,
    eve: Caller,
}

impl<'p> People<'p> {
    async fn hire(maker: &'p Service) -> Self {
        let ada = maker.sign_in("ada", PASSWORD).await;
        for (name, role) in [("bob", "operator"), ("eve", "approver")] {
            let user = json!({ "name": name, "role": role, "password": PASSWORD });
            let added = maker.post_as(&ada, name, "/api/v1/users", &user).await;
            assert_eq!(added.status, 201, "{}", added.body);
        }
        let bob = maker.sign_in("bob", PASSWORD).await;
        let eve = maker.sign_in("eve", PASSWORD).await;
        Self {
            maker,
            bob: Caller::with_session(maker, &bob),
            eve: Caller::with_session(maker, &eve),
        }
    }

    /// What bob asks for waits for somebody else; gives the draft.
    async fn ask(&self, name: &str, path: &str, body: &Value) -> String {
        let asked = self
            .bob
            .post_with(("Idempotency-Key", name), path, body)
            .await;
        assert_eq!(asked.status, 202, "{}", asked.text);
        let draft = asked.json();
        assert_eq!(draft["state"], "open", "{draft}");
        let own = self.decide(&self.bob, "approval", &draft["draft"]).await;
        own.assert_refused(403, "forbidden");
        text(&draft["draft"])
    }

    /// Approves or declines.
    async fn decide(&self, who: &Caller, how: &str, draft: &Value) -> Reply {
        let draft = text(draft);
        let note = json!({ "note": "seen" });
        let path = format!("{DRAFTS}/{draft}/{how}");
        who.post_with(("Idempotency-Key", &draft[..32]), &path, &note)
            .await
    }

    async fn draft(&self, id: &str) -> Value {
        self.maker.get(&format!("{DRAFTS}/{id}")).await.body
    }

    async fn packs(&self) -> u64 {
        let stock = self.maker.get("/api/v1/stock").await.body;
        let lines = stock["stock"].as_array().expect("lines").iter();
        lines.filter_map(|line| line["packs"].as_u64()).sum()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recalls_and_documents_wait_for_a_second_person_who_may_decline() {
    let _alone = alone().await;
    let mut partners = Partners::start(132).await;
    let maker = &mut partners.maker;
    maker.stop();
    let kinds = json!({ "needed_for": ["batches", "captures", "recalls"] });
    maker.set_section("approval", &kinds);
    first_administrator(maker);
    maker.start().await;
    let people = People::hire(&partners.maker).await;
    decline(&people).await;
    approve_a_document(&people).await;
    approve_a_recall(&partners, &people).await;
}

async fn decline(people: &People<'_>) {
    let batch = json!({
        "gtin": test_product().to_string(), "lot": "NOT-MADE", "expiry": "2049-12-31",
        "manufactured": "2026-01-01", "count": 5,
    });
    for (name, who, by) in [
        ("by-eve", &people.eve, "user:eve"),
        ("by-bob", &people.bob, "user:bob"),
    ] {
        let id = people.ask(name, "/api/v1/batches", &batch).await;
        let draft = id.as_str().into();
        let declined = people.decide(who, "refusal", &draft).await;
        assert_eq!(declined.status, 200, "{}", declined.text);
        let shown = people.draft(&id).await;
        assert_eq!(shown["state"], "declined", "{shown}");
        assert_eq!(
            (&shown["decided_by"], &shown["note"]),
            (&by.into(), &"seen".into())
        );
        let late = people.decide(&people.eve, "approval", &draft).await;
        late.assert_refused(409, "conflict");
    }
    let declined = people
        .maker
        .get(&format!("{DRAFTS}?state=declined"))
        .await
        .body;
    assert_eq!(
        declined["drafts"].as_array().map(Vec::len),
        Some(2),
        "{declined}"
    );
    assert_eq!(people.packs().await, u64::from(PACKS));
}

async fn approve_a_document(people: &People<'_>) {
    let document: Value = serde_json::from_str(COMMISSIONING).expect("a document");
    let id = people.ask("document", "/epcis/capture", &document).await;
    assert_eq!(people.packs().await, u64::from(PACKS));
    let approved = people
        .decide(&people.eve, "approval", &id.as_str().into())
        .await;
    assert!(approved.status < 300, "{}", approved.text);
    let job = text(&approved.json()["location"]);
    let job = eventually("the document is captured", PATIENCE, || async {
        let job = people.maker.try_get(&job).await?;
        (job.body["running"] == false).then_some(job.body)
    })
    .await;
    assert_eq!(job["success"], true, "{job}");
    eventually("the stock has the packs", PATIENCE, || async {
        (people.packs().await == u64::from(PACKS) + CAPTURED).then_some(())
    })
    .await;
    let late = people
        .decide(&people.bob, "refusal", &id.as_str().into())
        .await;
    late.assert_refused(409, "conflict");
}

async fn approve_a_recall(partners: &Partners, people: &People<'_>) {
    let recall = json!({
        "gtin": test_product().to_string(), "lot": LOT, "class": 1,
        "notice": "A foreign tablet was found.",
    });
    let id = people.ask("recall", "/api/v1/recalls", &recall).await;
    let path = format!("/api/v1/recalls/{}/{LOT}", test_product());
    assert_eq!(partners.maker.get(&path).await.status, 404);
    let approved = people
        .decide(&people.eve, "approval", &id.as_str().into())
        .await;
    assert_eq!(approved.status, 200, "{}", approved.text);
    assert_eq!(approved.json()["state"], "final", "{}", approved.text);
    let shown = people.draft(&id).await;
    assert_eq!(
        (&shown["state"], &shown["decided_by"]),
        (&"approved".into(), &"user:eve".into())
    );
    eventually("everybody hears of the recall", PATIENCE, || async {
        let found = partners.regulator.try_get(&path).await?;
        (found.body["class"] == 1).then_some(())
    })
    .await;
    let left = people
        .bob
        .send(Method::POST, &format!("{DRAFTS}/{id}/nothing"), &json!({}))
        .await;
    left.assert_refused(404, "not_found");
}
