//! What goes well.

use serde_json::{Value, json};
use theriac_ledger::testing::Actor;
use theriac_testkit::service::Service;
use theriac_testkit::stock::test_product;

use super::{LOT, Partners};
use crate::alone;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pallet_is_received_but_for_a_damaged_case_that_goes_back() {
    let _alone = alone().await;
    let partners = Partners::start(61).await;
    let (_, height) = partners.ship_pallet().await;
    let (maker, distributor) = (&partners.maker, &partners.distributor);

    distributor.follow(height).await;
    let inbound = distributor.get("/api/v1/shipments?direction=in").await;
    assert_eq!(
        inbound.body["shipments"].as_array().map(Vec::len),
        Some(1),
        "{}",
        inbound.body
    );
    let damaged = &partners.cases[3];
    let body = json!({
        "sscc": partners.pallet, "except": [{ "units": [damaged], "reason": "damaged" }],
    });
    let (received, height) = distributor.act("receive", "/api/v1/receipts", &body).await;
    let rest = received["rest"].as_str().expect("a rest shipment");
    distributor.follow(height).await;
    assert_eq!(held(distributor).await, 30);

    // The rest is an open shipment, which the distributor refuses: the maker holds it again.
    let body = json!({ "shipment": rest, "reason": "damaged" });
    let (_, height) = distributor.act("refuse", "/api/v1/rejections", &body).await;
    maker.follow(height).await;
    assert_eq!(held(maker).await, 10);
    let case = maker.get(&format!("/api/v1/units/{damaged}")).await;
    let own = partners.account(Actor::Maker);
    assert_eq!(
        case.body["holder"]["account"],
        own.as_str(),
        "{}",
        case.body
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pack_is_dispensed_once_undone_locked_and_recalled() {
    let _alone = alone().await;
    let partners = Partners::start(62).await;
    partners.supply_pharmacy().await;
    let pharmacy = &partners.pharmacy;
    assert_eq!(held(pharmacy).await, 10);

    let pack = json!({ "codes": [partners.code(0)] });
    let mut steps = 0;
    let mut act = async |path: &str, body: &Value| {
        steps += 1;
        let name = format!("step-{steps}");
        let (_, height) = pharmacy.act(&name, path, body).await;
        pharmacy.follow(height).await;
        height
    };
    act("/api/v1/dispensings", &pack).await;
    let again = pharmacy.post("again", "/api/v1/dispensings", &pack).await;
    assert_eq!(again.status, 409, "{}", again.body);
    assert_eq!(again.body["code"], "already_scanned", "{}", again.body);
    act("/api/v1/dispensings/undo", &pack).await;
    let suspect = json!({ "codes": [partners.code(0)], "reason": "suspect" });
    act("/api/v1/locks", &suspect).await;
    let locked = pharmacy.post("locked", "/api/v1/dispensings", &pack).await;
    assert_eq!(locked.status, 409, "{}", locked.body);
    act("/api/v1/unlocks", &pack).await;
    act("/api/v1/dispensings", &pack).await;

    // The regulator recalls the batch, and keeps the words of its notice.
    let regulator = &partners.regulator;
    let notice = "Tablets of this batch may crumble.";
    let recall = json!({
        "gtin": test_product().to_string(), "lot": LOT, "class": 2, "notice": notice,
    });
    let (_, height) = regulator.act("recall", "/api/v1/recalls", &recall).await;
    regulator.follow(height).await;
    let path = format!("/api/v1/recalls/{}/{LOT}", test_product());
    let recalled = regulator.get(&path).await;
    assert_eq!(recalled.body["notice"], notice, "{}", recalled.body);
    partners.maker.follow(height).await;
    let elsewhere = partners.maker.get(&path).await;
    assert_eq!(elsewhere.status, 200);
    assert_eq!(elsewhere.body["notice"], Value::Null);
    let digest = &elsewhere.body["notice_digest"];
    assert_eq!(*digest, recalled.body["notice_digest"]);

    pharmacy.follow(height).await;
    let other = json!({ "codes": [partners.code(1)] });
    let refused = pharmacy
        .post("recalled", "/api/v1/dispensings", &other)
        .await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert_eq!(refused.body["code"], "lot_recalled");
}

/// Packs that an account holds and has not sent away.
async fn held(service: &Service) -> u64 {
    let stock = service.get("/api/v1/stock").await;
    let lines = stock.body["stock"].as_array().expect("lines of stock");
    lines
        .iter()
        .filter(|line| line["in_transit"] == false)
        .filter_map(|line| line["packs"].as_u64())
        .sum()
}
