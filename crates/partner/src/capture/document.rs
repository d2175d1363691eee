//! A document as it came, read event by event.

use serde_json::Value;
use theriac_crypto::Digest;
use theriac_epcis::read::{CapturedEvent, read_document, read_event};
use theriac_epcis::{EventHash, Namespaces, event_hash};
use theriac_http::problem::{Problem, ProblemCode};
use theriac_records::repository::captures::EventBehind;

use crate::faults::Faults;

/// How far a clock may be ahead of ours.
const AHEAD_MS: u64 = 10 * 60 * 1000;

/// An event that can be read.
#[derive(Clone, Debug)]
pub(crate) struct ReadEvent {
    /// Its place in the document, from 0.
    pub(crate) number: u32,
    /// Its id: its own, or its hash where it has none (CBV 2.0 section 8.9).
    pub(crate) id: String,
    /// Its hash.
    pub(crate) hash: EventHash,
    /// Digest of its error declaration, where it has one.
    pub(crate) declaration: Option<Digest>,
    /// The event with its id and the context that its prefixes need.
    pub(crate) json: Value,
    /// What it says.
    pub(crate) event: CapturedEvent,
}

impl ReadEvent {
    /// Where it stands in the document.
    pub(crate) fn at(&self) -> String {
        at(self.number)
    }

    /// What a transaction binds of it.
    pub(crate) fn digest(&self) -> Digest {
        self.declaration.unwrap_or(self.hash.0)
    }

    /// How it is kept beside an intent.
    pub(crate) fn behind(&self) -> EventBehind {
        EventBehind {
            number: self.number,
            event_id: self.id.clone(),
            hash: self.hash.0,
            declaration: self.declaration,
        }
    }
}

/// A document, read.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReadDocument {
    /// How many events it has.
    pub(crate) count: u32,
    /// Those that can be read.
    pub(crate) events: Vec<ReadEvent>,
    /// What is wrong with the others.
    pub(crate) errors: Faults,
}

fn at(number: u32) -> String {
    format!("epcisBody.eventList[{number}]")
}

/// Reads a document. `now_ms` is the present: what is to come has not happened.
///
/// # Errors
///
/// A problem when it is no document; what is wrong with single events is kept.
pub(crate) fn read(text: &[u8], now_ms: u64) -> Result<ReadDocument, Problem> {
    let value: Value = serde_json::from_slice(text).map_err(|error| {
        Problem::new(ProblemCode::InvalidJson, error.to_string())
            .with_hint("send an EPCISDocument as JSON")
    })?;
    let context = value.get("@context").cloned().unwrap_or_default();
    let document = read_document(value).map_err(|error| {
        Problem::new(ProblemCode::InvalidBody, error.to_string()).with_hint(
            "send an EPCISDocument of EPCIS 2.0 with the members that the standard requires",
        )
    })?;
    let mut read = ReadDocument {
        count: u32::try_from(document.events.len()).unwrap_or(u32::MAX),
        ..ReadDocument::default()
    };
    for (number, mut json) in (0..).zip(document.events) {
        match read_event(&json, &document.names) {
            Err(faults) => {
                for fault in faults {
                    let dot = if fault.at.is_empty() { "" } else { "." };
                    let at = format!("{}{dot}{}", at(number), fault.at);
                    read.errors.add(at, fault.code, fault.detail);
                }
            }
            Ok(event) => {
                let own = json.get("@context").cloned();
                let names = own.as_ref().map(|own| document.names.with(own));
                json["@context"] = joined(&context, own);
                let names = names.as_ref().unwrap_or(&document.names);
                read.take(number, json, event, names, now_ms);
            }
        }
    }
    Ok(read)
}

/// The context in which an event stands alone: that of its document, and its own after it.
fn joined(document: &Value, own: Option<Value>) -> Value {
    let Some(own) = own else {
        return document.clone();
    };
    let parts = |context: Value| match context {
        Value::Array(parts) => parts,
        one => vec![one],
    };
    let mut all = parts(document.clone());
    all.extend(parts(own));
    Value::Array(all)
}

impl ReadDocument {
    fn take(
        &mut self,
        number: u32,
        mut json: Value,
        event: CapturedEvent,
        names: &Namespaces,
        now_ms: u64,
    ) {
        let hash = match event_hash(&json, names) {
            Ok(hash) => hash,
            Err(error) => {
                self.errors
                    .add(at(number), "shape_wrong", error.to_string());
                return;
            }
        };
        let latest = i64::try_from(now_ms.saturating_add(AHEAD_MS)).unwrap_or(i64::MAX);
        if event.time.unix_ms() > latest {
            let detail = format!("the event is of {}, which has not come yet", event.time);
            let at = format!("{}.eventTime", at(number));
            self.errors.add(at, "time_to_come", detail);
            return;
        }
        let id = event.id.clone().unwrap_or_else(|| hash.to_string());
        json["eventID"] = Value::from(id.clone());
        self.events.push(ReadEvent {
            number,
            declaration: event.error.as_ref().map(|error| error.digest(&hash)),
            id,
            hash,
            json,
            event,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW_MS: u64 = 1_795_000_000_000;

    fn document(events: &[Value]) -> Vec<u8> {
        json!({
            "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "creationDate": "2026-11-20T10:00:00Z",
            "epcisBody": {"eventList": events},
        })
        .to_string()
        .into_bytes()
    }

    fn observed(time: &str) -> Value {
        json!({
            "type": "ObjectEvent", "eventTime": time, "eventTimeZoneOffset": "+00:00",
            "action": "OBSERVE", "bizStep": "storing",
            "epcList": ["https://id.gs1.org/00/195211412345678900"],
        })
    }

    #[test]
    fn event_without_an_id_is_named_by_its_hash() {
        let read = read(&document(&[observed("2026-11-01T00:00:00Z")]), NOW_MS).unwrap();
        let event = &read.events[0];
        assert_eq!(event.id, event.hash.to_string());
        assert_eq!(event.json["eventID"], Value::from(event.id.clone()));
        let names = Namespaces::of_context(&event.json["@context"]);
        assert_eq!(event_hash(&event.json, &names).unwrap(), event.hash);
    }

    #[test]
    fn event_with_a_context_of_its_own_stands_alone_with_the_same_hash() {
        let mut own = observed("2026-11-01T00:00:00Z");
        own["@context"] = json!({"a": "https://a.example/"});
        own["a:note"] = json!("x");
        let mut text: Value = serde_json::from_slice(&document(&[own])).unwrap();
        text["@context"] = json!([{"b": "https://b.example/"}]);
        text["epcisBody"]["eventList"][0]["b:note"] = json!("y");
        let read = read(text.to_string().as_bytes(), NOW_MS).unwrap();
        let event = &read.events[0];
        let names = Namespaces::of_context(&event.json["@context"]);
        let hash = event_hash(&event.json, &names).unwrap();
        assert_eq!(hash, event.hash);
        let fewer = Namespaces::of_context(&json!({"a": "https://a.example/"}));
        assert_ne!(event_hash(&event.json, &fewer).unwrap(), hash);
    }

    #[test]
    fn wrong_events_are_named_by_their_path_and_the_others_read() {
        let events = [
            observed("2026-11-01T00:00:00Z"),
            observed("soon"),
            observed("2036-11-01T00:00:00Z"),
            json!(3),
        ];
        let read = read(&document(&events), NOW_MS).unwrap();
        assert_eq!((read.count, read.events.len()), (4, 1));
        let (errors, _) = read.errors.into_errors();
        let found: Vec<_> = errors
            .iter()
            .map(|error| (error.at.as_str(), error.code.as_str()))
            .collect();
        let expected = [
            ("epcisBody.eventList[1].eventTime", "time_invalid"),
            ("epcisBody.eventList[2].eventTime", "time_to_come"),
            ("epcisBody.eventList[3]", "shape_wrong"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn what_is_no_document_is_refused_whole() {
        for text in ["", "{", "[]", r#"{"type": "EPCISDocument"}"#] {
            assert!(read(text.as_bytes(), NOW_MS).is_err(), "{text}");
        }
    }
}
