//! A pharmacy's counter: scans in any form, bags, and a node that is away.
#![expect(
    clippy::too_many_lines,
    reason = "each test tells one day from its beginning to its end"
)]

use serde_json::{Value, json};
use theriac_ledger::action::{Dispense, Receive};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::RunId;
use theriac_ledger::testing::{Actor, packs};
use theriac_testkit::network::PATIENCE;
use theriac_testkit::service::Service;
use theriac_testkit::stock::test_product;
use theriac_testkit::wait::eventually;

use super::{LOT, Partners, pack_code, text};
use crate::alone;

const BAGS: &str = "/api/v1/bags";
const DISPENSE: &str = "/api/v1/dispensings";
const SCAN: &str = "/api/v1/scans";
const UNDO: &str = "/api/v1/dispensings/undo";

/// How long the service may wait for the ledger before it answers that the intent is kept.
const WAIT_MS: u64 = 300;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scan_says_what_it_is_and_what_can_be_done_in_whatever_form_it_comes() {
    let _alone = alone().await;
    let partners = Partners::start(91).await;
    partners.supply_pharmacy().await;
    let pharmacy = &partners.pharmacy;
    let gtin = test_product();
    let serial = &partners.serials[0];
    let scan = async |codes: Value| {
        let answer = pharmacy
            .post("scan", SCAN, &json!({ "codes": codes }))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert!(answer.body["height"].as_u64() > Some(0), "{}", answer.body);
        answer.body["scans"].as_array().expect("scans").clone()
    };
    let forms = json!([
        partners.code(0),
        format!("]d201{gtin}10{LOT}\u{1d}21{serial}"),
        format!("]d201{gtin}10{LOT}^21{serial}"),
        format!("01{gtin}10{LOT}21{serial}"),
        format!("https://id.gs1.org/01/{gtin}/10/{LOT}/21/{serial}"),
    ]);
    for one in scan(forms).await {
        assert_eq!(
            (&one["answer"], &one["colour"]),
            (&"ACTIVE".into(), &"green".into()),
            "{one}"
        );
        assert!(
            can(&one, "dispense") && can(&one, "quarantine") && !can(&one, "undo"),
            "{one}"
        );
    }
    let others = scan(json!([
        pack_code("NEVERMADE"),
        spoiled(serial),
        partners.code(20),
        partners.cases[0],
        format!("(01){gtin}(10){LOT}"),
        "nonsense",
        format!("(01){gtin}(10)OTHER(21){serial}"),
    ]))
    .await;
    let answers: Vec<&Value> = others.iter().map(|one| &one["answer"]).collect();
    assert_eq!(
        answers,
        [
            "UNKNOWN_SERIAL",
            "UNREADABLE",
            "NOT_IN_YOUR_CUSTODY",
            "LOT_ACTIVE",
            "LOT_ACTIVE",
            "UNREADABLE",
            "LOT_MISMATCH"
        ],
        "{others:?}"
    );
    assert!(
        text(&others[1]["notes"][0]).contains("Caps Lock"),
        "{}",
        others[1]
    );
    assert!(others.iter().all(|one| !can(one, "dispense")));

    // A second scan is no alarm within two minutes; somebody else's dispensing is one at once.
    let pack = json!({ "codes": [partners.code(0)] });
    let (_, height) = pharmacy.act("dispense", DISPENSE, &pack).await;
    pharmacy.follow(height).await;
    let own = scan(json!([partners.code(0)])).await;
    assert_eq!(
        (&own[0]["answer"], &own[0]["colour"]),
        (&"ALREADY_DISPENSED_HERE".into(), &"blue".into())
    );
    assert!(text(&own[0]["notes"][0]).contains("by test"), "{}", own[0]);
    assert!(can(&own[0], "undo") && !can(&own[0], "dispense"));
    let again = pharmacy.post("again", DISPENSE, &pack).await;
    assert_eq!(
        (again.status, &again.body["code"]),
        (409, &"already_scanned".into()),
        "{}",
        again.body
    );
    dispensed_elsewhere(&partners, 5).await;
    let copy = json!({ "codes": [partners.code(5), partners.code(0)] });
    let scanned = scan(copy["codes"].clone()).await;
    assert_eq!(
        (&scanned[0]["answer"], &scanned[0]["colour"]),
        (&"ALREADY_DISPENSED_ELSEWHERE".into(), &"red".into())
    );
    let refused = pharmacy.post("copy", DISPENSE, &copy).await;
    assert_eq!(
        refused.body["code"], "already_dispensed_elsewhere",
        "{}",
        refused.body
    );
    assert_eq!(refused.body["errors"].as_array().map(Vec::len), Some(2));
    let none = pharmacy.post("none", SCAN, &json!({ "codes": [] })).await;
    assert_eq!(none.status, 422, "{}", none.body);
}

/// What a scan of a code says can be done.
async fn acts(pharmacy: &Service, code: &str) -> Vec<String> {
    let scans = json!({ "codes": [code] });
    let answer = pharmacy.post("acts", SCAN, &scans).await.body;
    let acts = answer["scans"][0]["acts"].as_array().expect("acts").iter();
    let can = acts.filter(|act| act["can"] == true);
    can.map(|act| text(&act["act"])).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bag_is_dispensed_by_one_scan_all_or_nothing_and_undone_whole_or_in_part() {
    let _alone = alone().await;
    let partners = Partners::start(92).await;
    partners.supply_pharmacy().await;
    let pharmacy = &partners.pharmacy;
    let codes: Vec<String> = (0..3).map(|position| partners.code(position)).collect();
    let body = json!({ "name": "order 17", "codes": codes });
    let made = pharmacy.post("bag", BAGS, &body).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let again = pharmacy.post("bag", BAGS, &body).await;
    assert_eq!(again.body["bag"], made.body["bag"]);
    let (bag, code) = (text(&made.body["bag"]), text(&made.body["code"]));
    let picture = pharmacy.get_bytes(&format!("{BAGS}/{bag}/label")).await;
    assert!(picture.starts_with(b"\x89PNG"));

    // One pack of it is in quarantine: nothing of it is dispensed.
    let act = async |name: &str, path: &str, body: Value| {
        let (answer, height) = pharmacy.act(name, path, &body).await;
        pharmacy.follow(height).await;
        answer
    };
    let one = json!({ "codes": [codes[1]], "reason": "quality" });
    act("lock", "/api/v1/locks", one).await;
    let whole = json!({ "codes": [code] });
    let refused = pharmacy.post("locked", DISPENSE, &whole).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    let state = async || {
        let bag = pharmacy.get(&format!("{BAGS}/{bag}")).await.body;
        let packs = bag["packs"].as_array().unwrap().iter();
        let packs: Vec<String> = packs.map(|pack| text(&pack["status"])).collect();
        (text(&bag["state"]), packs.join(" "))
    };
    assert_eq!(
        state().await,
        ("packed".to_owned(), "active locked active".to_owned())
    );
    assert_eq!(acts(pharmacy, &code).await, [""; 0]);
    act("unlock", "/api/v1/unlocks", json!({ "codes": [codes[1]] })).await;
    assert_eq!(acts(pharmacy, &code).await, ["dispense", "quarantine"]);

    let done = act("dispense", DISPENSE, whole.clone()).await;
    assert_eq!(done["transactions"].as_array().map(Vec::len), Some(1));
    assert_eq!(state().await.0, "dispensed");
    let again = pharmacy.post("bag", BAGS, &body).await;
    assert_eq!(again.body["bag"], made.body["bag"], "{}", again.body);
    assert_eq!(acts(pharmacy, &code).await, ["undo"]);
    let part = json!({ "codes": [codes[2]], "reason": "not_collected" });
    let undone = act("part", UNDO, part).await;
    let intent = pharmacy
        .get(&format!("/api/v1/intents/{}", text(&undone["intent"])))
        .await;
    assert_eq!(intent.body["meaning"], "not_collected", "{}", intent.body);
    assert_eq!(
        state().await,
        ("mixed".to_owned(), "dispensed dispensed active".to_owned())
    );
    act("rest", DISPENSE, json!({ "codes": [codes[2]] })).await;
    act("whole", UNDO, whole.clone()).await;
    assert_eq!(state().await.0, "packed");

    let reused = pharmacy
        .post("bag", BAGS, &json!({ "codes": [codes[0]] }))
        .await;
    assert_eq!(
        reused.body["code"], "idempotency_key_reused",
        "{}",
        reused.body
    );
    for (name, path, body, at) in [
        ("taken", BAGS, json!({ "codes": [codes[0]] }), "codes[0]"),
        (
            "twice",
            BAGS,
            json!({ "codes": [partners.code(4), partners.code(4)] }),
            "codes[1]",
        ),
        (
            "unknown",
            BAGS,
            json!({ "codes": [pack_code("NEVERMADE")] }),
            "codes[0]",
        ),
        (
            "unit",
            BAGS,
            json!({ "codes": [partners.cases[0]] }),
            "codes[0]",
        ),
        (
            "not-here",
            BAGS,
            json!({ "codes": [partners.code(15)] }),
            "codes[0]",
        ),
        ("empty", BAGS, json!({ "codes": [] }), "codes"),
        (
            "no-bag",
            DISPENSE,
            json!({ "codes": ["(98)THB0000000000000000"] }),
            "codes[0]",
        ),
        (
            "doubly",
            DISPENSE,
            json!({ "codes": [code, codes[0]] }),
            "codes[0]",
        ),
        (
            "why",
            UNDO,
            json!({ "codes": [code], "reason": "because" }),
            "reason",
        ),
    ] {
        let refused = pharmacy.post(name, path, &body).await;
        assert_eq!(refused.status, 422, "{name}: {}", refused.body);
        assert_eq!(
            refused.body["errors"][0]["at"], at,
            "{name}: {}",
            refused.body
        );
    }
    let path = format!("{BAGS}/{bag}/removal");
    assert_eq!(pharmacy.post("apart", &path, &json!({})).await.status, 204);
    assert_eq!(pharmacy.get(&format!("{BAGS}/{bag}")).await.status, 404);
    assert_eq!(pharmacy.get(BAGS).await.body["bags"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_dispensed_while_the_nodes_are_away_is_settled_in_order_and_once() {
    let _alone = alone().await;
    let mut partners = Partners::start(93).await;
    partners.supply_pharmacy().await;
    for node in &mut partners.network.nodes[..2] {
        node.kill();
    }
    let pharmacy = &partners.pharmacy;
    let patient = |path: &str| format!("{path}?wait_ms={WAIT_MS}");
    let first = json!({ "codes": [partners.code(0)] });
    let not_held = json!({ "codes": [partners.code(15)] });
    let second = json!({ "codes": [partners.code(1), partners.code(2)] });
    let steps = [
        ("dispense-0", DISPENSE, &first),
        ("undo-0", UNDO, &first),
        ("wrong", DISPENSE, &not_held),
        ("dispense-0-again", DISPENSE, &first),
        ("dispense-1-2", DISPENSE, &second),
    ];
    let mut intents = Vec::new();
    for (name, path, body) in steps {
        let kept = pharmacy.post(name, &patient(path), body).await;
        assert_eq!(kept.status, 202, "{name}: {}", kept.body);
        intents.push(text(&kept.body["intent"]));
    }
    // What waits is known at the counter: the same pack again is a double scan.
    let twice = pharmacy.post("twice", &patient(DISPENSE), &second).await;
    assert_eq!(
        (twice.status, &twice.body["code"]),
        (409, &"already_scanned".into()),
        "{}",
        twice.body
    );
    let replayed = pharmacy
        .post("dispense-0", &patient(DISPENSE), &first)
        .await;
    assert_eq!(
        (replayed.status, &replayed.body["intent"]),
        (202, &intents[0].as_str().into())
    );

    for node in &mut partners.network.nodes[..2] {
        node.start();
    }
    for index in 0..2 {
        partners.network.wait_until_ready(index).await;
    }
    let pharmacy = &partners.pharmacy;
    let mut places = Vec::new();
    for (number, intent) in intents.iter().enumerate() {
        let what = format!("intent {number} is settled");
        let settled = eventually(&what, PATIENCE * 3, || async {
            let answer = pharmacy
                .try_get(&format!("/api/v1/intents/{intent}"))
                .await?;
            let state = answer.body["state"].as_str()?.to_owned();
            ["final", "rejected"]
                .contains(&state.as_str())
                .then_some(answer.body)
        })
        .await;
        if number == 2 {
            assert_eq!(settled["problem"]["code"], "pack_not_held", "{settled}");
            continue;
        }
        assert_eq!(settled["state"], "final", "{settled}");
        let at = &settled["transactions"][0];
        places.push((at["height"].as_u64(), at["index"].as_u64()));
    }
    assert!(places[0] < places[1] && places[1] < places[2], "{places:?}");

    // The same requests again give the same answers; each is on the ledger once.
    for (number, (name, path, body)) in steps.into_iter().enumerate() {
        let again = pharmacy.post(name, path, body).await;
        if number == 2 {
            assert_eq!(again.body["code"], "pack_not_held", "{}", again.body);
        } else {
            assert_eq!(
                (again.status, &again.body["intent"]),
                (200, &intents[number].as_str().into())
            );
        }
    }
    let height = pharmacy.get("/api/v1/status").await.body["height"]
        .as_u64()
        .unwrap();
    partners.regulator.follow(height).await;
    let code = format!("01{}21{}", test_product(), partners.serials[0]);
    let path = format!("/api/v1/provenance/packs?code={code}");
    let history = partners.regulator.get(&path).await;
    let kinds = history.body.to_string();
    assert_eq!(kinds.matches("\"dispense\"").count(), 2, "{kinds}");
    assert_eq!(kinds.matches("\"reactivate\"").count(), 1, "{kinds}");
}

/// The other pharmacy gets a pack from ours, by way of the distributor, and dispenses it.
async fn dispensed_elsewhere(partners: &Partners, position: u32) {
    let pharmacy = &partners.pharmacy;
    let open = json!({ "sscc": partners.cases[0], "all": true });
    let (_, height) = pharmacy.act("open", "/api/v1/unpackings", &open).await;
    pharmacy.follow(height).await;
    let code = partners.code(usize::try_from(position).expect("a small number"));
    let to = partners.account(Actor::OtherPharmacy);
    let body = json!({ "to": to, "purpose": "supply", "codes": [code] });
    let (sent, _) = pharmacy.act("pass-on", "/api/v1/shipments", &body).await;
    let shipment = text(&sent["shipment"]).parse().expect("a shipment");
    let pen = partners.network.pen(Actor::OtherPharmacy);
    let except = BoundedList::empty();
    let run = RunId {
        gtin: test_product(),
        lot: theriac_gs1::Lot::parse(LOT).expect("a lot"),
        number: 0,
    };
    let packs = packs(run, &[(position, 1)]);
    let dispense = Dispense { packs };
    let mut last = 0;
    for signed in [pen.sign(Receive { shipment, except }), pen.sign(dispense)] {
        let client = partners.network.client(0);
        let answer = client
            .submit_and_wait(&signed.bytes)
            .await
            .expect("it is final");
        last = answer.height.expect("a final transaction has a height");
    }
    pharmacy.follow(last).await;
}

fn can(scan: &Value, act: &str) -> bool {
    let acts = scan["acts"].as_array().expect("acts").iter();
    acts.filter(|one| one["act"] == act)
        .any(|one| one["can"] == true)
}

/// A code as Caps Lock spoils it.
fn spoiled(serial: &str) -> String {
    format!("(01){}(21){}", test_product(), serial.to_lowercase())
}
