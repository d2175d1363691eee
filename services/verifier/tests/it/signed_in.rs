//! What members learn.

use serde_json::Value;
use theriac_ledger::action::Dispense;
use theriac_ledger::testing::{Actor, packs, run_id};

use crate::anonymous::ledger;
use crate::running::{pack_code, product, serial, start};

#[actix_web::test]
async fn member_learns_the_reason() {
    let mut ledger = ledger();
    ledger.commission(Actor::Maker, product(), ("B2", 0), (100, 10));
    let running = start(ledger);
    let other_product = theriac_ledger::testing::gtin("9506000", 2);
    let cases = [
        (pack_code("A1", "271231", 99), "UNKNOWN_SERIAL"),
        (pack_code("Z9", "271231", 99), "UNKNOWN_LOT"),
        (pack_code("B2", "271231", 3), "LOT_MISMATCH"),
        (pack_code("A1", "281231", 3), "EXPIRY_MISMATCH"),
        (
            format!("(01){other_product}(10)A1(21)X1"),
            "UNKNOWN_PRODUCT",
        ),
        (format!("(01){}(21)X1", product()), "NOT_CONFIRMED"),
    ];
    for (code, expected) in cases {
        let answer = running.verify(&code, Some(&running.office_key)).await;
        assert_eq!(answer["answer"], expected, "{code}");
        assert!(!answer["notes"].as_array().unwrap().is_empty(), "{code}");
    }
    running.stop().await;
}

#[actix_web::test]
async fn member_with_an_unknown_serial_and_no_batch_is_told_to_scan_the_batch_too() {
    let running = start(ledger());
    let code = format!("(01){}(21)X1", product());
    let answer = running.verify(&code, Some(&running.office_key)).await;
    assert_eq!(answer["answer"], "NOT_CONFIRMED");
    let action = answer["action"].as_str().unwrap();
    assert!(
        action.contains("batch") && !action.contains("sign in"),
        "{action}"
    );
    let anonymous = running.verify(&code, None).await;
    assert_eq!(anonymous["answer"], "NOT_CONFIRMED");
    let action = anonymous["action"].as_str().unwrap();
    assert!(action.contains("sign in"), "{action}");
    running.stop().await;
}

#[actix_web::test]
async fn member_is_told_when_caps_lock_explains_an_unknown_serial() {
    let running = start(ledger());
    let code = format!("(01){}(10)A1(21){}", product(), serial(3).to_uppercase());
    let answer = running.verify(&code, Some(&running.office_key)).await;
    assert_eq!(answer["answer"], "UNKNOWN_SERIAL");
    let note = answer["notes"][0].as_str().unwrap();
    assert!(note.contains("Caps Lock"), "{note}");
    let anonymous = running.verify(&code, None).await;
    assert_eq!(anonymous["notes"], serde_json::json!([]));
    running.stop().await;
}

#[actix_web::test]
async fn member_learns_who_holds_a_pack() {
    let running = start(ledger());
    let code = pack_code("A1", "271231", 3);
    let answer = running.verify(&code, Some(&running.office_key)).await;
    assert_eq!(answer["answer"], "ACTIVE");
    assert_eq!(answer["holder"]["organisation"], "Apotheke Venezia");
    assert_eq!(answer["holder"]["direct"], true);
    assert_eq!(answer["holder"]["own"], Value::Null);
    running.stop().await;
}

#[actix_web::test]
async fn pharmacy_is_told_where_a_pack_stands_to_it() {
    let mut ledger = ledger();
    let run = run_id(product(), "A1", 0);
    ledger
        .hand_over(Actor::Maker, Actor::Pharmacy, run, &[(1, 2)])
        .unwrap();
    ledger
        .hand_over(Actor::Maker, Actor::OtherPharmacy, run, &[(3, 1)])
        .unwrap();
    for (actor, pack) in [(Actor::Pharmacy, 2), (Actor::OtherPharmacy, 3)] {
        let packs = packs(run, &[(pack, 1)]);
        ledger.act(actor, Dispense { packs }).unwrap();
    }
    ledger
        .ship(Actor::Maker, Actor::Pharmacy, run, &[(5, 1)])
        .unwrap();
    let running = start(ledger);
    for (pack, expected) in [
        (0, "NOT_IN_YOUR_CUSTODY"),
        (1, "ACTIVE"),
        (2, "ALREADY_DISPENSED_HERE"),
        (3, "ALREADY_DISPENSED_ELSEWHERE"),
        (5, "ACTIVE"),
    ] {
        let code = pack_code("A1", "271231", pack);
        let answer = running.verify(&code, Some(&running.pharmacy_key)).await;
        assert_eq!(answer["answer"], expected, "pack {pack}");
        let is_on_its_way = answer["notes"].to_string().contains("on its way to you");
        assert_eq!(is_on_its_way, pack == 5);
    }
    running.stop().await;
}

#[actix_web::test]
async fn wrong_key_is_refused_rather_than_treated_as_none() {
    let running = start(ledger());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = running.url();
    let request = client
        .post(format!("{url}/verify"))
        .bearer_auth("thk_wrong");
    let request = request.json(&serde_json::json!({ "code": "x" }));
    assert_eq!(request.send().await.unwrap().status(), 401);
    running.stop().await;
}
