//! Requests made from the description: paths and bodies that name what belongs to others.

use serde_json::{Map, Value, json};

use crate::foreign::Foreign;
use crate::own::Own;

/// How deep schemas are followed.
const DEPTH_MAX: usize = 8;

/// A path with a foreign name in the place of each parameter, or with what the service has of the kind.
pub(crate) fn path(pattern: &str, foreign: &Foreign, own: &Own) -> String {
    let mut path = pattern.to_owned();
    for (name, value) in [
        ("{gtin}", foreign.gtin.to_string()),
        ("{lot}", foreign.lot.clone()),
        ("{sscc}", foreign.sscc.to_string()),
        ("{shipment}", foreign.shipment.to_string()),
    ] {
        path = path.replace(name, &value);
    }
    for (kind, parameter, value) in [
        ("/users/", "{name}", own.user),
        ("/api-keys/", "{id}", own.api_key),
        ("/webhooks/", "{id}", own.webhook),
        ("/drafts/", "{id}", own.draft),
    ] {
        path = path.replace(&format!("{kind}{parameter}"), &format!("{kind}{value}"));
    }
    // Ids of what else only this service makes: a well-formed one that it never made.
    while let (Some(start), Some(end)) = (path.find('{'), path.find('}')) {
        path.replace_range(start..=end, "00000000-0000-4000-8000-000000000000");
    }
    path
}

/// A body of a schema: every required field, and the lists of what is named.
pub(crate) fn body(pattern: &str, schema: &Value, all: &Value, foreign: &Foreign) -> Value {
    let mut body = of_schema("", schema, all, foreign, DEPTH_MAX);
    // Words that the description tells in its text alone; and nothing is in itself.
    let reason = match pattern {
        "/api/v1/decommissions" => Some("stolen"),
        "/api/v1/locks" => Some("quality"),
        _ => None,
    };
    if let Some(reason) = reason {
        body["reason"] = json!(reason);
    }
    if ["/api/v1/unpackings", "/api/v1/repackings"].contains(&pattern) {
        body["units"] = json!([]);
    }
    body
}

fn of_schema(name: &str, schema: &Value, all: &Value, foreign: &Foreign, depth: usize) -> Value {
    if depth == 0 {
        return Value::Null;
    }
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        let found = all.pointer(pointer).unwrap_or(&Value::Null);
        return of_schema(name, found, all, foreign, depth - 1);
    }
    for several in ["oneOf", "anyOf"] {
        if let Some(first) = schema[several]
            .as_array()
            .and_then(|list| list.iter().find(|one| one["type"] != "null"))
        {
            return of_schema(name, first, all, foreign, depth - 1);
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        let mut whole = Map::new();
        for part in parts {
            if let Value::Object(fields) = of_schema(name, part, all, foreign, depth - 1) {
                whole.extend(fields);
            }
        }
        return Value::Object(whole);
    }
    if let Some(first) = schema["enum"].as_array().and_then(|list| list.first()) {
        return first.clone();
    }
    match schema["type"]
        .as_str()
        .or_else(|| schema["type"][0].as_str())
    {
        Some("object") => {
            let fields = schema["properties"]
                .as_object()
                .cloned()
                .unwrap_or_default();
            let values = fields.iter().filter(|(field, _)| {
                let is_required = schema["required"]
                    .as_array()
                    .is_some_and(|required| required.contains(&json!(field)));
                is_required || ["units", "codes", "shipment"].contains(&field.as_str())
            });
            values
                .map(|(field, inner)| {
                    (
                        field.clone(),
                        of_schema(field, inner, all, foreign, depth - 1),
                    )
                })
                .collect()
        }
        Some("array") => json!([of_schema(name, &schema["items"], all, foreign, depth - 1)]),
        Some("integer" | "number") => json!(1),
        Some("boolean") => json!(false),
        _ => text(name, schema, foreign),
    }
}

fn text(name: &str, schema: &Value, foreign: &Foreign) -> Value {
    match name {
        "gtin" => json!(foreign.gtin.to_string()),
        "lot" => json!(foreign.lot),
        "sscc" | "units" | "unit" | "pallet" | "from" => json!(foreign.sscc.to_string()),
        "shipment" => json!(foreign.shipment.to_string()),
        "codes" | "code" => json!(foreign.code),
        "to" | "account" => json!(foreign.account),
        "markets" => json!("IT"),
        "expiry" => json!("2049-12-31"),
        "manufactured" => json!("2026-01-01"),
        _ => match schema.get("example") {
            Some(example) => example.clone(),
            None => json!("unknown"),
        },
    }
}
