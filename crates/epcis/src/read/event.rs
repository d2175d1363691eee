//! One event.

use serde_json::Value;

use crate::hash::Namespaces;
use crate::read::member::Reader;
use crate::read::word::{BIZ_STEPS, DISPOSITIONS, PARTY_TYPES, TRANSACTION_TYPES, Word};
use crate::read::{CapturedEvent, EventFault, EventKind, Named, declaration, lot_data};
use crate::time::EventTime;
use crate::vocabulary::Action;

/// EPCs in one event.
const EPCS_MAX: usize = 100_000;
/// Entries of every other list.
const ENTRIES_MAX: usize = 1_000;

const COMMON: &[&str] = &[
    "@context",
    "type",
    "eventID",
    "eventTime",
    "recordTime",
    "eventTimeZoneOffset",
    "certificationInfo",
    "errorDeclaration",
    "action",
    "bizStep",
    "disposition",
    "readPoint",
    "bizLocation",
    "bizTransactionList",
    "sourceList",
    "destinationList",
    "sensorElementList",
];

/// Reads an event of a document whose prefixes are `names`.
///
/// # Errors
///
/// Everything that is wrong with it.
pub fn read_event(value: &Value, names: &Namespaces) -> Result<CapturedEvent, Vec<EventFault>> {
    let Some(members) = value.as_object() else {
        return Err(vec![EventFault {
            at: String::new(),
            code: "shape_wrong",
            detail: "an event is an object".to_owned(),
        }]);
    };
    let own = members.get("@context").map(|context| names.with(context));
    let mut reader = Reader::new(members, own.as_ref().unwrap_or(names));
    let event = read(&mut reader);
    let faults = reader.into_faults();
    match event {
        Some(event) if faults.is_empty() => Ok(event),
        _ => Err(faults),
    }
}

/// Names of the two lists of things.
fn lists(kind: EventKind) -> (&'static str, &'static str) {
    match kind {
        EventKind::Aggregation | EventKind::Association => ("childEPCs", "childQuantityList"),
        _ => ("epcList", "quantityList"),
    }
}

fn read(reader: &mut Reader<'_>) -> Option<CapturedEvent> {
    let kind = kind(reader)?;
    allow(reader, kind);
    let time = time(reader);
    let action = action(reader, kind);
    let (epcs, quantities) = lists(kind);
    places(reader);
    let event = CapturedEvent {
        kind,
        id: reader.uri("eventID").map(str::to_owned),
        time: time.unwrap_or_default(),
        action,
        biz_step: reader.word("bizStep", &BIZ_STEPS),
        disposition: reader.word("disposition", &DISPOSITIONS),
        set_dispositions: set_dispositions(reader),
        epcs: reader.named_list(epcs, EPCS_MAX),
        has_quantities: has_quantities(reader, quantities),
        parent: reader.named("parentID"),
        sources: parties(reader, "sourceList", "source"),
        destinations: parties(reader, "destinationList", "destination"),
        transaction_types: transaction_types(reader),
        lot_data: lot_data::read(reader),
        has_sensor_data: has_sensor_data(reader),
        error: declaration::read(reader),
    };
    check_whole(reader, &event);
    time.map(|_| event)
}

fn kind(reader: &mut Reader<'_>) -> Option<EventKind> {
    reader.require("type");
    let text = reader.text("type")?;
    let found = EventKind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == text);
    if found.is_none() {
        let detail = "the type of an event is ObjectEvent, AggregationEvent, TransactionEvent, TransformationEvent or AssociationEvent";
        reader.fault("type", "type_unknown", detail);
    }
    found
}

fn allow(reader: &mut Reader<'_>, kind: EventKind) {
    let own: &[&str] = match kind {
        EventKind::Object => &["epcList", "quantityList", "persistentDisposition", "ilmd"],
        EventKind::Aggregation | EventKind::Association => {
            &["parentID", "childEPCs", "childQuantityList"]
        }
        EventKind::Transaction => &["parentID", "epcList", "quantityList"],
        EventKind::Transformation => &[
            "inputEPCList",
            "inputQuantityList",
            "outputEPCList",
            "outputQuantityList",
            "transformationID",
            "persistentDisposition",
            "ilmd",
        ],
    };
    reader.allow(&[COMMON, own].concat());
}

fn time(reader: &mut Reader<'_>) -> Option<EventTime> {
    reader.require("eventTime");
    reader.require("eventTimeZoneOffset");
    if let Some(offset) = reader.text("eventTimeZoneOffset")
        && !is_offset(offset)
    {
        let detail = "an offset is +HH:MM or -HH:MM, at most 14:00";
        reader.fault("eventTimeZoneOffset", "offset_invalid", detail);
    }
    reader.time("recordTime");
    reader.time("eventTime")
}

fn is_offset(text: &str) -> bool {
    let Some((hours, minutes)) = text
        .strip_prefix(['+', '-'])
        .and_then(|rest| rest.split_once(':'))
    else {
        return false;
    };
    let number = |text: &str| {
        let is_digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        is_digits.then(|| text.parse::<u8>().ok()).flatten()
    };
    match (number(hours), number(minutes)) {
        (Some(14), Some(minutes)) => minutes == 0,
        (Some(hours), Some(minutes)) => hours < 14 && minutes < 60,
        _ => false,
    }
}

fn action(reader: &mut Reader<'_>, kind: EventKind) -> Option<Action> {
    if kind == EventKind::Transformation {
        return None;
    }
    reader.require("action");
    let text = reader.text("action")?;
    let found = [Action::Add, Action::Observe, Action::Delete]
        .into_iter()
        .find(|action| action.as_str() == text);
    if found.is_none() {
        let detail = "an action is ADD, OBSERVE or DELETE";
        reader.fault("action", "action_unknown", detail);
    }
    found
}

fn places(reader: &mut Reader<'_>) {
    for place in ["readPoint", "bizLocation"] {
        if let Some(mut inner) = reader.object(place) {
            inner.require("id");
            inner.uri("id");
            inner.close(reader);
        }
    }
}

fn set_dispositions(reader: &mut Reader<'_>) -> Vec<Word> {
    let Some(mut inner) = reader.object("persistentDisposition") else {
        return Vec::new();
    };
    inner.allow(&["set", "unset"]);
    let set = inner.words("set", &DISPOSITIONS);
    inner.words("unset", &DISPOSITIONS);
    inner.close(reader);
    set
}

fn transaction_types(reader: &mut Reader<'_>) -> Vec<Word> {
    reader.objects("bizTransactionList", ENTRIES_MAX, |inner| {
        inner.allow(&["type", "bizTransaction"]);
        inner.require("bizTransaction");
        inner.uri("bizTransaction");
        inner.word("type", &TRANSACTION_TYPES)
    })
}

fn parties(reader: &mut Reader<'_>, list: &str, role: &str) -> Vec<(Word, Named)> {
    reader.objects(list, ENTRIES_MAX, |inner| {
        inner.allow(&["type", role]);
        inner.require("type");
        inner.require(role);
        inner.word("type", &PARTY_TYPES).zip(inner.named(role))
    })
}

fn has_quantities(reader: &mut Reader<'_>, name: &str) -> bool {
    let classes = reader.objects(name, ENTRIES_MAX, |inner| {
        inner.allow(&["epcClass", "quantity", "uom"]);
        inner.require("epcClass");
        inner.uri("epcClass")
    });
    !classes.is_empty()
}

fn has_sensor_data(reader: &mut Reader<'_>) -> bool {
    let elements = reader.objects("sensorElementList", ENTRIES_MAX, |inner| {
        inner.allow(&["sensorMetadata", "sensorReport"]);
        inner.require("sensorReport");
        Some(())
    });
    !elements.is_empty()
}

/// What holds for members together.
fn check_whole(reader: &mut Reader<'_>, event: &CapturedEvent) {
    let (epcs, quantities) = lists(event.kind);
    let names_things = reader.has(epcs) || reader.has(quantities);
    let ends = event.action == Some(Action::Delete);
    match event.kind {
        EventKind::Object => {
            // A report of sensors may be about a place alone.
            let is_report = event.has_sensor_data && reader.has("readPoint");
            if !(names_things || is_report) {
                reader.require(epcs);
            }
            if reader.has("ilmd") && event.action != Some(Action::Add) {
                let detail = "master data of a lot stand in events with action ADD only";
                reader.fault("ilmd", "ilmd_misplaced", detail);
            }
        }
        EventKind::Aggregation | EventKind::Association => {
            if !names_things && !ends {
                reader.require(epcs);
            }
            if event.action != Some(Action::Observe) {
                reader.require("parentID");
            }
        }
        EventKind::Transaction => reader.require("bizTransactionList"),
        EventKind::Transformation => {}
    }
}
