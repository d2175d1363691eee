//! Events as JSON-LD (EPCIS 2.0 section 10).

use serde_json::{Map, Value, json};

use crate::event::{AggregationEvent, Event, ObjectEvent, Party, Quantity};
use crate::identifier::Epc;
use crate::time::EventTime;

/// The context that gives the bare words their meaning.
const CONTEXT: &str = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld";
/// Where the master data of a lot is defined.
pub(crate) const MASTER_DATA: &str = "urn:epcglobal:cbv:mda:";

/// The event, as it stands in an event list.
pub fn event_to_json(event: &Event) -> Value {
    match event {
        Event::Object(event) => object(event),
        Event::Aggregation(event) => aggregation(event),
    }
}

/// An `EPCISDocument` that holds events.
pub fn document(created: EventTime, events: &[Value]) -> Value {
    json!({
        "@context": [CONTEXT, {"cbvmda": MASTER_DATA}],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": created.to_string(),
        "epcisBody": {"eventList": events},
    })
}

fn object(event: &ObjectEvent) -> Value {
    let mut members = head("ObjectEvent", event.time);
    if !event.epcs.is_empty() {
        put(&mut members, "epcList", epcs(&event.epcs));
    }
    if !event.quantities.is_empty() {
        put(&mut members, "quantityList", quantities(&event.quantities));
    }
    put(&mut members, "action", event.action.as_str());
    put(&mut members, "bizStep", event.biz_step.as_str());
    if let Some(disposition) = event.disposition {
        put(&mut members, "disposition", disposition.as_str());
    }
    if let Some(disposition) = event.persistent_disposition {
        let set = json!({"set": [disposition.as_str()]});
        put(&mut members, "persistentDisposition", set);
    }
    places(&mut members, event.read_point, event.biz_location);
    if let Some(source) = &event.source {
        put(&mut members, "sourceList", party("source", source));
    }
    if let Some(destination) = &event.destination {
        put(
            &mut members,
            "destinationList",
            party("destination", destination),
        );
    }
    if let Some(ilmd) = &event.ilmd {
        let data = json!({
            "cbvmda:lotNumber": ilmd.lot.as_str(),
            "cbvmda:itemExpirationDate": ilmd.expiry.to_string(),
        });
        put(&mut members, "ilmd", data);
    }
    Value::Object(members)
}

fn aggregation(event: &AggregationEvent) -> Value {
    let mut members = head("AggregationEvent", event.time);
    put(&mut members, "parentID", event.parent.to_string());
    if !event.child_epcs.is_empty() {
        put(&mut members, "childEPCs", epcs(&event.child_epcs));
    }
    if !event.child_quantities.is_empty() {
        let list = quantities(&event.child_quantities);
        put(&mut members, "childQuantityList", list);
    }
    put(&mut members, "action", event.action.as_str());
    put(&mut members, "bizStep", event.biz_step.as_str());
    if let Some(disposition) = event.disposition {
        put(&mut members, "disposition", disposition.as_str());
    }
    places(&mut members, event.read_point, event.biz_location);
    Value::Object(members)
}

fn head(kind: &str, time: EventTime) -> Map<String, Value> {
    let mut members = Map::new();
    put(&mut members, "type", kind);
    put(&mut members, "eventTime", time.to_string());
    put(&mut members, "eventTimeZoneOffset", "+00:00");
    members
}

fn places(members: &mut Map<String, Value>, read_point: Option<Epc>, biz_location: Option<Epc>) {
    for (name, place) in [("readPoint", read_point), ("bizLocation", biz_location)] {
        if let Some(place) = place {
            put(members, name, json!({"id": place.to_string()}));
        }
    }
}

fn put(members: &mut Map<String, Value>, name: &str, value: impl Into<Value>) {
    members.insert(name.to_owned(), value.into());
}

fn epcs(epcs: &[Epc]) -> Value {
    epcs.iter()
        .map(|epc| Value::from(epc.to_string()))
        .collect()
}

fn quantities(quantities: &[Quantity]) -> Value {
    quantities
        .iter()
        .map(|quantity| {
            let mut members = Map::new();
            put(&mut members, "epcClass", quantity.class.to_string());
            if let Some(count) = quantity.quantity {
                put(&mut members, "quantity", count);
            }
            Value::Object(members)
        })
        .collect()
}

fn party(role: &str, party: &Party) -> Value {
    json!([{"type": "possessing_party", role: party.possessing_party.to_string()}])
}
