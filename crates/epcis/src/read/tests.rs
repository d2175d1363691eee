use serde_json::json;

use super::*;
use crate::hash::event_hash;

fn names() -> Namespaces {
    Namespaces::of_context(&json!([
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        {"example": "http://ns.example.com/epcis/"},
    ]))
}

fn shipping() -> Value {
    json!({
        "type": "ObjectEvent",
        "eventTime": "2026-11-20T10:00:00.000+01:00",
        "eventTimeZoneOffset": "+01:00",
        "action": "OBSERVE",
        "bizStep": "https://ref.gs1.org/cbv/BizStep-shipping",
        "disposition": "in_transit",
        "epcList": ["https://id.gs1.org/00/195211412345678900", "http://example.org/box/1"],
        "bizTransactionList": [{"type": "rma", "bizTransaction": "urn:example:rma:1"}],
        "sourceList": [{"type": "possessing_party", "source": "urn:epc:id:pgln:9521141.12345"}],
        "destinationList": [{"type": "location", "destination": "urn:epc:id:sgln:9521141.12345.0"}],
        "example:note": "left at the door",
    })
}

fn with(mut event: Value, member: &str, value: Value) -> Value {
    event
        .as_object_mut()
        .unwrap()
        .insert(member.to_owned(), value);
    event
}

fn faults_of(event: &Value) -> Vec<(String, &'static str)> {
    let faults = read_event(event, &names()).unwrap_err();
    faults
        .into_iter()
        .map(|fault| (fault.at, fault.code))
        .collect()
}

#[test]
fn event_is_read_with_everything_that_it_names() {
    let event = read_event(&shipping(), &names()).unwrap();
    assert!(event.biz_step.unwrap().is("shipping"));
    assert!(matches!(event.epcs[0], Named::Known(Epc::Sscc(_))));
    assert!(matches!(&event.epcs[1], Named::Other(uri) if uri.ends_with("/box/1")));
    assert!(event.destinations[0].0.is("location"));
    assert!(matches!(event.sources[0].1, Named::Known(Epc::Pgln(_))));
    assert!(event.transaction_types[0].is("rma"));
    assert_eq!(event.time.date().to_string(), "2026-11-20");
}

#[test]
fn master_data_of_a_lot_are_read_in_both_vocabularies() {
    for data in [
        json!({"cbvmda:lotNumber": "B1", "cbvmda:itemExpirationDate": "2028-12-31"}),
        json!({"gs1:hasBatchLotNumber": "B1", "gs1:expirationDate": "2028-12-31"}),
    ] {
        let event = with(shipping(), "action", json!("ADD"));
        let event = read_event(&with(event, "ilmd", data), &names()).unwrap();
        assert_eq!(event.lot_data.lot.unwrap().as_str(), "B1");
        assert_eq!(event.lot_data.expiry.unwrap().to_string(), "2028-12-31");
    }
}

/// What the published schema lets pass: a time that no clock shows, words that no vocabulary holds,
/// members without a namespace.
#[test]
fn what_the_schema_lets_pass_is_refused_where_it_stands() {
    let cases = [
        ("eventTime", json!("2026-13-45T99:00:00Z"), "time_invalid"),
        ("eventTime", json!(17), "shape_wrong"),
        ("eventTimeZoneOffset", json!("+15:00"), "offset_invalid"),
        ("bizStep", json!("returning"), "word_unknown"),
        ("disposition", json!("fine"), "word_unknown"),
        ("action", json!("add"), "action_unknown"),
        ("type", json!("ThingEvent"), "type_unknown"),
        ("epcList", json!("urn:x:y"), "shape_wrong"),
        ("note", json!("x"), "member_unknown"),
        ("other:note", json!("x"), "member_unknown"),
        ("eventID", json!("no uri"), "uri_invalid"),
        ("ilmd", json!({}), "ilmd_misplaced"),
    ];
    for (member, value, code) in cases {
        let faults = faults_of(&with(shipping(), member, value));
        assert_eq!(faults, [(member.to_owned(), code)]);
    }
    let inner = with(shipping(), "epcList", json!(["urn:a:b", 3, "no uri"]));
    let expected = [("epcList[1]", "shape_wrong"), ("epcList[2]", "uri_invalid")];
    assert_eq!(
        faults_of(&inner),
        expected.map(|(at, code)| (at.to_owned(), code))
    );
}

#[test]
fn members_that_the_standard_requires_are_missed_by_name() {
    for member in [
        "eventTime",
        "eventTimeZoneOffset",
        "action",
        "epcList",
        "type",
    ] {
        let mut event = shipping();
        event.as_object_mut().unwrap().remove(member);
        assert_eq!(faults_of(&event), [(member.to_owned(), "member_missing")]);
    }
}

#[test]
fn event_with_too_many_faults_names_the_first() {
    let list: Vec<Value> = (0..1_000).map(Value::from).collect();
    let faults = faults_of(&with(shipping(), "epcList", Value::from(list)));
    assert_eq!(faults.len(), EVENT_FAULTS_MAX);
}

#[test]
fn declaration_of_an_error_is_bound_to_its_event() {
    let declared = json!({
        "declarationTime": "2026-11-21T00:00:00Z",
        "reason": "did_not_occur",
        "correctiveEventIDs": ["urn:uuid:0b1c8e0e-0000-4000-8000-000000000001"],
    });
    let event = with(shipping(), "errorDeclaration", declared);
    let read = read_event(&event, &names()).unwrap();
    let hash = event_hash(&event, &names()).unwrap();
    assert_eq!(hash, event_hash(&shipping(), &names()).unwrap());
    let error = read.error.unwrap();
    assert!(error.reason.as_ref().unwrap().is("did_not_occur"));
    let mut other = error.clone();
    other.corrective_events.clear();
    assert_ne!(error.digest(&hash), other.digest(&hash));
    // These bytes stand behind what goes onto the ledger.
    assert_eq!(error.digest(&hash).to_string(), DECLARATION);
}

const DECLARATION: &str = "db4d6dc17ec6532f6429874749891491d4f69d67c20e8499b1dae8b4ae43ca34";

#[test]
fn documents_are_taken_apart() {
    let document = crate::json::document(
        EventTime::from_unix_ms(1_700_000_000_000).unwrap(),
        &[shipping()],
    );
    assert_eq!(read_document(document.clone()).unwrap().events.len(), 1);
    let results = json!({
        "@context": [], "type": "EPCISQueryDocument", "schemaVersion": "2.0",
        "creationDate": "2026-11-20T10:00:00Z",
        "epcisBody": {"queryResults": {"resultsBody": {"eventList": [shipping()]}}},
    });
    assert_eq!(read_document(results).unwrap().events.len(), 1);
    let shape = |at| DocumentError::Shape { at };
    let version = DocumentError::Version {
        found: "1.2".to_owned(),
    };
    let refused = [
        ("type", json!("Document"), DocumentError::NoDocument),
        ("schemaVersion", json!("1.2"), version),
        ("creationDate", json!("yesterday"), shape("creationDate")),
        ("epcisBody", json!({}), shape("epcisBody.eventList")),
    ];
    let long = json!({ "example": "x".repeat(CONTEXT_BYTES_MAX) });
    let refused = refused
        .into_iter()
        .chain([("@context", long, DocumentError::Context)]);
    for (member, value, error) in refused {
        let changed = with(document.clone(), member, value);
        assert_eq!(read_document(changed), Err(error));
    }
}
