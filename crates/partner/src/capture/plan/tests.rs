//! Plans of documents over a ledger in memory.

use serde_json::{Value, json};
use theriac_gs1::Sscc;
use theriac_http::problem::ROW_ERRORS_MAX;
use theriac_ledger::action::Purpose;
use theriac_ledger::testing::{Actor, sscc};
use theriac_records::repository::intents::{NewIntent, store_intents};

use super::*;
use crate::capture::document;
use crate::testing::{TestDesk, document as text_of, event, item, pack_link, unit_link};

const BACK: (Actor, Actor) = (Actor::Pharmacy, Actor::Distributor);

async fn planned(desk: &Desk, behaviour: ErrorBehaviour, events: &[Value]) -> CapturePlan {
    let read = document::read(text_of(events).as_bytes(), desk.clock.now_ms()).unwrap();
    plan(desk, "c1", read, behaviour).await.unwrap()
}

fn codes(plan: &CapturePlan) -> Vec<(String, String)> {
    let (errors, _) = plan.errors.clone().into_errors();
    errors
        .into_iter()
        .map(|error| (error.at, error.code))
        .collect()
}

fn of_packs(action: &str, step: &str, disposition: &str, positions: &[u32]) -> Value {
    let mut event = event("ObjectEvent", action, step);
    event["disposition"] = json!(disposition);
    event["epcList"] = positions.iter().map(|at| pack_link(*at)).collect();
    event
}

fn dispensing(positions: &[u32]) -> Value {
    of_packs("OBSERVE", "dispensing", "dispensed", positions)
}

/// A shipment to the pharmacy of these tests.
fn shipping(desk: &TestDesk, things: Value) -> Value {
    let to = desk.ledger.consortium.account(Actor::Pharmacy);
    let accounts = &desk.ledger.consortium.records.accounts;
    let gln = accounts
        .iter()
        .find(|account| account.id == to)
        .map(|account| account.gln)
        .unwrap();
    let mut event = event("ObjectEvent", "OBSERVE", "shipping");
    event["epcList"] = things;
    event["destinationList"] = json!([
        { "type": "location", "destination": format!("https://id.gs1.org/414/{gln}") }
    ]);
    event
}

/// The pharmacy has got packs 0 to 19 from the distributor, and sent 0 to 4 back.
async fn sent_back(seed: u64) -> (TestDesk, ShipmentId) {
    let mut desk = TestDesk::new(seed, 40).await;
    for (way, ranges) in [
        ((Actor::Maker, Actor::Distributor), [(0, 40)]),
        ((Actor::Distributor, Actor::Pharmacy), [(0, 20)]),
    ] {
        let shipment = desk.ship(way, Purpose::Supply, &ranges, Vec::new()).await;
        desk.receive(way.1, shipment).await;
    }
    let back = desk
        .ship(BACK, Purpose::Return, &[(0, 5)], Vec::new())
        .await;
    (desk, back)
}

#[tokio::test]
async fn what_came_back_unverified_is_neither_shipped_for_supply_nor_put_into_what_is() {
    let (mut test, back) = sent_back(71).await;
    test.receive(Actor::Distributor, back).await;
    let desk = test.of(Actor::Distributor);
    let unit = sscc("9506000", 5);
    let mut packing = event("AggregationEvent", "ADD", "packing");
    packing["parentID"] = unit_link(unit);
    packing["childEPCs"] = json!([pack_link(4), pack_link(21)]);
    let events = [
        shipping(&test, json!([pack_link(3), pack_link(20)])),
        shipping(&test, json!([pack_link(22)])),
        packing,
        shipping(&test, json!([unit_link(unit)])),
    ];
    let plan = planned(&desk, ErrorBehaviour::Proceed, &events).await;
    let refused = |number: u32| {
        let at = format!("epcisBody.eventList[{number}].epcList");
        (at, "return_not_verified".to_owned())
    };
    assert_eq!(codes(&plan), [refused(0), refused(3)]);
    assert_eq!(plan.actions.len(), 2);

    let mut returning = shipping(&test, json!([pack_link(3)]));
    returning["disposition"] = json!("returned");
    let plan = planned(&desk, ErrorBehaviour::Rollback, &[returning]).await;
    assert!(
        plan.errors.is_empty(),
        "it may be sent back: {:?}",
        codes(&plan)
    );
}

#[tokio::test]
async fn what_is_on_its_way_back_is_not_dispensed_before_it_is_received_and_verified() {
    let (test, _) = sent_back(72).await;
    let desk = test.of(Actor::Distributor);
    let mut receiving = event("ObjectEvent", "OBSERVE", "receiving");
    receiving["epcList"] = (0..5).map(pack_link).collect();
    let events = [receiving, dispensing(&[4])];
    let plan = planned(&desk, ErrorBehaviour::Proceed, &events).await;
    let at = "epcisBody.eventList[1].epcList".to_owned();
    assert_eq!(codes(&plan), [(at, "return_not_verified".to_owned())]);
    assert_eq!(plan.actions.len(), 1);
}

#[tokio::test]
async fn events_about_one_pack_on_the_ledger_wait_for_each_other() {
    let test = TestDesk::new(73, 10).await;
    let desk = test.of(Actor::Maker);
    let events = [
        of_packs("OBSERVE", "holding", "damaged", &[1, 2]),
        of_packs("OBSERVE", "holding", "damaged", &[3]),
        of_packs("OBSERVE", "inspecting", "sellable_accessible", &[2]),
        of_packs("OBSERVE", "inspecting", "sellable_accessible", &[2, 3]),
        of_packs("OBSERVE", "holding", "damaged", &[1, 2, 3]),
    ];
    let plan = planned(&desk, ErrorBehaviour::Rollback, &events).await;
    let after: Vec<_> = plan.actions.iter().map(|one| one.after.clone()).collect();
    let [zero, two, three] = [0, 2, 3].map(|at| Some(After::Planned(at)));
    assert_eq!(after, [None, None, zero, two, three]);
    let also: Vec<_> = plan.actions.iter().map(|one| &one.also_after[..]).collect();
    let expected: [&[usize]; 5] = [&[], &[], &[], &[1], &[0]];
    assert_eq!(also, expected);
}

#[tokio::test]
async fn events_of_one_shipment_are_one_receipt_and_a_wrong_one_takes_nothing_of_it_away() {
    let mut test = TestDesk::new(74, 10).await;
    let units = [1, 2, 3].map(|number| sscc("9506000", number));
    for (unit, first) in units.iter().zip([0, 2, 4]) {
        test.pack(Actor::Maker, *unit, &[(first, 2)]).await;
    }
    let way = (Actor::Maker, Actor::Distributor);
    let shipment = test.ship(way, Purpose::Supply, &[], units.to_vec()).await;
    let desk = test.of(Actor::Distributor);
    let receiving = |units: &[Sscc]| {
        let mut event = event("ObjectEvent", "OBSERVE", "receiving");
        event["epcList"] = units.iter().map(|unit| unit_link(*unit)).collect();
        event
    };
    let mut unpacking = event("AggregationEvent", "DELETE", "unpacking");
    unpacking["parentID"] = unit_link(units[1]);
    let events = [
        receiving(&units[..1]),
        unpacking,
        receiving(&units[..2]),
        receiving(&units[1..2]),
    ];
    let plan = planned(&desk, ErrorBehaviour::Proceed, &events).await;
    let at = "epcisBody.eventList[2].epcList".to_owned();
    assert_eq!(codes(&plan), [(at, "not_direct".to_owned())]);
    let ActionBody::Receive(receive) = &plan.actions[0].body else {
        panic!("a receipt comes first");
    };
    assert_eq!(receive.shipment, shipment);
    assert_eq!(receive.except[0].units[..], units[2..]);
    let captured = plan.actions[0].captured.as_ref().unwrap();
    let numbers: Vec<u32> = captured.events.iter().map(|event| event.number).collect();
    assert_eq!(numbers, [0, 3]);
    assert_eq!(plan.actions[1].after, Some(After::Planned(0)));
    assert_eq!(plan.actions.len(), 2);
}

#[tokio::test]
async fn a_shipment_is_taken_back_whole_or_not_at_all() {
    let mut test = TestDesk::new(75, 10).await;
    let way = (Actor::Maker, Actor::Distributor);
    test.ship(way, Purpose::Supply, &[(0, 3)], Vec::new()).await;
    let desk = test.of(Actor::Maker);
    for (positions, code) in [(&[0, 1][..], Some("not_whole")), (&[0, 1, 2], None)] {
        let void = of_packs("OBSERVE", "void_shipping", "in_progress", positions);
        let plan = planned(&desk, ErrorBehaviour::Rollback, &[void]).await;
        let found = codes(&plan).first().map(|(_, code)| code.clone());
        assert_eq!(found.as_deref(), code);
    }
}

#[tokio::test]
async fn a_batch_that_expires_before_it_is_made_is_refused() {
    let test = TestDesk::new(76, 1).await;
    let desk = test.of(Actor::Maker);
    let mut commissioning = event("ObjectEvent", "ADD", "commissioning");
    commissioning["epcList"] = json!([format!("https://id.gs1.org/01/{}/21/N1", item())]);
    commissioning["ilmd"] = json!({
        "cbvmda:lotNumber": "LOT-B",
        "cbvmda:itemExpirationDate": "2027-01-01",
        "cbvmda:productionDate": "2027-01-02",
    });
    let plan = planned(&desk, ErrorBehaviour::Rollback, &[commissioning]).await;
    let at = "epcisBody.eventList[0].ilmd".to_owned();
    assert_eq!(codes(&plan), [(at, "date_invalid".to_owned())]);
}

#[tokio::test]
async fn so_many_faults_are_named_and_the_others_counted() {
    let test = TestDesk::new(77, 1).await;
    let desk = test.of(Actor::Maker);
    let unknown: Vec<u32> = (10..10 + u32::try_from(ROW_ERRORS_MAX).unwrap()).collect();
    let events = [dispensing(&unknown), dispensing(&[5, 6])];
    let plan = planned(&desk, ErrorBehaviour::Rollback, &events).await;
    assert_eq!(plan.errors.count(), ROW_ERRORS_MAX + 2);
    assert_eq!(codes(&plan).len(), ROW_ERRORS_MAX);
}

#[tokio::test]
async fn a_repeated_event_names_the_intents_that_decide_it_until_they_are_decided() {
    let test = TestDesk::new(78, 10).await;
    let desk = test.of(Actor::Maker);
    let events = [of_packs("OBSERVE", "holding", "damaged", &[1])];
    let first = planned(&desk, ErrorBehaviour::Rollback, &events).await;
    let [action] = first.actions.try_into().unwrap();
    let intent = NewIntent {
        event: action.event,
        captured: action.captured,
        ..NewIntent::new("i1", action.body)
    };
    store_intents(&desk.database, test.ledger.time, None, &[intent])
        .await
        .unwrap();
    let again = planned(&desk, ErrorBehaviour::Rollback, &events).await;
    assert_eq!((again.actions.len(), again.repeated), (0, 1));
    assert_eq!(again.undecided[0].1, ["i1"]);
}
