//! Cases and pallets.

use serde_json::Value;
use theriac_crypto::Digest;
use theriac_ledger::action::{RecallClass, RecallLot, Unpack, UnpackContents};
use theriac_ledger::testing::{Actor, run_id, sscc};

use crate::anonymous::ledger;
use crate::running::{product, start};

#[actix_web::test]
async fn unit_is_known_or_not_and_its_holder_is_for_members() {
    let mut ledger = ledger();
    let case = sscc("9506000", 1);
    let run = run_id(product(), "A1", 0);
    ledger.pack(Actor::Maker, case, run, &[(0, 5)]).unwrap();
    let running = start(ledger);
    let code = format!("(00){case}");
    let answer = running.verify(&code, None).await;
    assert_eq!(answer["answer"], "LOT_ACTIVE");
    assert_eq!(answer["word"], "Unit on record");
    assert_eq!(answer["holder"], Value::Null);
    assert_eq!(answer["notes"], serde_json::json!([]));
    let answer = running.verify(&code, Some(&running.office_key)).await;
    assert_eq!(answer["holder"]["organisation"], "Apotheke Venezia");
    assert!(answer["notes"].to_string().contains("batch A1"));
    let unknown = running.verify(sscc("9506000", 2).as_str(), None).await;
    assert_eq!(unknown["answer"], "NOT_CONFIRMED");
    running.stop().await;
}

#[actix_web::test]
async fn unit_with_a_recalled_batch_inside_is_a_stop() {
    let mut ledger = ledger();
    let case = sscc("9506000", 1);
    let run = run_id(product(), "A1", 0);
    ledger.pack(Actor::Maker, case, run, &[(0, 5)]).unwrap();
    let action = RecallLot {
        gtin: product(),
        lot: run.lot,
        class: RecallClass::One,
        notice: Digest::ZERO,
    };
    ledger.act(Actor::Regulator, action).unwrap();
    let running = start(ledger);
    let answer = running.verify(&format!("(00){case}"), None).await;
    assert_eq!(answer["answer"], "RECALLED");
    assert_eq!(answer["exit"], 3);
    running.stop().await;
}

#[actix_web::test]
async fn unit_that_was_taken_apart_is_not_to_be_booked_in() {
    let mut ledger = ledger();
    let case = sscc("9506000", 1);
    let run = run_id(product(), "A1", 0);
    ledger.pack(Actor::Maker, case, run, &[(0, 5)]).unwrap();
    let contents = UnpackContents::All;
    ledger
        .act(
            Actor::Maker,
            Unpack {
                sscc: case,
                contents,
            },
        )
        .unwrap();
    let running = start(ledger);
    for key in [None, Some(running.office_key.as_str())] {
        let answer = running.verify(&format!("(00){case}"), key).await;
        assert_eq!(answer["answer"], "LOT_ACTIVE");
        assert_eq!(answer["word"], "Unit taken apart");
        let action = answer["action"].as_str().unwrap();
        assert!(!action.contains("Book it in"), "{action}");
        assert!(action.contains("Scan the packs or cases"), "{action}");
    }
    running.stop().await;
}

#[actix_web::test]
async fn member_with_an_unknown_unit_is_not_told_to_sign_in() {
    let running = start(ledger());
    let code = format!("(00){}", sscc("9506000", 2));
    let answer = running.verify(&code, Some(&running.office_key)).await;
    assert_eq!(answer["answer"], "NOT_CONFIRMED");
    let action = answer["action"].as_str().unwrap();
    assert!(action.contains("ask whoever sent it"), "{action}");
    running.stop().await;
}
