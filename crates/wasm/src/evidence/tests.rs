use serde_json::Value;

use super::*;
use crate::testing::{ACTIVE, GENESIS, RECALLED, UNKNOWN_PRODUCT, parse, terms};
use crate::unreadable::ErrorReport;

fn checked(bundle: &Value) -> Value {
    let report = check(&bundle.to_string(), terms(bundle)).unwrap();
    serde_json::to_value(report).unwrap()
}

fn unreadable(bundle: &str, terms: Terms<'_>) -> ErrorReport {
    ErrorReport::from(&check(bundle, terms).unwrap_err())
}

#[test]
fn bundle_that_holds_is_reported_with_its_checks_and_words() {
    let report = checked(&parse(ACTIVE));
    assert_eq!(report["verdict"]["verdict"], "recorded");
    assert_eq!(report["failed"], Value::Null);
    assert_eq!(report["answers"][0]["code"], "ACTIVE");
    assert_eq!(report["answers"][0]["word"], "May be dispensed");
    assert_eq!(report["validators"], 4);
    assert!(report["signatures"].as_u64().unwrap() >= 3);
    let names: Vec<_> = report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|check| check["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.first(), Some(&"version"));
    assert_eq!(names.last(), Some(&"fresh"));
}

#[test]
fn answers_are_in_order_of_precedence() {
    assert_eq!(checked(&parse(RECALLED))["answers"][0]["code"], "RECALLED");
    let unknown = checked(&parse(UNKNOWN_PRODUCT));
    assert_eq!(unknown["answers"][0]["code"], "UNKNOWN_PRODUCT");
}

#[test]
fn tampered_bundle_is_a_report_and_its_answer_is_invalid() {
    let mut bundle = parse(ACTIVE);
    bundle["question"]["serial"] = Value::from("SOMEONEELSES");
    let report = checked(&bundle);
    assert_eq!(report["failed"], "identity");
    assert_eq!(report["answers"][0]["code"], "EVIDENCE_INVALID");
    assert_eq!(report["about"]["product"], Value::Null);
}

#[test]
fn old_bundle_is_stale_and_not_invalid() {
    let bundle = parse(ACTIVE);
    let terms = Terms {
        age_ms_max: 4_999.0,
        ..terms(&bundle)
    };
    let report = check(ACTIVE, terms).unwrap();
    assert_eq!(
        report.checked.verdict,
        theriac_proof::verdict::Verdict::Stale { age_ms: 5_000 }
    );
    assert_eq!(report.answers[0].word, "Cannot tell");
}

#[test]
fn text_that_is_no_bundle_is_the_fault_of_the_evidence() {
    let good = terms(&parse(ACTIVE));
    for text in [
        "",
        "null",
        "{}",
        "[[[[",
        "\u{0}",
        &ACTIVE.replace("\"version\"", "\"v\""),
    ] {
        let error = unreadable(text, good);
        assert_eq!(error.input, "evidence", "{text}");
        assert!(
            error.error.starts_with("the text is not evidence: "),
            "{error:?}"
        );
    }
}

#[test]
fn trust_file_that_cannot_be_read_is_not_the_fault_of_the_evidence() {
    let good = terms(&parse(ACTIVE));
    for trust_json in ["", "{}", ACTIVE, &"[".repeat(100_000)] {
        let error = unreadable(ACTIVE, Terms { trust_json, ..good });
        assert_eq!(error.input, "trust");
    }
}

#[test]
fn clock_that_is_no_time_is_refused() {
    let good = terms(&parse(ACTIVE));
    for now_ms in [f64::NAN, f64::INFINITY, -1.0, 1e300] {
        let error = unreadable(ACTIVE, Terms { now_ms, ..good });
        assert_eq!(error.input, "clock", "{now_ms}");
    }
    let whole = Terms {
        now_ms: good.now_ms + 0.75,
        ..good
    };
    assert!(check(ACTIVE, whole).is_ok());
}

#[test]
fn trust_of_another_chain_is_not_this_chain() {
    let other = GENESIS
        .replace("\"protocol\":1", "\"protocol\":2")
        .replace("\"protocol\": 1", "\"protocol\": 2");
    let terms = Terms {
        trust_json: &other,
        ..terms(&parse(ACTIVE))
    };
    let report = check(ACTIVE, terms).unwrap();
    assert_eq!(
        report.checked.failed,
        Some(theriac_proof::check::CheckName::Validators)
    );
}
