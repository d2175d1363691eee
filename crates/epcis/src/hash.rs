//! The event hash id (CBV 2.0 section 8.9): the same for every form of the same event.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use theriac_crypto::Digest;

mod canonical;
mod element;

use canonical::canonical;
use element::{extensions, list, ordered, place, plain, sensor_elements, typed};

/// How deep an extension may nest.
const DEPTH_MAX: usize = 32;

/// SHA-256 of an event's pre-hash string. `Display` writes `ni:///sha-256;…?ver=CBV2.0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventHash(pub Digest);

impl fmt::Display for EventHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ni:///sha-256;{}?ver=CBV2.0", self.0)
    }
}

/// Why an event has no hash.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// The value is no JSON object with a `type`.
    #[error("an event is a JSON object with a type")]
    NoEvent,
    /// A member has another shape.
    #[error("{member} has another shape than the standard gives it")]
    Shape {
        /// The member.
        member: String,
    },
    /// Extensions nest too deep.
    #[error("extensions nest deeper than {DEPTH_MAX}")]
    TooDeep,
}

/// Prefixes that a document's `@context` defines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Namespaces(BTreeMap<String, String>);

impl Namespaces {
    /// The prefixes that every EPCIS document knows, and those of a context.
    pub fn of_context(context: &Value) -> Self {
        let mut names: BTreeMap<String, String> = [
            ("gs1", "https://gs1.org/voc/"),
            ("epcis", "https://ref.gs1.org/epcis/"),
            ("cbv", "https://ref.gs1.org/cbv/"),
            ("cbvmda", crate::json::MASTER_DATA),
        ]
        .map(|(prefix, name)| (prefix.to_owned(), name.to_owned()))
        .into();
        let parts = match context {
            Value::Array(parts) => parts.as_slice(),
            one => std::slice::from_ref(one),
        };
        for (prefix, name) in parts.iter().filter_map(Value::as_object).flatten() {
            if let Some(name) = name.as_str() {
                names.insert(prefix.clone(), name.to_owned());
            }
        }
        Self(names)
    }

    /// These, and those that a context adds.
    #[must_use]
    pub fn with(&self, context: &Value) -> Self {
        let mut names = self.clone();
        names.0.extend(Self::of_context(context).0);
        names
    }

    /// Whether a member has a prefix that is known, or is a URI itself.
    pub(crate) fn knows(&self, name: &str) -> bool {
        self.expand_name(name).is_some()
            || ["http://", "https://", "urn:"]
                .iter()
                .any(|scheme| name.starts_with(scheme))
    }

    /// `{namespace}local` of a member that has a known prefix.
    pub(crate) fn expand_name(&self, name: &str) -> Option<String> {
        let (prefix, local) = name.split_once(':')?;
        Some(format!("{{{}}}{local}", self.0.get(prefix)?))
    }

    /// The full form of a value that has a known prefix.
    fn expand_value(&self, value: &str) -> Option<String> {
        let (prefix, local) = value.split_once(':')?;
        Some(format!("{}{local}", self.0.get(prefix)?))
    }
}

/// The hash of a JSON-LD event.
pub fn event_hash(event: &Value, names: &Namespaces) -> Result<EventHash, HashError> {
    let text = pre_hash(event, names)?;
    Ok(EventHash(Digest(Sha256::digest(text.as_bytes()).into())))
}

/// The string that is hashed: every member in canonical order, without separators.
pub fn pre_hash(event: &Value, names: &Namespaces) -> Result<String, HashError> {
    let members = event.as_object().ok_or(HashError::NoEvent)?;
    let kind = members.get("type").and_then(Value::as_str);
    let mut text = format!("eventType={}", kind.ok_or(HashError::NoEvent)?);
    for (name, form) in FIRST {
        if let Some(value) = members.get(*name) {
            text.push_str(&standard(name, *form, value, names)?);
        }
    }
    let mut rest = Vec::new();
    for (name, form) in SORTED {
        if let Some(value) = members.get(*name) {
            rest.push(standard(name, *form, value, names)?);
        }
    }
    rest.extend(extensions(members, names, is_standard, 0)?);
    rest.sort_unstable();
    text.extend(rest);
    Ok(text)
}

/// How a standard member is written.
#[derive(Debug, Clone, Copy)]
enum Form {
    Plain,
    Word(&'static str),
    List(&'static str),
    Quantities,
    Persistent,
    Place,
    Typed(&'static str, &'static str),
    Sensors,
    Data,
}

const BIZ_STEP: &str = "https://ref.gs1.org/cbv/BizStep-";
const DISPOSITION: &str = "https://ref.gs1.org/cbv/Disp-";
const BIZ_TRANSACTION_TYPE: &str = "https://ref.gs1.org/cbv/BTT-";
const SOURCE_TYPE: &str = "https://ref.gs1.org/cbv/SDT-";

/// The canonical property order.
const FIRST: &[(&str, Form)] = &[
    ("eventTime", Form::Plain),
    ("eventTimeZoneOffset", Form::Plain),
    ("certificationInfo", Form::Plain),
    ("parentID", Form::Plain),
    ("epcList", Form::List("epc")),
    ("inputEPCList", Form::List("epc")),
    ("childEPCs", Form::List("epc")),
    ("quantityList", Form::Quantities),
    ("childQuantityList", Form::Quantities),
    ("inputQuantityList", Form::Quantities),
    ("outputEPCList", Form::List("epc")),
    ("outputQuantityList", Form::Quantities),
    ("action", Form::Plain),
    ("transformationID", Form::Plain),
    ("bizStep", Form::Word(BIZ_STEP)),
    ("disposition", Form::Word(DISPOSITION)),
    ("persistentDisposition", Form::Persistent),
    ("readPoint", Form::Place),
    ("bizLocation", Form::Place),
    ("sensorElementList", Form::Sensors),
];

/// What the reference sorts together with the extensions.
const SORTED: &[(&str, Form)] = &[
    (
        "bizTransactionList",
        Form::Typed("bizTransaction", BIZ_TRANSACTION_TYPE),
    ),
    ("destinationList", Form::Typed("destination", SOURCE_TYPE)),
    ("ilmd", Form::Data),
    ("sourceList", Form::Typed("source", SOURCE_TYPE)),
];

/// Members that are no part of the hash, or have a place of their own in it.
fn is_standard(name: &str) -> bool {
    matches!(
        name,
        "@context" | "type" | "eventID" | "recordTime" | "errorDeclaration" | "rdfs:comment"
    ) || FIRST.iter().chain(SORTED).any(|(known, _)| *known == name)
}

fn standard(
    name: &str,
    form: Form,
    value: &Value,
    names: &Namespaces,
) -> Result<String, HashError> {
    match form {
        Form::Plain => plain(name, value, names),
        Form::Word(prefix) => Ok(format!(
            "{name}={}",
            word(prefix, text_of(name, value)?, names)
        )),
        Form::List(child) => list(name, value, |item| plain(child, item, names)),
        Form::Quantities => list(name, value, |item| {
            let members = object_of(name, item)?;
            let order = ["epcClass", "quantity", "uom"];
            Ok(format!(
                "quantityElement{}",
                ordered(members, &order, names)?
            ))
        }),
        Form::Persistent => persistent(name, value, names),
        Form::Place => place(name, value, names),
        Form::Typed(child, prefix) => list(name, value, |item| typed(child, prefix, item, names)),
        Form::Sensors => sensor_elements(name, value, names),
        Form::Data => {
            let members = object_of(name, value)?;
            let mut data = extensions(members, names, |_| false, 0)?;
            data.sort_unstable();
            Ok(format!("{name}{}", data.concat()))
        }
    }
}

fn persistent(name: &str, value: &Value, names: &Namespaces) -> Result<String, HashError> {
    let members = object_of(name, value)?;
    let mut text = String::new();
    for key in ["set", "unset"] {
        let Some(list) = members.get(key) else {
            continue;
        };
        let mut words = list
            .as_array()
            .ok_or_else(|| shape(name))?
            .iter()
            .map(|item| {
                Ok(format!(
                    "{key}={}",
                    word(DISPOSITION, text_of(name, item)?, names)
                ))
            })
            .collect::<Result<Vec<_>, HashError>>()?;
        words.sort_unstable();
        text.push_str(&words.concat());
    }
    Ok(if text.is_empty() {
        text
    } else {
        format!("{name}{text}")
    })
}

/// The full form of a standard word; a URI, URN or prefixed word is brought to it too.
fn word(prefix: &str, text: &str, names: &Namespaces) -> String {
    let text = text.trim();
    if let Some(full) = names.expand_value(text) {
        return full;
    }
    let full = canonical(text, names);
    if full.contains(':') {
        full
    } else {
        format!("{prefix}{full}")
    }
}

fn text_of<'v>(member: &str, value: &'v Value) -> Result<&'v str, HashError> {
    value.as_str().ok_or_else(|| shape(member))
}

fn object_of<'v>(member: &str, value: &'v Value) -> Result<&'v Map<String, Value>, HashError> {
    value.as_object().ok_or_else(|| shape(member))
}

fn shape(member: &str) -> HashError {
    HashError::Shape {
        member: member.to_owned(),
    }
}
