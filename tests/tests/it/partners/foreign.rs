//! What belongs to others, in every request that writes, by the ledger's own word.

use serde_json::json;
use theriac_gs1::Sscc;
use theriac_ledger::testing::{Actor, gtin};
use theriac_servicekit::refusals::{Played, check_by_ledger};
use theriac_servicekit::{Foreign, OWN};
use theriac_testkit::service::Service;

use super::{Partners, text};
use crate::alone;

const LOT: &str = "F1";

/// Another maker has made a batch, packed a half of it, and sent that to another pharmacy.
async fn others(partners: &Partners) -> (Service, Foreign) {
    let mut maker = Service::prepare(
        &partners.network,
        "manufacturer",
        Actor::OtherMaker,
        &[1, 0],
    );
    maker.start().await;
    let item = gtin("9506001", 7);
    let product = json!({
        "gtin": item.to_string(), "name": "Mithridatium", "strength": "1 g",
        "form": "tablet", "pack_size": 10, "markets": ["IT"],
    });
    let (_, height) = maker.act("register", "/api/v1/products", &product).await;
    maker.follow(height).await;
    let batch = json!({
        "gtin": item.to_string(), "lot": LOT, "expiry": "2049-12-31",
        "manufactured": "2026-01-01", "count": 20,
    });
    let (_, height) = maker.act("commission", "/api/v1/batches", &batch).await;
    maker.follow(height).await;
    let half = json!({ "gtin": item.to_string(), "lot": LOT, "run": 0, "first": 0, "count": 10 });
    let (packed, height) = maker
        .act("pack", "/api/v1/packing", &json!({ "packs": [half] }))
        .await;
    maker.follow(height).await;
    let account = partners.account(Actor::OtherPharmacy);
    let case = text(&packed["sscc"]);
    let body = json!({ "to": account, "purpose": "supply", "units": [case] });
    let (shipped, height) = maker.act("ship", "/api/v1/shipments", &body).await;
    maker.follow(height).await;
    let listed = maker
        .get(&format!("/api/v1/batches/{item}/{LOT}/serials"))
        .await;
    let serial = text(&listed.body["serials"][15]["serial"]);
    let foreign = Foreign {
        gtin: item,
        lot: LOT.to_owned(),
        sscc: Sscc::parse(&case).expect("an SSCC"),
        shipment: text(&shipped["shipment"]).parse().expect("a shipment"),
        code: format!("(01){item}(21){serial}"),
        account,
    };
    for service in [&partners.maker, &partners.distributor, &partners.pharmacy] {
        service.follow(height).await;
    }
    partners.regulator.follow(height).await;
    (maker, foreign)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_belongs_to_others_is_written_by_any_service() {
    let _alone = alone().await;
    let partners = Partners::start(97).await;
    partners.supply_pharmacy().await;
    let (_other, foreign) = others(&partners).await;
    for (service, allowed, least) in [
        (&partners.maker, [].as_slice(), 15),
        (&partners.distributor, &[], 15),
        (&partners.pharmacy, &[], 15),
        // Any batch is the regulator's to recall.
        (&partners.regulator, &["create_recall"], 1),
    ] {
        let described = service.get("/api/openapi.json").await;
        let key = std::fs::read_to_string(service.key_file()).expect("the key of its user");
        let played = Played {
            url: service.address().to_owned(),
            openapi: serde_json::from_value(described.body).expect("a description"),
            reader_key: "",
            blind_key: "",
            database: "",
            foreign: &foreign,
            own: &OWN,
        };
        let count = check_by_ledger(&played, key.trim(), allowed).await;
        assert!(count >= least, "{count}");
    }
    // The other maker's packs are where they were.
    let path = format!("/api/v1/units/{}", foreign.sscc);
    let unit = partners.distributor.get(&path).await.body;
    assert_eq!(
        (&unit["state"], &unit["packs"]),
        (&json!("in_shipment"), &json!(10)),
        "{unit}"
    );
}
