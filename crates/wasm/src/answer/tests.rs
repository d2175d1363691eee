use serde_json::{Value, json};

use super::*;
use crate::testing::{
    ACTIVE, DISPENSED, LOT, RECALLED, UNKNOWN_PRODUCT, UNKNOWN_SERIAL, WRONG_LOT, answer, code_of,
    parse, terms,
};

/// The report on an answer to the code that its bundle is about.
fn report(answer: &Value) -> Report {
    report_on(answer, &code_of(&answer["evidence"]))
}

fn report_on(answer: &Value, code: &str) -> Report {
    check(&answer.to_string(), code, terms(&answer["evidence"])).unwrap()
}

/// What is wrong with an answer to the code that its bundle is about.
fn contradiction(answer: &Value) -> String {
    let report = report(answer);
    assert_eq!(report.answers[0].code, AnswerCode::EvidenceInvalid);
    report.contradiction.unwrap_or_default()
}

fn with(mut answer: Value, field: &str, value: impl Into<Value>) -> Value {
    answer[field] = value.into();
    answer
}

#[test]
fn honest_answers_are_borne_out() {
    for bundle in [
        ACTIVE,
        DISPENSED,
        RECALLED,
        LOT,
        WRONG_LOT,
        UNKNOWN_SERIAL,
        UNKNOWN_PRODUCT,
    ] {
        let answer = answer(bundle);
        let report = report(&answer);
        assert_eq!(report.contradiction, None, "{}", answer["answer"]);
        assert_eq!(report.checked.failed, None, "{}", answer["answer"]);
        assert_eq!(json!(report.answers[0].code), answer["answer"]);
    }
}

#[test]
fn what_is_disputed_stands_beside_an_answer_that_is_borne_out() {
    let disputed =
        json!({ "sentence": "One event is disputed.", "action": "Hold the pack.", "events": [] });
    let answer = with(answer(ACTIVE), "disputed", disputed);
    let answer = with(answer, "action", "Hold the pack.");
    assert_eq!(report(&answer).contradiction, None);
}

#[test]
fn good_evidence_about_another_pack_is_no_evidence() {
    let answer = answer(ACTIVE);
    let other = code_of(&parse(DISPENSED));
    let report = report_on(&answer, &other);
    assert_eq!(
        report.checked.failed,
        Some(theriac_proof::check::CheckName::Question)
    );
    assert_eq!(report.answers[0].code, AnswerCode::EvidenceInvalid);
}

#[test]
fn evidence_that_leaves_out_a_part_of_the_code_is_no_evidence() {
    let answer = answer(LOT);
    let code = format!("{}(21)S1", code_of(&answer["evidence"]));
    let report = report_on(&answer, &code);
    assert_eq!(
        report.checked.failed,
        Some(theriac_proof::check::CheckName::Question)
    );
}

#[test]
fn text_that_cannot_be_read_has_no_evidence() {
    let report = report_on(&answer(ACTIVE), "what is this");
    assert!(report.contradiction.unwrap().contains("names no product"));
}

#[test]
fn code_of_a_picture_is_the_one_that_the_answer_shows() {
    let honest = answer(ACTIVE);
    assert_eq!(report_on(&honest, "").contradiction, None);
    let mut lying = honest;
    lying["code"]["serial"] = "SOMEONEELSES".into();
    let report = report_on(&lying, "");
    assert!(report.contradiction.unwrap().contains("another code"));
}

#[test]
fn words_that_the_evidence_does_not_bear_out_are_invalid() {
    let dispensed = answer(DISPENSED);
    let good = answer(ACTIVE);
    let mut lying = dispensed.clone();
    for field in ["answer", "also", "colour", "word", "sentence"] {
        lying[field] = good[field].clone();
    }
    assert!(
        contradiction(&lying).contains("answered ACTIVE, and the evidence shows ALREADY_DISPENSED")
    );
    let painted = with(dispensed.clone(), "colour", "green");
    assert!(contradiction(&painted).contains("words"));
    let worded = with(dispensed, "word", "May be dispensed");
    assert!(contradiction(&worded).contains("words"));
}

#[test]
fn verdict_that_the_evidence_does_not_give_is_invalid() {
    let other = answer(DISPENSED)["verdict"].clone();
    let lying = with(answer(ACTIVE), "verdict", other);
    assert!(contradiction(&lying).contains("another verdict"));
    assert_eq!(
        report(&with(answer(ACTIVE), "verdict", Value::Null)).contradiction,
        None
    );
}

#[test]
fn facts_that_the_evidence_shows_otherwise_are_invalid() {
    let good = answer(ACTIVE);
    let expiry = with(good.clone(), "expiry", "2031-01-31");
    assert!(contradiction(&expiry).contains("the expiry date"));
    let status = with(good.clone(), "status", "dispensed");
    assert!(contradiction(&status).contains("the status of the pack"));
    let mut product = good.clone();
    product["product"]["strength"] = "5 g".into();
    assert!(contradiction(&product).contains("the product"));
    let mut maker = good.clone();
    maker["product"]["maker"] = "Someone Else".into();
    assert!(contradiction(&maker).contains("the maker"));
    let lot_state = with(good.clone(), "lot_state", "closed");
    assert!(contradiction(&lot_state).contains("the state of the batch"));
    let unknown = with(answer(UNKNOWN_PRODUCT), "product", good["product"].clone());
    assert!(contradiction(&unknown).contains("the product"));
}

#[test]
fn answer_from_another_block_than_its_evidence_is_invalid() {
    let height = answer(ACTIVE)["height"].as_u64().unwrap();
    let lying = with(answer(ACTIVE), "height", height + 1);
    assert!(contradiction(&lying).contains("from block"));
}

#[test]
fn verifier_that_held_back_because_its_state_was_old_is_no_liar() {
    let stale = AnswerCode::Stale.row();
    let mut careful = answer(ACTIVE);
    careful["verdict"] = json!({ "verdict": "stale", "age_ms": 130_000 });
    careful["answer"] = "STALE".into();
    careful["colour"] = json!(stale.colour);
    careful["word"] = stale.word.into();
    careful["sentence"] = stale.sentence.into();
    assert_eq!(report(&careful).contradiction, None);
}

#[test]
fn old_evidence_is_stale_and_contradicts_nothing() {
    let answer = answer(ACTIVE);
    let mut terms = terms(&answer["evidence"]);
    terms.age_ms_max = 1_000.0;
    let code = code_of(&answer["evidence"]);
    let report = check(&answer.to_string(), &code, terms).unwrap();
    assert_eq!(report.contradiction, None);
    assert_eq!(report.answers[0].code, AnswerCode::Stale);
}

#[test]
fn evidence_is_kept_as_it_was_received() {
    let text = format!(
        "{{\"evidence\": {ACTIVE},{}",
        &with(answer(ACTIVE), "evidence", Value::Null)
            .to_string()
            .replace("\"evidence\":null,", "")[1..]
    );
    assert_eq!(evidence_of(&text).unwrap(), ACTIVE.trim());
    assert!(evidence_of("{}").is_err());
}

#[test]
fn answer_without_evidence_or_of_another_form_cannot_be_read() {
    let code = code_of(&parse(ACTIVE));
    let good = answer(ACTIVE);
    let terms = terms(&good["evidence"]);
    let without = with(good.clone(), "evidence", Value::Null).to_string();
    assert!(matches!(
        check(&without, &code, terms),
        Err(Unreadable::NoEvidence)
    ));
    let unknown = with(good, "answer", "SPLENDID").to_string();
    assert!(matches!(
        check(&unknown, &code, terms),
        Err(Unreadable::Answer(_))
    ));
    let long = " ".repeat(ANSWER_JSON_BYTES_MAX + 1);
    assert!(matches!(
        check(&long, &code, terms),
        Err(Unreadable::TooLong { .. })
    ));
}
