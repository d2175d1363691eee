//! Events that others wrote, read from JSON.
//!
//! The published JSON Schema lets pass what nobody can work with, such as times that no clock shows
//! and words that no vocabulary holds; here both are refused, each where it stands.

use serde_json::Value;

use crate::hash::Namespaces;
use crate::identifier::Epc;
use crate::time::EventTime;
use crate::vocabulary::Action;

mod declaration;
mod event;
mod lot_data;
mod member;
mod word;

pub use declaration::ErrorDeclaration;
pub use event::read_event;
pub use lot_data::LotData;
pub use word::Word;

/// Events in one document.
pub const EVENTS_MAX: usize = 20_000;
/// Bytes of a document's context, written as JSON: it is kept with every event.
pub const CONTEXT_BYTES_MAX: usize = 4 * 1024;
/// Faults named in one event: what comes after is most often more of the same.
pub const EVENT_FAULTS_MAX: usize = 100;

/// The kinds of events of EPCIS 2.0 (section 7.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// Something happens to things.
    Object,
    /// Things go into, or come out of, a unit.
    Aggregation,
    /// Things belong to a business transaction.
    Transaction,
    /// Things become others.
    Transformation,
    /// Things are bound to an asset or a place.
    Association,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Object,
        Self::Aggregation,
        Self::Transaction,
        Self::Transformation,
        Self::Association,
    ];

    /// The standard's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Object => "ObjectEvent",
            Self::Aggregation => "AggregationEvent",
            Self::Transaction => "TransactionEvent",
            Self::Transformation => "TransformationEvent",
            Self::Association => "AssociationEvent",
        }
    }
}

/// A URI that an event names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Named {
    /// Something of GS1 that the ledger knows.
    Known(Epc),
    /// Anything else.
    Other(String),
}

/// What an event says, as far as the actions of a ledger need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapturedEvent {
    /// Its kind.
    pub kind: EventKind,
    /// Its id, where it has one.
    pub id: Option<String>,
    /// When it happened.
    pub time: EventTime,
    /// How it relates to the life of the things.
    pub action: Option<Action>,
    /// What was done.
    pub biz_step: Option<Word>,
    /// In what condition the things were afterwards.
    pub disposition: Option<Word>,
    /// Conditions that begin and last.
    pub set_dispositions: Vec<Word>,
    /// `epcList` or `childEPCs`, in their order.
    pub epcs: Vec<Named>,
    /// Whether things are named by class and quantity.
    pub has_quantities: bool,
    /// `parentID`.
    pub parent: Option<Named>,
    /// `sourceList`: types and parties or places.
    pub sources: Vec<(Word, Named)>,
    /// `destinationList`, likewise.
    pub destinations: Vec<(Word, Named)>,
    /// Types of the business transactions that have one.
    pub transaction_types: Vec<Word>,
    /// Master data of the lot.
    pub lot_data: LotData,
    /// Whether sensors reported.
    pub has_sensor_data: bool,
    /// That the event was an error.
    pub error: Option<ErrorDeclaration>,
}

/// What is wrong in an event, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventFault {
    /// The member: `epcList[3]`; empty for the event as a whole.
    pub at: String,
    /// A stable code.
    pub code: &'static str,
    /// What is wrong there.
    pub detail: String,
}

/// The events of a document, and what its prefixes mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Prefixes of its context.
    pub names: Namespaces,
    /// Its events, unread.
    pub events: Vec<Value>,
}

/// Why a document is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// No object with the type of a document.
    #[error("the body is neither an EPCISDocument nor an EPCISQueryDocument")]
    NoDocument,
    /// Another version.
    #[error("schemaVersion is {found}, and only 2.0 and its patches are read")]
    Version {
        /// What stands there.
        found: String,
    },
    /// The context is too long.
    #[error("@context is longer than {CONTEXT_BYTES_MAX} bytes; it is kept with every event")]
    Context,
    /// A member is missing or has another shape.
    #[error("{at} is missing or has another shape than the standard gives it")]
    Shape {
        /// The member.
        at: &'static str,
    },
    /// Too many events.
    #[error("the document has {count} events, at most {EVENTS_MAX} are read at once")]
    TooMany {
        /// How many.
        count: usize,
    },
}

/// Takes a document apart: an `EPCISDocument`, or the results of a query (EPCIS 2.0 section 10.1).
///
/// # Errors
///
/// [`DocumentError`].
pub fn read_document(mut value: Value) -> Result<Document, DocumentError> {
    let kind = value.get("type").and_then(Value::as_str);
    let path: &[&str] = match kind {
        Some("EPCISDocument") => &["epcisBody", "eventList"],
        Some("EPCISQueryDocument") => &["epcisBody", "queryResults", "resultsBody", "eventList"],
        _ => return Err(DocumentError::NoDocument),
    };
    let version = value.get("schemaVersion").and_then(Value::as_str);
    match version {
        Some(text) if text == "2.0" || text.starts_with("2.0.") => {}
        found => {
            let found = found.unwrap_or("missing").chars().take(32).collect();
            return Err(DocumentError::Version { found });
        }
    }
    let created = value.get("creationDate").and_then(Value::as_str);
    if created.is_none_or(|text| EventTime::parse(text).is_err()) {
        return Err(DocumentError::Shape { at: "creationDate" });
    }
    let Some(context) = value.get("@context") else {
        return Err(DocumentError::Shape { at: "@context" });
    };
    if context.to_string().len() > CONTEXT_BYTES_MAX {
        return Err(DocumentError::Context);
    }
    let names = Namespaces::of_context(context);
    let mut list = &mut value;
    for name in path {
        list = list.get_mut(*name).ok_or(DocumentError::Shape {
            at: "epcisBody.eventList",
        })?;
    }
    match list.take() {
        Value::Array(events) if events.len() > EVENTS_MAX => Err(DocumentError::TooMany {
            count: events.len(),
        }),
        Value::Array(events) => Ok(Document { names, events }),
        _ => Err(DocumentError::Shape {
            at: "epcisBody.eventList",
        }),
    }
}

#[cfg(test)]
mod tests;
