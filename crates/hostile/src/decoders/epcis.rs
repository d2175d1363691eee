//! EPCIS events from elsewhere, as JSON-LD.

use serde_json::Value;
use theriac_epcis::read::{EVENT_FAULTS_MAX, EVENTS_MAX, read_document, read_event};
use theriac_epcis::{EventTime, Namespaces, event_hash, pre_hash};

/// Hashes a JSON text as an event, alone and in a document with a context. The hash is the same for
/// every order of members, and does not cover what the standard leaves out.
pub(crate) fn event(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(time) = EventTime::parse(text)
    {
        let again = EventTime::parse(&time.to_string());
        assert_eq!(again, Ok(time), "a time has two readings");
    }
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let empty = Value::Null;
    let context = value.get("@context").unwrap_or(&empty);
    let names = Namespaces::of_context(context);
    judge(&value, &names);
    let events = value.pointer("/epcisBody/eventList");
    for event in events.and_then(Value::as_array).into_iter().flatten() {
        judge(event, &names);
    }
}

/// Reads a JSON text as a document that somebody wants captured. An event is read whole or refused with its faults, and
/// what is read has a hash.
pub(crate) fn captured(bytes: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let Ok(document) = read_document(value) else {
        return;
    };
    assert!(document.events.len() <= EVENTS_MAX);
    for event in &document.events {
        match read_event(event, &document.names) {
            Ok(read) => {
                assert_eq!(EventTime::parse(&read.time.to_string()), Ok(read.time));
                let again = read_event(&event.clone(), &document.names);
                assert_eq!(again.as_ref(), Ok(&read));
                if let Some(error) = &read.error
                    && let Ok(hash) = event_hash(event, &document.names)
                {
                    assert_ne!(error.digest(&hash), hash.0);
                }
            }
            Err(faults) => {
                assert!((1..=EVENT_FAULTS_MAX).contains(&faults.len()));
                assert!(faults.iter().all(|fault| !fault.detail.is_empty()));
            }
        }
    }
}

fn judge(event: &Value, names: &Namespaces) {
    let first = pre_hash(event, names);
    let hash = event_hash(event, names);
    assert_eq!(first.is_ok(), hash.is_ok());
    let Some(members) = event.as_object() else {
        return;
    };
    let reversed: serde_json::Map<_, _> = members
        .iter()
        .rev()
        .filter(|(name, _)| !matches!(name.as_str(), "eventID" | "recordTime" | "errorDeclaration"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    assert_eq!(pre_hash(&Value::Object(reversed), names), first);
}
