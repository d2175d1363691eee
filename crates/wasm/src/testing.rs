//! The vectors of the repository, and answers made of them.

use serde_json::{Value, json};

use crate::evidence::Terms;

pub(crate) const GENESIS: &str = include_str!("../../../tests/vectors/genesis.json");
pub(crate) const ACTIVE: &str = include_str!("../../../tests/vectors/bundle-active.json");
pub(crate) const DISPENSED: &str = include_str!("../../../tests/vectors/bundle-dispensed.json");
pub(crate) const RECALLED: &str = include_str!("../../../tests/vectors/bundle-recalled.json");
pub(crate) const LOT: &str = include_str!("../../../tests/vectors/bundle-lot.json");
pub(crate) const WRONG_LOT: &str = include_str!("../../../tests/vectors/bundle-wrong-lot.json");
pub(crate) const UNKNOWN_SERIAL: &str =
    include_str!("../../../tests/vectors/bundle-unknown-serial.json");
pub(crate) const UNKNOWN_PRODUCT: &str =
    include_str!("../../../tests/vectors/bundle-unknown-product.json");

/// Terms under which a bundle of the vectors is 5 s old.
pub(crate) fn terms(bundle: &Value) -> Terms<'static> {
    let time = bundle["head"]["header"]["time"].as_f64().unwrap();
    Terms {
        trust_json: GENESIS,
        now_ms: time + 5_000.0,
        age_ms_max: 180_000.0,
    }
}

pub(crate) fn parse(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// What was scanned, as brackets show it.
pub(crate) fn code_of(bundle: &Value) -> String {
    let question: theriac_proof::Question =
        serde_json::from_value(bundle["question"].clone()).unwrap();
    question.to_string()
}

/// What an honest verifier says, signed in and without an account, with a bundle of the vectors.
pub(crate) fn answer(bundle_json: &str) -> Value {
    let bundle = parse(bundle_json);
    let report = crate::evidence::check(bundle_json, terms(&bundle)).unwrap();
    let report = serde_json::to_value(&report).unwrap();
    let row = &report["answers"][0];
    let also: Vec<_> = report["answers"].as_array().unwrap()[1..]
        .iter()
        .map(|row| row["code"].clone())
        .collect();
    let question = &bundle["question"];
    let (about, verdict) = (&report["about"], &report["verdict"]);
    let recorded = if verdict["verdict"] == "mismatch" {
        &verdict["recorded"]
    } else {
        verdict
    };
    json!({
        "answer": row["code"], "also": also, "exit": row["exit"], "colour": row["colour"],
        "word": row["word"], "sentence": row["sentence"], "action": row["action"],
        "code": {
            "form": "bracketed", "gtin": question["gtin"], "lot": question["lot"],
            "serial": question["serial"], "expiry": question["expiry"],
        },
        "product": about["product"].as_object().map(|product| json!({
            "name": product["name"], "strength": product["strength"], "form": product["form"],
            "maker": about["maker"]["legal_name"].as_str().unwrap_or_default(),
        })),
        "expiry": recorded["expiry"], "status": recorded["pack"]["status"],
        "height": report["height"], "notes": [],
        "verdict": verdict, "evidence": bundle, "evidence_note": null,
    })
}
