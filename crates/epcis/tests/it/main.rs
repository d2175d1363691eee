//! Events of ours and their hashes.
#![expect(clippy::unwrap_used, reason = "a test that meets no value fails")]

use serde_json::{Value, json};
use theriac_epcis::{
    Action, AggregationEvent, BizStep, Disposition, Epc, Event, EventTime, Ilmd, Namespaces,
    ObjectEvent, Quantity, document, event_hash, event_to_json, pre_hash,
};
use theriac_gs1::{CalendarDate, Gln, Gtin, Lot, SerialNumber, Sscc};

fn time() -> EventTime {
    EventTime::parse("2026-01-01T12:00:00Z").unwrap()
}

fn gtin() -> Gtin {
    Gtin::parse("09506000134352").unwrap()
}

fn commissioning(serials: &[&str]) -> Event {
    let place = Epc::Sgln(Gln::parse("9506000000008").unwrap(), None);
    Event::Object(ObjectEvent {
        time: time(),
        action: Action::Add,
        biz_step: BizStep::Commissioning,
        disposition: Some(Disposition::Active),
        persistent_disposition: None,
        epcs: serials
            .iter()
            .map(|serial| Epc::Sgtin(gtin(), SerialNumber::parse(serial).unwrap()))
            .collect(),
        quantities: Vec::new(),
        read_point: Some(place),
        biz_location: Some(place),
        source: None,
        destination: None,
        ilmd: Some(Ilmd {
            lot: Lot::parse("LOT-A").unwrap(),
            expiry: CalendarDate::parse("2027-12-31").unwrap(),
        }),
    })
}

fn names() -> Namespaces {
    Namespaces::of_context(&Value::Null)
}

#[test]
fn a_commissioning_event_has_the_pre_hash_of_the_standard() {
    let event = event_to_json(&commissioning(&["B/2", "A1"]));
    let expected = "eventType=ObjectEventeventTime=2026-01-01T12:00:00.000ZeventTimeZoneOffset=+00:00\
        epcListepc=https://id.gs1.org/01/09506000134352/21/A1\
        epc=https://id.gs1.org/01/09506000134352/21/B%2F2\
        action=ADDbizStep=https://ref.gs1.org/cbv/BizStep-commissioning\
        disposition=https://ref.gs1.org/cbv/Disp-active\
        readPointid=https://id.gs1.org/414/9506000000008\
        bizLocationid=https://id.gs1.org/414/9506000000008\
        ilmd{urn:epcglobal:cbv:mda:}itemExpirationDate=2027-12-31\
        {urn:epcglobal:cbv:mda:}lotNumber=LOT-A";
    assert_eq!(pre_hash(&event, &names()).unwrap(), expected);
}

#[test]
fn the_order_of_serials_does_not_change_the_hash_and_a_serial_does() {
    let hash =
        |serials: &[&str]| event_hash(&event_to_json(&commissioning(serials)), &names()).unwrap();
    assert_eq!(hash(&["A", "B"]), hash(&["B", "A"]));
    assert_ne!(hash(&["A", "B"]), hash(&["A", "C"]));
    let text = hash(&["A"]).to_string();
    assert!(text.starts_with("ni:///sha-256;") && text.ends_with("?ver=CBV2.0"));
}

#[test]
fn packing_is_an_aggregation_with_its_parent() {
    let event = Event::Aggregation(AggregationEvent {
        time: time(),
        action: Action::Add,
        biz_step: BizStep::Packing,
        disposition: Some(Disposition::InProgress),
        parent: Epc::Sscc(Sscc::parse("340123451111111111").unwrap()),
        child_epcs: Vec::new(),
        child_quantities: vec![Quantity {
            class: Epc::Lgtin(gtin(), Lot::parse("LOT-A").unwrap()),
            quantity: Some(100),
        }],
        read_point: None,
        biz_location: None,
    });
    let json = event_to_json(&event);
    assert_eq!(json["parentID"], "https://id.gs1.org/00/340123451111111111");
    assert_eq!(
        json["childQuantityList"],
        json!([{"epcClass": "https://id.gs1.org/01/09506000134352/10/LOT-A", "quantity": 100}])
    );
    let document = document(time(), &[json]);
    assert_eq!(
        document["epcisBody"]["eventList"][0]["type"],
        "AggregationEvent"
    );
}

/// The reference example of CBV 2.0 section 8.9.
#[test]
fn the_reference_example_of_the_standard_has_its_hash() {
    let context = json!([{"example": "https://ns.example.com/epcis/"}]);
    let event = json!({
        "type": "ObjectEvent",
        "eventTime": "2020-03-04T11:00:30+01:00",
        "eventTimeZoneOffset": "+01:00",
        "epcList": ["urn:epc:id:sgtin:0614141.011111.987"],
        "action": "OBSERVE",
        "bizStep": "departing",
        "disposition": "in_transit",
        "readPoint": {"id": "urn:epc:id:sgln:4012345.00011.0", "example:myField1": "AB-12"},
        "bizTransactionList": [{"type": "po", "bizTransaction": "urn:epc:id:gdti:4012345.11111.123"}],
        "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:4012345.00000"}],
        "destinationList": [{"type": "owning_party", "destination": "urn:epc:id:pgln:0614141.00000"}],
        "example:userExt": "CD-34"
    });
    let hash = event_hash(&event, &Namespaces::of_context(&context)).unwrap();
    assert_eq!(
        hash.to_string(),
        "ni:///sha-256;a13cbe6c8bb6df3710b3edaeff760a1365ec8fd69ca1f4d7e0c10eb5189a883a?ver=CBV2.0"
    );
}

#[test]
fn what_is_no_event_is_refused() {
    for value in [
        json!(null),
        json!({}),
        json!({"type": "ObjectEvent", "eventTime": "today"}),
        json!({"type": "ObjectEvent", "epcList": [{}]}),
        json!({"type": "ObjectEvent", "readPoint": "here"}),
    ] {
        assert!(event_hash(&value, &names()).is_err(), "{value}");
    }
}
