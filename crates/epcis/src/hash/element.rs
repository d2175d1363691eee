//! Members of an event, one by one.

use serde_json::{Map, Value};

use super::canonical::canonical;
use super::{DEPTH_MAX, HashError, Namespaces, object_of, shape, text_of, word};
use crate::time::EventTime;

const SENSOR_TYPE: &str = "https://gs1.org/voc/";
const COMPONENT: &str = "https://ref.gs1.org/cbv/Comp-";

const METADATA: [&str; 8] = [
    "time",
    "startTime",
    "endTime",
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "bizRules",
];

const REPORT: [&str; 23] = [
    "type",
    "exception",
    "deviceID",
    "deviceMetadata",
    "rawData",
    "dataProcessingMethod",
    "time",
    "microorganism",
    "chemicalSubstance",
    "value",
    "component",
    "stringValue",
    "booleanValue",
    "hexBinaryValue",
    "uriValue",
    "minValue",
    "maxValue",
    "meanValue",
    "sDev",
    "percRank",
    "percValue",
    "uom",
    "coordinateReferenceSystem",
];

/// `name=value` of a scalar; nothing of an empty one.
pub(super) fn plain(name: &str, value: &Value, names: &Namespaces) -> Result<String, HashError> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Bool(truth) => truth.to_string(),
        Value::Null => String::new(),
        Value::Array(_) | Value::Object(_) => return Err(shape(name)),
    };
    let is_time = matches!(name, "eventTime" | "time" | "startTime" | "endTime");
    let text = match name {
        _ if is_time => EventTime::parse(&text)
            .map_err(|_| shape(name))?
            .to_string(),
        "eventTimeZoneOffset" => text,
        "type" | "exception" => word(SENSOR_TYPE, &text, names),
        "component" => word(COMPONENT, &text, names),
        _ => canonical(&text, names),
    };
    if text.is_empty() {
        return Ok(String::new());
    }
    Ok(format!("{name}={text}"))
}

/// A list: its name once, then its items, sorted; nothing of an empty one.
pub(super) fn list(
    name: &str,
    value: &Value,
    item: impl Fn(&Value) -> Result<String, HashError>,
) -> Result<String, HashError> {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut texts = items.iter().map(item).collect::<Result<Vec<_>, _>>()?;
    texts.retain(|text| !text.is_empty());
    if texts.is_empty() {
        return Ok(String::new());
    }
    texts.sort_unstable();
    Ok(format!("{name}{}", texts.concat()))
}

/// Members in a given order; extensions are left out.
pub(super) fn ordered(
    members: &Map<String, Value>,
    order: &[&str],
    names: &Namespaces,
) -> Result<String, HashError> {
    let mut text = String::new();
    for name in order {
        if let Some(value) = members.get(*name) {
            text.push_str(&plain(name, value, names)?);
        }
    }
    Ok(text)
}

/// A place: its id, then its extensions.
pub(super) fn place(name: &str, value: &Value, names: &Namespaces) -> Result<String, HashError> {
    let members = object_of(name, value)?;
    Ok(format!(
        "{name}{}",
        with_extensions(members, &["id"], names)?
    ))
}

/// A business transaction, source or destination: its type, then its id.
pub(super) fn typed(
    name: &str,
    prefix: &str,
    value: &Value,
    names: &Namespaces,
) -> Result<String, HashError> {
    let members = object_of(name, value)?;
    let mut text = String::new();
    if let Some(kind) = members.get("type") {
        text.push_str("type=");
        text.push_str(&word(prefix, text_of("type", kind)?, names));
    }
    text.push_str(&ordered(members, &[name], names)?);
    Ok(text)
}

/// Sensor elements: metadata, then reports, sorted.
pub(super) fn sensor_elements(
    name: &str,
    value: &Value,
    names: &Namespaces,
) -> Result<String, HashError> {
    list(name, value, |element| {
        let members = object_of(name, element)?;
        let mut text = "sensorElement".to_owned();
        if let Some(metadata) = members.get("sensorMetadata") {
            let metadata = object_of("sensorMetadata", metadata)?;
            text.push_str("sensorMetadata");
            text.push_str(&with_extensions(metadata, &METADATA, names)?);
        }
        if let Some(reports) = members.get("sensorReport").and_then(Value::as_array) {
            let mut reports = reports
                .iter()
                .map(|report| {
                    let report = object_of("sensorReport", report)?;
                    let report = with_extensions(report, &REPORT, names)?;
                    Ok(format!("sensorReport{report}"))
                })
                .collect::<Result<Vec<_>, HashError>>()?;
            reports.sort_unstable();
            text.push_str(&reports.concat());
        }
        let is_known = |name: &str| matches!(name, "sensorMetadata" | "sensorReport" | "type");
        let mut more = extensions(members, names, is_known, 0)?;
        more.sort_unstable();
        text.push_str(&more.concat());
        Ok(text)
    })
}

fn with_extensions(
    members: &Map<String, Value>,
    order: &[&str],
    names: &Namespaces,
) -> Result<String, HashError> {
    let mut text = ordered(members, order, names)?;
    let is_known = |name: &str| order.contains(&name);
    let mut more = extensions(members, names, is_known, 0)?;
    more.sort_unstable();
    text.push_str(&more.concat());
    Ok(text)
}

/// Extensions as `{namespace}local=value`, not sorted; a list gives one for each item.
pub(super) fn extensions(
    members: &Map<String, Value>,
    names: &Namespaces,
    is_known: impl Fn(&str) -> bool,
    depth: usize,
) -> Result<Vec<String>, HashError> {
    if depth > DEPTH_MAX {
        return Err(HashError::TooDeep);
    }
    let mut texts = Vec::new();
    for (name, value) in members.iter().filter(|(name, _)| !is_known(name)) {
        let full = names.expand_name(name).unwrap_or_else(|| name.clone());
        let items = match value {
            Value::Array(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        for item in items {
            texts.push(extension(&full, item, names, depth)?);
        }
    }
    Ok(texts)
}

fn extension(
    name: &str,
    value: &Value,
    names: &Namespaces,
    depth: usize,
) -> Result<String, HashError> {
    match value {
        Value::Object(members) => {
            let text = members.get("#text");
            let mut inner = extensions(members, names, |name| name == "#text", depth + 1)?;
            inner.sort_unstable();
            let head = match text {
                Some(text) => plain(name, text, names)?,
                None => name.to_owned(),
            };
            Ok(format!("{head}{}", inner.concat()))
        }
        Value::Array(_) => Err(HashError::Shape {
            member: name.to_owned(),
        }),
        scalar => {
            let text = plain(name, scalar, names)?;
            Ok(if text.is_empty() {
                name.to_owned()
            } else {
                text
            })
        }
    }
}
