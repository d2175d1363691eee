//! What anybody may ask.

use serde_json::Value;
use theriac_crypto::Digest;
use theriac_ledger::action::{Dispense, RecallClass, RecallLot};
use theriac_ledger::testing::{Actor, TestLedger, packs};

use crate::running::{STALE_AFTER_MS, pack_code, product, serial, start};

/// Ten packs of lot A1 that expires on 2027-12-31, numbered from 0.
pub(crate) fn ledger() -> TestLedger {
    let mut ledger = TestLedger::new(1);
    ledger.commission(Actor::Maker, product(), ("A1", 0), (0, 10));
    ledger
}

fn recall(ledger: &mut TestLedger) {
    let lot = theriac_gs1::Lot::parse("A1").unwrap();
    let action = RecallLot {
        gtin: product(),
        lot,
        class: RecallClass::Two,
        notice: Digest::ZERO,
    };
    ledger.act(Actor::Maker, action).unwrap();
}

#[actix_web::test]
async fn good_pack_may_be_dispensed_and_is_named() {
    let running = start(ledger());
    let answer = running.verify(&pack_code("A1", "271231", 3), None).await;
    assert_eq!(answer["answer"], "ACTIVE");
    assert_eq!(answer["exit"], 0);
    assert_eq!(answer["colour"], "green");
    assert_eq!(answer["product"]["maker"], "Apotheke Venezia");
    assert_eq!(answer["code"]["lot"], "A1");
    assert_eq!(answer["expiry"], "2027-12-31");
    assert_eq!(answer["status"], "active");
    assert_eq!(answer["lot_state"], "open");
    assert_eq!(answer["height"], 2);
    assert_eq!(answer["holder"], Value::Null);
    assert_eq!(answer["notes"], serde_json::json!([]));
    running.stop().await;
}

#[actix_web::test]
async fn every_form_of_a_code_gets_the_same_answer() {
    let running = start(ledger());
    let (gtin, serial) = (product(), serial(0));
    for code in [
        format!("(01){gtin}(10)A1(21){serial}"),
        format!("https://example.org/01/{gtin}/10/A1/21/{serial}"),
        format!("01{gtin}10A1\u{1d}21{serial}"),
        format!("  ]d201{gtin}21{serial}\u{1d}10A1\r\n"),
    ] {
        let answer = running.verify(&code, None).await;
        assert_eq!(answer["answer"], "ACTIVE", "{code}");
    }
    running.stop().await;
}

#[actix_web::test]
async fn dispensed_pack_is_a_stop() {
    let mut ledger = ledger();
    let run = theriac_ledger::testing::run_id(product(), "A1", 0);
    ledger
        .hand_over(Actor::Maker, Actor::Pharmacy, run, &[(0, 10)])
        .unwrap();
    let packs = packs(run, &[(3, 1)]);
    ledger.act(Actor::Pharmacy, Dispense { packs }).unwrap();
    let running = start(ledger);
    let answer = running.verify(&pack_code("A1", "271231", 3), None).await;
    assert_eq!(answer["answer"], "ALREADY_DISPENSED");
    assert_eq!(answer["exit"], 3);
    assert_eq!(answer["status"], "dispensed");
    let neighbour = running.verify(&pack_code("A1", "271231", 4), None).await;
    assert_eq!(neighbour["answer"], "ACTIVE");
    running.stop().await;
}

#[actix_web::test]
async fn recalled_batch_is_a_stop_with_its_class() {
    let mut ledger = ledger();
    recall(&mut ledger);
    let running = start(ledger);
    let answer = running.verify(&pack_code("A1", "271231", 3), None).await;
    assert_eq!(answer["answer"], "RECALLED");
    assert_eq!(answer["recall"]["class"], 2);
    let lot = running
        .verify(&format!("(01){}(10)A1", product()), None)
        .await;
    assert_eq!(lot["answer"], "RECALLED");
    running.stop().await;
}

#[actix_web::test]
async fn pack_that_claims_a_recalled_batch_is_a_stop_though_its_serial_is_unknown() {
    let mut ledger = ledger();
    recall(&mut ledger);
    let running = start(ledger);
    let answer = running.verify(&pack_code("A1", "271231", 99), None).await;
    assert_eq!(answer["answer"], "RECALLED");
    assert_eq!(answer["also"], serde_json::json!(["NOT_CONFIRMED"]));
    assert_eq!(answer["product"], Value::Null);
    running.stop().await;
}

#[actix_web::test]
async fn code_of_a_batch_is_answered_for_the_batch() {
    let running = start(ledger());
    let answer = running
        .verify(&format!("(01){}(10)A1", product()), None)
        .await;
    assert_eq!(answer["answer"], "LOT_ACTIVE");
    assert_eq!(answer["colour"], "blue");
    assert_eq!(answer["status"], Value::Null);
    running.stop().await;
}

#[actix_web::test]
async fn unknown_and_mismatched_codes_get_one_answer_of_one_shape() {
    let mut ledger = ledger();
    ledger.commission(Actor::Maker, product(), ("B2", 0), (100, 10));
    let running = start(ledger);
    let other_product = theriac_ledger::testing::gtin("9506000", 2);
    let codes = [
        pack_code("A1", "271231", 99),
        pack_code("Z9", "271231", 99),
        pack_code("B2", "271231", 3),
        pack_code("A1", "281231", 3),
        format!("(01){other_product}(10)A1(21)X1"),
        format!("(01){}(21)X1", product()),
    ];
    let mut first: Option<Value> = None;
    for code in codes {
        let mut answer = running.verify(&code, None).await;
        assert_eq!(answer["answer"], "NOT_CONFIRMED", "{code}");
        // What was read is the caller's own.
        answer.as_object_mut().unwrap().remove("code");
        let first = first.get_or_insert_with(|| answer.clone());
        assert_eq!(*first, answer, "{code}");
    }
    running.stop().await;
}

#[actix_web::test]
async fn another_day_of_the_same_month_is_a_note() {
    let running = start(ledger());
    let answer = running.verify(&pack_code("A1", "271215", 3), None).await;
    assert_eq!(answer["answer"], "ACTIVE");
    let note = answer["notes"][0].as_str().unwrap();
    assert!(
        note.contains("2027-12-15") && note.contains("2027-12-31"),
        "{note}"
    );
    let month_only = running.verify(&pack_code("A1", "271200", 3), None).await;
    assert_eq!(month_only["notes"], serde_json::json!([]));
    running.stop().await;
}

#[actix_web::test]
async fn wrong_check_digit_is_a_result_that_names_the_digit() {
    let running = start(ledger());
    let answer = running.verify("(01)09506000134353", None).await;
    assert_eq!(answer["answer"], "UNREADABLE");
    assert_eq!(answer["exit"], 4);
    assert_eq!(answer["code"], Value::Null);
    let note = answer["notes"][0].as_str().unwrap();
    assert!(note.contains("check digit"), "{note}");
    running.stop().await;
}

#[actix_web::test]
async fn product_code_alone_asks_for_the_code_of_the_pack() {
    let running = start(ledger());
    let answer = running.verify(product().as_str(), None).await;
    assert_eq!(answer["answer"], "UNREADABLE");
    let note = answer["notes"][0].as_str().unwrap();
    assert!(note.contains("only a product"), "{note}");
    running.stop().await;
}

#[actix_web::test]
async fn lost_separator_is_repaired_when_one_reading_is_on_record() {
    let running = start(ledger());
    let code = format!("01{}10A121{}", product(), serial(3));
    let answer = running.verify(&code, None).await;
    assert_eq!(answer["answer"], "ACTIVE");
    assert_eq!(answer["code"]["lot"], "A1");
    let note = answer["notes"][0].as_str().unwrap();
    assert!(note.contains("separators"), "{note}");
    running.stop().await;
}

#[actix_web::test]
async fn old_state_gives_no_good_answer_but_keeps_its_stops() {
    let running = start(ledger());
    running.clock.advance(STALE_AFTER_MS);
    let answer = running.verify(&pack_code("A1", "271231", 3), None).await;
    assert_eq!(answer["answer"], "STALE");
    running.stop().await;
    let mut ledger = ledger();
    recall(&mut ledger);
    let running = start(ledger);
    running.clock.advance(STALE_AFTER_MS);
    let answer = running.verify(&pack_code("A1", "271231", 3), None).await;
    assert_eq!(answer["answer"], "RECALLED");
    assert_eq!(answer["also"], serde_json::json!(["STALE"]));
    running.stop().await;
}

#[actix_web::test]
async fn bodies_of_other_types_malformed_or_too_large_are_refused() {
    let running = start(ledger());
    let cases: [(&str, Vec<u8>, u16, &str); 5] = [
        ("text/plain", b"x".to_vec(), 415, "unsupported_media_type"),
        ("application/json", b"{".to_vec(), 400, "invalid_json"),
        ("application/json", b"{}".to_vec(), 422, "invalid_body"),
        (
            "application/json",
            vec![b' '; 100_000],
            413,
            "payload_too_large",
        ),
        ("image/png", vec![0; 9_000_000], 413, "payload_too_large"),
    ];
    for (media_type, body, status, code) in cases {
        let response = running.post(media_type, body).await;
        assert_eq!(response.status(), status, "{code}");
        let problem: Value = response.json().await.unwrap();
        assert_eq!(problem["code"], code);
    }
    running.stop().await;
}

#[actix_web::test]
async fn guessing_is_stopped_and_real_packs_are_still_answered_to_members() {
    let running = start(ledger());
    let mut refused = None;
    for number in 0..100 {
        let code = pack_code("A1", "271231", 1_000_000 + number);
        let response = running.post_code(&code).await;
        if response.status() == 429 {
            refused = Some((number, response));
            break;
        }
    }
    let (made, response) = refused.unwrap();
    assert_eq!(made, 30);
    assert!(response.headers().contains_key("retry-after"));
    let problem: serde_json::Value = response.json().await.unwrap();
    assert_eq!(problem["code"], "rate_limited", "{problem}");
    let answer = running
        .verify(&pack_code("A1", "271231", 1), Some(&running.office_key))
        .await;
    assert_eq!(answer["answer"], "ACTIVE", "{answer}");
    running.stop().await;
}

#[actix_web::test]
async fn what_is_not_confirmed_has_no_verdict_and_no_evidence_for_anonymous_callers() {
    let running = start(ledger());
    let unknown = pack_code("A1", "271231", 1_000_000);
    let mismatched = pack_code("B9", "271231", 1);
    for code in [unknown, mismatched] {
        let answer = running.verify_with_evidence(&code, None).await;
        assert_eq!(answer["answer"], "NOT_CONFIRMED", "{answer}");
        for kept_back in ["verdict", "evidence"] {
            assert!(answer.get(kept_back).is_none(), "{kept_back}: {answer}");
        }
        let note = answer["evidence_note"].as_str().unwrap();
        assert!(note.contains("sign in"), "{note}");
    }
    running.stop().await;
}

#[actix_web::test]
async fn evidence_against_validators_is_listed_page_by_page() {
    let running = start(ledger());
    let response = running.get("/v1/misbehaviour").await;
    assert_eq!(response.status(), 200);
    let page: Value = response.json().await.unwrap();
    assert_eq!(page["misbehaviour"], serde_json::json!([]), "{page}");
    let refused = running.get("/v1/misbehaviour?limit=0").await;
    assert_eq!(refused.status().as_u16() / 100, 4);
    running.stop().await;
}
