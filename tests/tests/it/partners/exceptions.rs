//! What is wrong with a delivery is one case on both sides, and both settle it.
#![expect(
    clippy::too_many_lines,
    reason = "each test tells one day from its beginning to its end"
)]

use serde_json::{Value, json};
use theriac_ledger::testing::Actor;
use theriac_testkit::network::PATIENCE;
use theriac_testkit::service::{Answer, Service};
use theriac_testkit::stock::test_product;
use theriac_testkit::wait::eventually;

use super::{LOT, Partners, pack_code, text};
use crate::alone;

const CASES: &str = "/api/v1/exceptions";
const RECEIVE: &str = "/api/v1/receipts";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_damaged_case_and_missing_packs_are_one_case_on_both_sides_until_the_sender_takes_them_back()
 {
    let _alone = alone().await;
    let mut partners = Partners::start(71).await;
    partners.introduce().await;
    let (shipment, height) = partners.ship_pallet().await;
    let (maker, distributor) = (&partners.maker, &partners.distributor);
    distributor.follow(height).await;
    let body = json!({
        "sscc": partners.pallet,
        "except": [
            { "units": [partners.cases[3]], "reason": "damaged" },
            { "codes": [partners.code(0)], "reason": "data_without_product" },
        ],
        "resolution": "credit_account",
        "note": "The lower corner of the pallet was crushed.",
    });
    let (received, _) = distributor.act("receive", RECEIVE, &body).await;
    assert_eq!(received["exceptions"], json!([shipment]), "{received}");

    // Both see the same, whichever of them is asked; the maker has the note from the distributor's service.
    let path = format!("{CASES}/{shipment}");
    let seen = until(maker, &path, |case| has_messages(case, 1)).await;
    let own = until(distributor, &path, |case| {
        case["messages"][0]["delivered"] == true
    })
    .await;
    assert_eq!(shared(&seen), shared(&own));
    assert_eq!(seen["state"], "open");
    assert_eq!(
        (&seen["own_side"], &own["own_side"]),
        (&"respondent".into(), &"reporter".into())
    );
    assert_eq!(seen["reporter_wants"], "credit_account");
    assert_eq!(seen["messages"][0]["note"], body["note"]);
    let kinds: Vec<&Value> = lines(&seen).iter().map(|line| &line["kind"]).collect();
    assert_eq!(kinds, ["damaged", "short"]);
    assert_eq!(seen["rest"], received["rest"]);
    assert!(seen["due_at"].as_str() > seen["opened_at"].as_str());

    // The sender accepts, takes the rest back and writes it off.
    let body = json!({ "response": "accept", "note": "We are sorry." });
    let (_, height) = maker.act("accept", &format!("{path}/answers"), &body).await;
    distributor.follow(height).await;
    let answered = until(distributor, &path, |case| case["state"] == "answered").await;
    assert_eq!(answered["respondent_wants"], "credit_account");
    let body = json!({ "resolution": "credit_account", "decommission": "damaged" });
    let settled = maker
        .act("settle", &format!("{path}/settlement"), &body)
        .await;
    assert_eq!(settled.0["transactions"].as_array().map(Vec::len), Some(3));
    let settled = |case: &Value| case["state"] == "settled" && has_messages(case, 3);
    let seen = until(maker, &path, settled).await;
    let own = until(distributor, &path, settled).await;
    assert_eq!(shared(&seen), shared(&own));
    assert_eq!(own["settlement"]["by"], "cancelled");
    assert_eq!(own["settlement"]["resolution"], "credit_account");
    let stock = maker.get("/api/v1/stock").await.body;
    let damaged = stock["stock"].as_array().unwrap().iter();
    let damaged = damaged.filter(|line| line["status"] == "damaged");
    assert_eq!(
        damaged
            .filter_map(|line| line["packs"].as_u64())
            .sum::<u64>(),
        11
    );

    // Nothing is left to say; and whoever is no party sees nothing.
    let late = json!({ "response": "reject" });
    let refused = distributor
        .post("late", &format!("{path}/answers"), &late)
        .await;
    assert_eq!(
        (refused.status, &refused.body["code"]),
        (409, &"conflict".into())
    );
    assert_eq!(partners.pharmacy.get(&path).await.status, 404);
    let none = partners.pharmacy.get(CASES).await;
    assert_eq!(none.body["exceptions"], json!([]));
    let listed = distributor.get(&format!("{CASES}?state=settled")).await;
    assert_eq!(listed.body["exceptions"][0]["exception"], shipment.as_str());
    let open = distributor.get(&format!("{CASES}?state=open")).await;
    assert_eq!(open.body["exceptions"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn packs_without_data_are_reported_answered_and_settled_only_by_both_though_a_service_was_away()
 {
    let _alone = alone().await;
    let mut partners = Partners::start(72).await;
    partners.introduce().await;
    let (shipment, height) = partners.ship_pallet().await;
    partners.distributor.follow(height).await;
    // The maker's service is away while the distributor receives and reports.
    partners.maker.stop();
    let distributor = &partners.distributor;
    let body = json!({
        "sscc": partners.pallet,
        "report": [
            { "kind": "product_without_data", "codes": [pack_code("NOTONRECORD")] },
            { "kind": "over", "gtin": test_product().to_string(), "lot": LOT, "count": 10 },
        ],
        "resolution": "send_new_data",
        "note": "Eleven packs more than announced.",
    });
    let (received, _) = distributor.act("receive", RECEIVE, &body).await;
    let id = text(&received["exceptions"][0]);
    let path = format!("{CASES}/{id}");
    let own = until(distributor, &path, |case| {
        case["messages"][0]["trouble"].is_string()
    })
    .await;
    assert_eq!(
        (&own["state"], &own["shipment"]),
        (&"open".into(), &shipment.as_str().into())
    );
    assert_eq!(own["messages"][0]["delivered"], false);

    partners.maker.start().await;
    let (maker, distributor) = (&partners.maker, &partners.distributor);
    let seen = until(maker, &path, |_| true).await;
    assert_eq!(lines(&seen)[0]["serial"], "NOTONRECORD");
    assert_eq!(lines(&seen)[1]["count"], 10);

    // The maker wants the packs back; neither settles alone.
    let body = json!({ "response": "propose", "resolution": "return_product" });
    maker
        .act("propose", &format!("{path}/answers"), &body)
        .await;
    until(distributor, &path, |case| case["state"] == "answered").await;
    let settlement = format!("{path}/settlement");
    let alone = json!({ "resolution": "send_new_data" });
    let refused = distributor.post("alone", &settlement, &alone).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert!(text(&refused.body["detail"]).contains("return_product"));
    let refused = maker
        .post(
            "alone",
            &settlement,
            &json!({ "resolution": "return_product" }),
        )
        .await;
    assert_eq!(refused.status, 409, "{}", refused.body);

    let agreed = json!({ "resolution": "return_product", "note": "They left today." });
    distributor.act("settle", &settlement, &agreed).await;
    let seen = until(maker, &path, |case| case["state"] == "settled").await;
    let own = until(distributor, &path, |case| {
        case["messages"][2]["delivered"] == true
    })
    .await;
    assert_eq!(shared(&seen), shared(&own));
    assert_eq!(seen["settlement"]["by"], "agreed");
    assert_eq!(seen["settlement"]["resolution"], "return_product");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bad_reports_and_messages_that_nobody_put_on_record_are_refused() {
    let _alone = alone().await;
    let partners = Partners::start(73).await;
    let (shipment, height) = partners.ship_pallet().await;
    let distributor = &partners.distributor;
    distributor.follow(height).await;
    let line = json!({ "kind": "over", "gtin": test_product().to_string(), "count": 1 });
    let with = |change: &dyn Fn(&mut Value)| {
        let mut body =
            json!({ "shipment": shipment, "lines": [line], "resolution": "debit_account" });
        change(&mut body);
        body
    };
    let own = partners.account(Actor::Distributor);
    let bad = [
        (
            with(&|body| body["resolution"] = "pay".into()),
            "resolution",
        ),
        (with(&|body| body["lines"] = json!([])), "lines"),
        (
            with(&|body| body["lines"][0]["kind"] = "lost".into()),
            "lines[0].kind",
        ),
        (
            with(&|body| body["lines"][0]["count"] = 0.into()),
            "lines[0].count",
        ),
        (
            with(&|body| body["lines"][0]["codes"] = json!([partners.code(0)])),
            "lines[0]",
        ),
        (
            with(&|body| body["shipment"] = "00".repeat(32).into()),
            "shipment",
        ),
        (with(&|body| body["to"] = own.as_str().into()), "to"),
        (
            with(&|body| {
                body["to"] = own.as_str().into();
                body["shipment"] = Value::Null;
            }),
            "to",
        ),
        (
            with(&|body| body["note"] = "x".repeat(2_001).into()),
            "note",
        ),
    ];
    for (number, (body, at)) in bad.iter().enumerate() {
        let answer = distributor
            .post(&format!("bad-{number}"), CASES, body)
            .await;
        assert_eq!(answer.status, 422, "{at}: {}", answer.body);
        assert_eq!(answer.body["errors"][0]["at"], *at, "{}", answer.body);
    }
    let nothing = json!({ "sscc": partners.pallet, "resolution": "credit_account" });
    let refused = distributor.post("nothing", RECEIVE, &nothing).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    for id in ["nonsense".to_owned(), "00".repeat(32)] {
        let body = json!({ "response": "accept" });
        let answer = distributor
            .post("no-case", &format!("{CASES}/{id}/answers"), &body)
            .await;
        assert_eq!(answer.status, 404, "{}", answer.body);
    }

    // The inbox takes only what the chain confirms.
    let forged = knock(&partners.maker, forgery(&partners)).await;
    assert_eq!(forged.status, 404, "{}", forged.body);
    assert!(
        text(&forged.body["detail"]).contains("digest"),
        "{}",
        forged.body
    );
    let elsewhere = knock(&partners.pharmacy, forgery(&partners)).await;
    assert_eq!(elsewhere.status, 422, "{}", elsewhere.body);
    for (bytes, status) in [(b"nonsense".to_vec(), 422), (vec![0; 70_000], 413)] {
        let answer = knock(&partners.maker, bytes).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    assert_eq!(
        partners.maker.get(CASES).await.body["exceptions"],
        json!([])
    );
}

/// A report in the distributor's name that it never put on record.
fn forgery(partners: &Partners) -> Vec<u8> {
    use theriac_ledger::encoding::BoundedList;
    use theriac_partner::exception::message::{Content, Line, Message, Note};
    use theriac_partner::exception::{Kind, Resolution};
    let line = Line {
        kind: Kind::Over,
        sscc: None,
        gtin: Some(test_product()),
        lot: None,
        serial: None,
        expiry: None,
        count: 1,
    };
    let message = Message {
        salt: [1; 32],
        from: partners.network.consortium.account(Actor::Distributor),
        to: partners.network.consortium.account(Actor::Maker),
        content: Content::Report {
            shipment: None,
            lines: BoundedList::new(vec![line]).expect("one line"),
            resolution: Resolution::CreditAccount,
        },
        note: Note::default(),
    };
    message.bytes()
}

/// Hands bytes in at a service, as anybody could.
async fn knock(service: &Service, bytes: Vec<u8>) -> Answer {
    service.post_bytes(&format!("{CASES}/inbox"), bytes).await
}

/// Waits until a service shows a case as it should.
async fn until(service: &Service, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let what = format!("{path} of {}", service.address());
    eventually(&what, PATIENCE, || async {
        let case = service.try_get(path).await?;
        (case.status == 200 && is_so(&case.body)).then_some(case.body)
    })
    .await
}

fn has_messages(case: &Value, count: usize) -> bool {
    case["messages"].as_array().map(Vec::len) == Some(count)
}

fn lines(case: &Value) -> &Vec<Value> {
    case["lines"].as_array().expect("lines")
}

/// What both sides must see alike: everything but whose side it is and what was delivered.
fn shared(case: &Value) -> Value {
    let mut case = case.clone();
    case.as_object_mut()
        .expect("the shape of a case")
        .remove("own_side");
    for message in case["messages"]
        .as_array_mut()
        .expect("the shape of a case")
    {
        let message = message.as_object_mut().expect("the shape of a case");
        message.remove("delivered");
        message.remove("trouble");
    }
    case
}
