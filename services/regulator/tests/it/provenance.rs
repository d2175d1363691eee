//! The story of a lot, read back.

use serde_json::{Value, json};
use theriac_crypto::Digest;
use theriac_ledger::action::{Dispense, Pack, Purpose, RecallClass, RecallLot, Receive, Ship};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::ShipmentId;
use theriac_ledger::testing::{Actor, packs, sscc};

use crate::running::{Chain, number, serial};

/// Ten packs: five in a case that went to the distributor, one to the pharmacy, which dispensed it,
/// one on its way there, three at the maker; then the lot is recalled.
async fn story() -> Chain {
    let mut chain = Chain::new().await;
    let run = chain.commission("A/1", 10).await;
    let case = sscc("9506000", 1);
    let pack = Pack {
        sscc: case,
        packs: packs(run, &[(0, 5)]),
        units: BoundedList::empty(),
    };
    chain.act(Actor::Maker, pack).await;
    let ship = |chain: &Chain, to: Actor, packs, units: Vec<_>| Ship {
        to: chain.ledger.consortium.account(to),
        purpose: Purpose::Supply,
        packs,
        units: BoundedList::new(units).unwrap(),
    };
    let receive = |shipment| Receive {
        shipment,
        except: BoundedList::empty(),
    };
    let action = ship(&chain, Actor::Distributor, BoundedList::empty(), vec![case]);
    let shipment = ShipmentId::of_ship(&chain.act(Actor::Maker, action).await);
    chain.act(Actor::Distributor, receive(shipment)).await;
    let action = ship(&chain, Actor::Pharmacy, packs(run, &[(6, 1)]), vec![]);
    let shipment = ShipmentId::of_ship(&chain.act(Actor::Maker, action).await);
    chain.act(Actor::Pharmacy, receive(shipment)).await;
    let dispense = Dispense {
        packs: packs(run, &[(6, 1)]),
    };
    chain.act(Actor::Pharmacy, dispense).await;
    let action = ship(&chain, Actor::Pharmacy, packs(run, &[(7, 1)]), vec![]);
    chain.act(Actor::Maker, action).await;
    let recall = RecallLot {
        gtin: number(),
        lot: run.lot,
        class: RecallClass::One,
        notice: Digest::ZERO,
    };
    chain.act(Actor::Regulator, recall).await;
    chain
}

fn kinds(events: &Value) -> Vec<&str> {
    let events = events.as_array().unwrap();
    events
        .iter()
        .map(|event| event["kind"].as_str().unwrap())
        .collect()
}

fn pack_path(pack: u32) -> String {
    format!(
        "/api/v1/provenance/packs?code=(01){}(10)A%2F1(21){}",
        number(),
        serial(pack)
    )
}

#[actix_web::test]
async fn pack_is_followed_from_its_maker_to_the_patient() {
    let running = story().await.serve().await;
    let (status, body) = running.get(&pack_path(6)).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["pack"]["status"], "dispensed");
    assert_eq!(body["pack"]["holder"]["organisation"], "Farmacia San Marco");
    assert_eq!(body["pack"]["holder"]["direct"], true);
    assert_eq!(body["lot"]["state"], "recalled");
    assert_eq!(body["lot"]["recall_class"], 1);
    assert_eq!(
        kinds(&body["events"]),
        [
            "register_product",
            "commission_run",
            "ship",
            "receive",
            "dispense",
            "recall_lot"
        ]
    );
    let dispensed = &body["events"][4];
    assert_eq!(dispensed["organisation"], "Farmacia San Marco");
    assert_eq!(dispensed["height"], 8);
    assert_eq!(dispensed["index"], 0);
    assert!(
        dispensed["time"]
            .as_str()
            .unwrap()
            .starts_with("2026-01-01T00:00:")
    );
    assert_eq!(dispensed["signer"].as_str().unwrap().len(), 64);
    assert_eq!(dispensed["transaction"].as_str().unwrap().len(), 64);
    running.stop().await;
}

#[actix_web::test]
async fn pack_in_a_case_shares_the_history_of_the_case() {
    let running = story().await.serve().await;
    let (_, body) = running.get(&pack_path(2)).await;
    assert_eq!(body["pack"]["holder"]["organisation"], "Rialto Trade");
    assert_eq!(body["pack"]["holder"]["direct"], false);
    assert_eq!(
        kinds(&body["events"]),
        [
            "register_product",
            "commission_run",
            "pack",
            "ship",
            "receive",
            "recall_lot"
        ]
    );
    running.stop().await;
}

#[actix_web::test]
async fn code_that_says_something_else_than_the_record_is_answered_with_a_note() {
    let running = story().await.serve().await;
    let path = format!(
        "/api/v1/provenance/packs?code=(01){}(10)ZZ(21){}",
        number(),
        serial(2)
    );
    let (status, body) = running.get(&path).await;
    assert_eq!(status, 200);
    assert!(body["notes"][0].as_str().unwrap().contains("batch A/1"));
    running.stop().await;
}

#[actix_web::test]
async fn lot_is_counted_by_holder_and_status() {
    let running = story().await.serve().await;
    let path = format!("/api/v1/provenance/lots/{}/A%2F1", number());
    let (status, body) = running.get(&path).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["lot"]["manufacturer"], "Apotheke Venezia");
    let holders = body["holders"].as_array().unwrap();
    let find = |name: &str| {
        let holder = holders.iter().find(|holder| holder["organisation"] == name);
        holder.unwrap().clone()
    };
    assert_eq!(find("Rialto Trade")["count"], 5);
    assert_eq!(
        find("Farmacia San Marco")["by_status"],
        json!({ "dispensed": 1 })
    );
    let maker = find("Apotheke Venezia");
    assert_eq!(maker["by_status"], json!({ "active": 4 }));
    assert_eq!(maker["on_the_way"][0]["count"], 1);
    assert_eq!(
        maker["on_the_way"][0]["to"]["organisation"],
        "Farmacia San Marco"
    );
    assert_eq!(body["events"].as_array().unwrap().len(), 10);
    assert_eq!(body["height"], 10);
    running.stop().await;
}

#[actix_web::test]
async fn unit_shows_its_holder_contents_and_events() {
    let running = story().await.serve().await;
    let path = format!("/api/v1/provenance/units/{}", sscc("9506000", 1));
    let (status, body) = running.get(&path).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["unit"]["holder"]["organisation"], "Rialto Trade");
    assert_eq!(body["contents"]["packs"], 5);
    assert_eq!(body["contents"]["lots"][0]["lot"], "A/1");
    assert_eq!(body["contents"]["lots"][0]["state"], "recalled");
    assert_eq!(kinds(&body["events"]), ["pack", "ship", "receive"]);
    running.stop().await;
}
