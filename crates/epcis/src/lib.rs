//! EPCIS 2.0 events with the words of CBV 2.0, as JSON-LD, and the CBV event hash.
//!
//! What: [`ObjectEvent`] and [`AggregationEvent`] say what the ledger's actions mean to everybody
//! else; [`document`] puts events into an `EPCISDocument`; [`event_hash`] computes the event hash
//! id (CBV 2.0 section 8.9) of any JSON-LD event, ours or not; [`read`] takes documents of others
//! apart and says what is wrong with their events, and where.
//!
//! Invariants:
//! - identifiers are GS1 Digital Link URIs on `https://id.gs1.org`, in canonical form;
//! - equal events have equal hashes, in whatever order their members and lists stand;
//! - no clock, no input or output, no floating point, no panic on any input.
//!
//! Deviations of the hash, as the reference vectors have them: `destinationList` comes before
//! `sourceList`, and `ilmd` between the two; `certificationInfo` follows `eventTimeZoneOffset`.
//! `eventID`, `recordTime` and `errorDeclaration` are no part of the hash.
#![warn(missing_docs)]

mod event;
mod hash;
mod identifier;
mod json;
pub mod read;
mod time;
mod vocabulary;

pub use event::{AggregationEvent, Event, Ilmd, ObjectEvent, Party, Quantity};
pub use hash::{EventHash, HashError, Namespaces, event_hash, pre_hash};
pub use identifier::Epc;
pub use json::{document, event_to_json};
pub use time::{EventTime, EventTimeError};
pub use vocabulary::{Action, BizStep, Disposition};
