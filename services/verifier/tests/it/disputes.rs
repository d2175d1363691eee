//! A key was stolen: members hear what it signed; nobody else sees a difference.

use serde_json::Value;
use theriac_crypto::SigningKey;
use theriac_ledger::action::{Pack, Purpose, Receive, Ship};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{RunId, ShipmentId, Timestamp, TransactionId};
use theriac_ledger::testing::{Actor, commission_run, packs, product as issue, run_id, sscc};
use theriac_proof::EvidenceBundle;
use theriac_proof::check::{Freshness, check};
use theriac_proof::light::Trust;

use crate::running::{Running, pack_code, product};
use crate::stored::StoredChain;

/// The maker ships with one key, the pharmacy receives with the one that was stolen: pack 1 by itself,
/// pack 2 in a case. Pack 3 stays with the maker.
struct Theft {
    chain: StoredChain,
    stolen: SigningKey,
    shipped: TransactionId,
    received: TransactionId,
    received_at: Timestamp,
}

impl Theft {
    fn new() -> Self {
        let mut chain = StoredChain::new();
        let maker = chain.consortium.key(Actor::Maker);
        let stolen = chain.consortium.second_key(Actor::Pharmacy);
        chain.act(&maker, issue(product()));
        chain.act(&maker, commission_run(run(), 0, 10));
        let fill = Pack {
            sscc: sscc("9506000", 1),
            packs: packs(run(), &[(2, 1)]),
            units: BoundedList::empty(),
        };
        chain.act(&maker, fill);
        let ship = Ship {
            to: chain.consortium.account(Actor::Pharmacy),
            purpose: Purpose::Supply,
            packs: packs(run(), &[(1, 1)]),
            units: BoundedList::new(vec![sscc("9506000", 1)]).unwrap(),
        };
        let shipped = chain.act(&maker, ship);
        let receive = Receive {
            shipment: ShipmentId::of_ship(&shipped),
            except: BoundedList::empty(),
        };
        let received = chain.act(&stolen, receive);
        Self {
            received_at: chain.time(),
            chain,
            stolen,
            shipped,
            received,
        }
    }

    fn revoke(&mut self, since: Timestamp) {
        let key = self.stolen.public_key();
        self.chain.revoke(Actor::Pharmacy, key, since);
    }
}

fn run() -> RunId {
    run_id(product(), "A1", 0)
}

fn code(pack: u32) -> String {
    pack_code("A1", "271231", pack)
}

fn case() -> String {
    format!("(00){}", sscc("9506000", 1))
}

async fn told(running: &Running, code: &str) -> Value {
    running.verify(code, Some(&running.office_key)).await
}

fn disputed(answer: &Value) -> Vec<String> {
    let events = answer["disputed"]["events"].as_array();
    let events = events.into_iter().flatten();
    events
        .map(|event| event["transaction"].as_str().unwrap().to_owned())
        .collect()
}

#[actix_web::test]
async fn member_is_told_which_events_of_a_pack_are_disputed_and_to_hold_it() {
    let mut theft = Theft::new();
    let running = theft.chain.serve();
    let before = told(&running, &code(1)).await;
    assert_eq!(before["disputed"], Value::Null);
    theft.revoke(theft.received_at);
    let after = told(&running, &code(1)).await;
    for name in [
        "answer", "exit", "colour", "word", "sentence", "patient", "status", "holder",
    ] {
        assert_eq!(after[name], before[name], "{name}");
    }
    assert_eq!(after["answer"], "ACTIVE");
    let event = &after["disputed"]["events"][0];
    assert_eq!(event["kind"], "receive");
    assert_eq!(event["transaction"], theft.received.to_string());
    assert_eq!(event["signer"], theft.stolen.public_key().to_string());
    assert_eq!(event["time"], theft.received_at.to_string());
    assert_eq!(event["organisation"], "Farmacia San Marco");
    assert_eq!(disputed(&after).len(), 1);
    let sentence = after["disputed"]["sentence"].as_str().unwrap();
    assert!(
        sentence.starts_with("One event of this pack is disputed: a key of Farmacia San Marco")
    );
    let action = after["disputed"]["action"].as_str().unwrap();
    assert!(action.starts_with("Hold the pack"), "{action}");
    assert_eq!(after["action"], action, "not that it may be dispensed");
    running.stop().await;
}

#[actix_web::test]
async fn pack_in_a_case_and_the_case_are_disputed_by_what_happened_to_the_case() {
    let mut theft = Theft::new();
    theft.revoke(theft.received_at);
    let running = theft.chain.serve();
    for (code, what) in [(code(2), "pack"), (case(), "case or pallet")] {
        let answer = told(&running, &code).await;
        assert_eq!(disputed(&answer), [theft.received.to_string()], "{answer}");
        let action = answer["action"].as_str().unwrap();
        assert!(action.starts_with(&format!("Hold the {what}")), "{action}");
    }
    running.stop().await;
}

#[actix_web::test]
async fn what_was_signed_before_the_key_was_stolen_or_with_another_is_not_disputed() {
    let mut theft = Theft::new();
    theft.revoke(theft.received_at.saturating_add(1));
    let running = theft.chain.serve();
    for code in [code(1), code(2), code(3), case()] {
        let answer = told(&running, &code).await;
        assert_eq!(answer["disputed"], Value::Null, "{answer}");
        assert!(!answer["action"].as_str().unwrap().starts_with("Hold"));
    }
    // Earlier than was thought: that disputes the receipt, and nothing of the pack that never came.
    theft.revoke(theft.received_at);
    assert_eq!(disputed(&told(&running, &code(1)).await).len(), 1);
    assert_eq!(told(&running, &code(3)).await["disputed"], Value::Null);
    running.stop().await;
}

#[actix_web::test]
async fn disputed_commissioning_is_told_of_every_pack_of_its_run() {
    let mut theft = Theft::new();
    let second = theft.chain.consortium.second_key(Actor::Maker);
    theft
        .chain
        .act(&second, commission_run(run_id(product(), "B2", 0), 100, 5));
    let since = theft.chain.time();
    theft.chain.revoke(Actor::Maker, second.public_key(), since);
    let running = theft.chain.serve();
    let answer = told(&running, &pack_code("B2", "271231", 104)).await;
    assert_eq!(answer["disputed"]["events"][0]["kind"], "commission_run");
    // The same maker made these with the key that it kept.
    for code in [code(1), code(2), code(3)] {
        assert_eq!(told(&running, &code).await["disputed"], Value::Null);
    }
    running.stop().await;
}

#[actix_web::test]
async fn stolen_key_of_the_sender_disputes_what_is_still_on_its_way() {
    let mut theft = Theft::new();
    let maker = theft.chain.consortium.second_key(Actor::Maker);
    let ship = Ship {
        to: theft.chain.consortium.account(Actor::Pharmacy),
        purpose: Purpose::Supply,
        packs: packs(run(), &[(3, 1)]),
        units: BoundedList::empty(),
    };
    let shipped = theft.chain.act(&maker, ship);
    let since = theft.chain.time();
    theft.chain.revoke(Actor::Maker, maker.public_key(), since);
    let running = theft.chain.serve();
    let answer = running.verify(&code(3), Some(&running.pharmacy_key)).await;
    assert_eq!(answer["answer"], "ACTIVE", "{answer}");
    assert_eq!(disputed(&answer), [shipped.to_string()]);
    assert_ne!(shipped, theft.shipped);
    running.stop().await;
}

#[actix_web::test]
async fn stop_stays_a_stop_and_says_what_to_do_about_that() {
    let mut theft = Theft::new();
    let pharmacy = theft.chain.consortium.second_key(Actor::Pharmacy);
    let dispense = theriac_ledger::action::Dispense {
        packs: packs(run(), &[(1, 1)]),
    };
    let dispensed = theft.chain.act(&pharmacy, dispense);
    theft.revoke(theft.received_at);
    let running = theft.chain.serve();
    let answer = told(&running, &code(1)).await;
    assert_eq!(answer["answer"], "ALREADY_DISPENSED");
    // The receipt that it came with is not what its place rests on any more.
    assert_eq!(disputed(&answer), [dispensed.to_string()]);
    let action = answer["action"].as_str().unwrap();
    assert!(action.starts_with("Do not dispense"), "{action}");
    running.stop().await;
}

/// The same chain, with a last block that revokes the key, and with one that does not.
fn with_and_without() -> [StoredChain; 2] {
    let mut revoked = Theft::new();
    revoked.revoke(revoked.received_at);
    let mut other = Theft::new();
    other.chain.advance(Vec::new());
    assert_eq!(revoked.received, other.received);
    [revoked.chain, other.chain]
}

#[actix_web::test]
async fn anonymous_callers_get_the_same_bytes_whether_a_key_is_revoked_or_not() {
    let [revoked, other] = with_and_without().map(|chain| (chain.serve(), chain));
    for code in [
        code(1),
        code(2),
        code(3),
        code(99),
        case(),
        format!("(01){}(10)A1", product()),
    ] {
        let [one, two] = [&revoked, &other].map(|(running, _)| running.post_code(&code));
        let (one, two) = (one.await, two.await);
        assert_eq!(one.status(), 200);
        let (one, two) = (one.bytes().await.unwrap(), two.bytes().await.unwrap());
        assert_eq!(one, two, "{code}");
    }
    for path in ["/01/", "/00/"] {
        let path = match path {
            "/01/" => format!("/01/{}/10/A1/21/{}", product(), crate::running::serial(1)),
            _ => format!("/00/{}", sscc("9506000", 1)),
        };
        let [one, two] = [&revoked, &other].map(|(running, _)| running.get(&path));
        let (one, two) = (
            one.await.bytes().await.unwrap(),
            two.await.bytes().await.unwrap(),
        );
        assert_eq!(one, two, "{path}");
    }
    for (running, _) in [revoked, other] {
        running.stop().await;
    }
}

#[actix_web::test]
async fn evidence_shows_the_same_and_says_nothing_of_the_dispute() {
    let [revoked, other] = with_and_without().map(|chain| (chain.serve(), chain));
    let mut shown = Vec::new();
    for (running, chain) in [&revoked, &other] {
        for key in [None, Some(&*running.office_key)] {
            let answer = running.verify_with_evidence(&code(1), key).await;
            let bundle = answer["evidence"].to_string();
            assert!(!bundle.contains("disputed"));
            let bundle = EvidenceBundle::from_json(bundle.as_bytes()).unwrap();
            let freshness = Freshness {
                now: bundle.head.header.time,
                age_ms_max: 0,
            };
            let trust = Trust::from_anchor(&chain.genesis.anchor);
            let checked = check(&bundle, &trust, freshness);
            assert_eq!(checked.failed, None);
            assert_eq!(
                serde_json::to_value(&checked.verdict).unwrap(),
                answer["verdict"]
            );
            shown.push((checked.verdict, bundle.encode().len()));
        }
    }
    assert!(
        shown.windows(2).all(|pair| pair[0].0 == pair[1].0),
        "{shown:?}"
    );
    for (running, _) in [revoked, other] {
        running.stop().await;
    }
}
