//! A distributor's day: checking a delivery, picking, repacking, and returns.
#![expect(
    clippy::too_many_lines,
    reason = "each test tells one day from its beginning to its end"
)]

use serde_json::{Value, json};
use theriac_ledger::testing::Actor;
use theriac_testkit::stock::test_product;

use super::{LOT, Partners, pack_code, text};
use crate::alone;

const CHECK: &str = "/api/v1/receipts/check";
const PICK: &str = "/api/v1/picks";
const SHIP: &str = "/api/v1/shipments";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_is_ticked_scan_by_scan_and_its_receipt_is_signed_as_the_check_gives_it() {
    let _alone = alone().await;
    let partners = Partners::start(81).await;
    let (shipment, height) = partners.ship_pallet().await;
    let distributor = &partners.distributor;
    distributor.follow(height).await;
    // Nothing scanned: everything is missing, as one pallet.
    let check = async |body: Value| distributor.post("check", CHECK, &body).await;
    let nothing = check(json!({ "shipment": shipment })).await;
    assert_eq!(nothing.status, 200, "{}", nothing.body);
    assert_eq!(nothing.body["packs"]["missing"], 40);
    let except = &nothing.body["receipt"]["except"];
    assert_eq!(except[0]["units"], json!([partners.pallet]), "{except}");
    assert_eq!(except.as_array().map(Vec::len), Some(1));
    // The pallet's label alone: all of it is there.
    let whole = check(json!({ "sscc": partners.pallet, "codes": [partners.pallet] })).await;
    assert_eq!(whole.body["is_complete"], true, "{}", whole.body);
    assert_eq!(whole.body["receipt"]["except"], json!([]));

    // Two cases by their labels, one case damaged, two packs of the last, and things that are not in it.
    let unit = |sscc: &String| format!("(00){sscc}");
    let gtin = test_product();
    let body = json!({
        "sscc": partners.pallet,
        "codes": [
            unit(&partners.cases[0]), partners.cases[1], partners.code(30),
            format!("]d201{gtin}21{}", partners.serials[31]),
            pack_code("NOTONRECORD"), "nonsense",
        ],
        "damaged": [partners.cases[2]],
    });
    let checked = check(body).await;
    assert_eq!(checked.status, 200, "{}", checked.body);
    let checked = checked.body;
    let packs = json!({
        "expected": 40, "ticked": 22, "damaged": 10, "mismatched": 0, "missing": 8,
    });
    assert_eq!(checked["packs"], packs);
    assert_eq!(checked["lots"][0]["ticked"], 22);
    let states: Vec<(String, String)> = checked["units"]
        .as_array()
        .unwrap()
        .iter()
        .map(|unit| (text(&unit["sscc"]), text(&unit["state"])))
        .collect();
    for (sscc, state) in [
        (&partners.pallet, "partly"),
        (&partners.cases[0], "ticked"),
        (&partners.cases[2], "damaged"),
        (&partners.cases[3], "partly"),
    ] {
        assert!(
            states.contains(&(sscc.clone(), state.to_owned())),
            "{states:?}"
        );
    }
    let kinds: Vec<&Value> = checked["unexpected"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["kind"])
        .collect();
    assert_eq!(kinds, ["product_without_data", "unreadable"]);
    // Nothing was written; the receipt that the check gives is signed as it is.
    assert_eq!(
        distributor.get("/api/v1/stock").await.body["stock"],
        json!([])
    );
    let (received, height) = distributor
        .act("receive", "/api/v1/receipts", &checked["receipt"])
        .await;
    assert_eq!(
        received["exceptions"].as_array().map(Vec::len),
        Some(2),
        "{received}"
    );
    distributor.follow(height).await;
    let case = distributor
        .get(&format!("/api/v1/exceptions/{shipment}"))
        .await;
    let short: u64 = case.body["lines"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["kind"] == "short")
        .filter_map(|line| line["count"].as_u64())
        .sum();
    assert_eq!(short, 8, "{}", case.body);
    let listed = distributor
        .get("/api/v1/shipments?direction=in&state=received")
        .await;
    assert_eq!(listed.body["shipments"][0]["direction"], "in");

    for (body, at) in [
        (json!({ "sscc": partners.cases[0] }), "sscc"),
        (json!({}), "sscc"),
        (
            json!({ "sscc": partners.pallet, "codes": vec!["x"; 10_001] }),
            "codes",
        ),
    ] {
        let refused = check(body).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert_eq!(refused.body["errors"][0]["at"], at);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_expires_first_is_picked_first_and_what_may_not_be_sold_is_passed_over() {
    let _alone = alone().await;
    let partners = Partners::start(82).await;
    let (maker, distributor) = (&partners.maker, &partners.distributor);
    let gtin = test_product();
    // A second batch that expires earlier, not packed.
    let batch = json!({
        "gtin": gtin.to_string(), "lot": "EARLY", "expiry": "2040-01-31",
        "manufactured": "2026-01-01", "count": 6,
    });
    let (_, height) = maker.act("early", "/api/v1/batches", &batch).await;
    maker.follow(height).await;
    let listed = maker
        .get(&format!("/api/v1/batches/{gtin}/EARLY/serials"))
        .await;
    let early = text(&listed.body["serials"][0]["serial"]);
    let to = partners.account(Actor::Distributor);
    let body = json!({
        "to": to, "purpose": "supply", "units": [partners.pallet],
        "packs": [{ "gtin": gtin.to_string(), "lot": "EARLY", "first": 0, "count": 6 }],
    });
    let (_, height) = maker.act("ship", SHIP, &body).await;
    distributor.follow(height).await;
    let (_, height) = distributor
        .act(
            "receive",
            "/api/v1/receipts",
            &json!({ "sscc": partners.pallet }),
        )
        .await;
    distributor.follow(height).await;
    let lock = json!({ "codes": [format!("(01){gtin}(21){early}")], "reason": "quality" });
    let (_, height) = distributor.act("lock", "/api/v1/locks", &lock).await;
    distributor.follow(height).await;

    let pick = async |body: Value| distributor.post("pick", PICK, &body).await;
    let line = |count: u64| json!({ "gtin": gtin.to_string(), "count": count });
    let pharmacy = partners.account(Actor::Pharmacy);
    let picked = pick(json!({ "lines": [line(17)], "to": pharmacy })).await;
    assert_eq!(picked.status, 200, "{}", picked.body);
    let picked = picked.body;
    assert_eq!(picked["is_complete"], true);
    let lots: Vec<(String, u64)> = picked["lines"][0]["lots"]
        .as_array()
        .unwrap()
        .iter()
        .map(|lot| (text(&lot["lot"]), lot["packs"].as_u64().unwrap()))
        .collect();
    assert_eq!(lots, [("EARLY".to_owned(), 5), (LOT.to_owned(), 12)]);
    assert_eq!(
        picked["lines"][0]["passed_over"],
        json!([{ "lot": "EARLY", "reason": "locked", "packs": 1 }])
    );
    // The pallet is opened, one case goes whole, another is opened; then the shipment goes as the pick gives it.
    let unpackings = picked["unpackings"].as_array().unwrap();
    assert_eq!(unpackings.len(), 2, "{picked}");
    assert_eq!(unpackings[0]["sscc"], partners.pallet.as_str());
    for (number, body) in unpackings.iter().enumerate() {
        let (_, height) = distributor
            .act(&format!("open-{number}"), "/api/v1/unpackings", body)
            .await;
        distributor.follow(height).await;
    }
    let (_, height) = distributor
        .act("pick-ship", SHIP, &picked["shipment"])
        .await;
    distributor.follow(height).await;

    // What is left is 28 of the later batch; more is told as missing, and a minimum of days passes over.
    let left = pick(json!({ "lines": [line(100)] })).await.body;
    assert_eq!(
        (&left["is_complete"], &left["lines"][0]["found"]),
        (&false.into(), &28.into())
    );
    let mut fresh = line(1);
    fresh["minimum_days"] = 36_500.into();
    let fresh = pick(json!({ "lines": [fresh] })).await.body;
    assert_eq!(fresh["lines"][0]["found"], 0);
    assert_eq!(
        fresh["lines"][0]["passed_over"][0]["reason"],
        "expires_too_soon"
    );

    // A recalled batch is not picked.
    let recall = json!({ "gtin": gtin.to_string(), "lot": LOT, "class": 2, "notice": "Crumbles." });
    let (_, height) = maker.act("recall", "/api/v1/recalls", &recall).await;
    distributor.follow(height).await;
    let none = pick(json!({ "lines": [line(1)] })).await.body;
    assert_eq!(
        none["lines"][0]["passed_over"][1],
        json!({ "lot": LOT, "reason": "recalled", "packs": 28 })
    );

    for (body, at) in [
        (json!({ "lines": [] }), "lines"),
        (json!({ "lines": [line(0)] }), "lines[0].count"),
        (json!({ "lines": [line(1), line(1)] }), "lines[1].gtin"),
        (
            json!({ "lines": [{ "gtin": "1", "count": 1 }] }),
            "lines[0].gtin",
        ),
    ] {
        let refused = pick(body).await;
        assert_eq!(refused.status, 422, "{}", refused.body);
        assert_eq!(refused.body["errors"][0]["at"], at);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_back_is_sold_again_only_when_each_pack_was_verified() {
    let _alone = alone().await;
    let partners = Partners::start(83).await;
    let height = partners.supply_pharmacy().await;
    let (distributor, pharmacy) = (&partners.distributor, &partners.pharmacy);
    distributor.follow(height).await;
    let case = &partners.cases[0];
    // The pharmacy opens the case and sends three packs back.
    let (_, height) = pharmacy
        .act(
            "open",
            "/api/v1/unpackings",
            &json!({ "sscc": case, "all": true }),
        )
        .await;
    pharmacy.follow(height).await;
    let codes: Vec<String> = (0..3).map(|position| partners.code(position)).collect();
    let to = partners.account(Actor::Distributor);
    let body = json!({ "to": to, "purpose": "return", "codes": codes });
    let (sent, height) = pharmacy.act("send-back", SHIP, &body).await;
    distributor.follow(height).await;
    let shipment = text(&sent["shipment"]);
    let (_, height) = distributor
        .act(
            "receive-return",
            "/api/v1/receipts",
            &json!({ "shipment": shipment }),
        )
        .await;
    distributor.follow(height).await;

    let stock = distributor.get("/api/v1/stock").await.body;
    let returned: Vec<&Value> = stock["stock"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["returned"] == true)
        .collect();
    assert_eq!(returned.len(), 1, "{stock}");
    assert_eq!(returned[0]["packs"], 3);
    let again = json!({ "to": partners.account(Actor::OtherPharmacy), "purpose": "supply", "codes": codes });
    let refused = distributor.post("resell", SHIP, &again).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    assert_eq!(refused.body["code"], "return_not_verified");
    assert!(
        text(&refused.body["hint"]).contains(&format!("/api/v1/returns/{shipment}/verifications"))
    );
    let order = json!({ "lines": [{ "gtin": test_product().to_string(), "count": 33 }] });
    let picked = distributor.post("pick", PICK, &order).await.body;
    assert_eq!(picked["lines"][0]["found"], 30, "{picked}");
    assert_eq!(picked["lines"][0]["passed_over"][0]["reason"], "returned");

    // Two packs agree with the record, one says another batch, and one code was never made.
    let verifications = format!("/api/v1/returns/{shipment}/verifications");
    let other = partners.serials[2].clone();
    let body = json!({ "codes": [
        codes[0], codes[1], format!("(01){}(10)OTHER(21){other}", test_product()),
        pack_code("NEVERMADE"), partners.code(20), "nonsense",
    ] });
    let dry = distributor
        .post("dry", &format!("{verifications}?dry_run=true"), &body)
        .await;
    assert_eq!(dry.body["waiting"], 3, "{}", dry.body);
    let verified = distributor.post("verify", &verifications, &body).await;
    assert_eq!(verified.status, 200, "{}", verified.body);
    let checked = verified.body["checked"].as_array().unwrap();
    let reasons: Vec<&Value> = checked.iter().map(|one| &one["reason"]).collect();
    assert_eq!(
        reasons,
        [
            &Value::Null,
            &Value::Null,
            &"lot_differs".into(),
            &"not_known".into(),
            &"not_in_return".into(),
            &"unreadable".into()
        ],
        "{}",
        verified.body
    );
    assert!(text(&checked[2]["hint"]).contains("/api/v1/locks"));
    assert_eq!(verified.body["waiting"], 1);
    let case = text(&verified.body["exceptions"][0]);
    let replayed = distributor.post("verify", &verifications, &body).await;
    assert_eq!(replayed.body["exceptions"], json!([case]));
    // Another scan of the third does not free it, and is no second case.
    let third = json!({ "codes": [codes[2]] });
    let blocked = distributor.post("verify-2", &verifications, &third).await;
    assert_eq!(blocked.body["checked"][0]["reason"], "blocked");
    assert_eq!(blocked.body["waiting"], 1, "{}", blocked.body);
    assert_eq!(blocked.body["exceptions"], Value::Null);
    let case = distributor.get(&format!("/api/v1/exceptions/{case}")).await;
    let kinds: Vec<&Value> = case.body["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| &line["kind"])
        .collect();
    assert_eq!(kinds, ["mismatch", "suspect"], "{}", case.body);
    let listed = distributor.get("/api/v1/returns").await;
    assert_eq!(
        (
            &listed.body["returns"][0]["packs"],
            &listed.body["returns"][0]["waiting"]
        ),
        (&3.into(), &1.into())
    );

    // The two are sold; the third stays blocked, and may be quarantined.
    let refused = distributor.post("resell-2", SHIP, &again).await;
    assert_eq!(refused.status, 409, "{}", refused.body);
    let two = json!({ "to": partners.account(Actor::OtherPharmacy), "purpose": "supply", "codes": codes[..2] });
    let (_, height) = distributor.act("resell-3", SHIP, &two).await;
    distributor.follow(height).await;
    let lock = json!({ "codes": [codes[2]], "reason": "suspect" });
    distributor.act("lock", "/api/v1/locks", &lock).await;

    for (path, status) in [
        (
            format!("/api/v1/returns/{}/verifications", "00".repeat(32)),
            404,
        ),
        ("/api/v1/returns/nonsense/verifications".to_owned(), 404),
    ] {
        let refused = distributor.post("no-return", &path, &body).await;
        assert_eq!(refused.status, status, "{}", refused.body);
    }
    let nothing = distributor
        .post("nothing", &verifications, &json!({}))
        .await;
    assert_eq!(nothing.status, 422, "{}", nothing.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_is_repacked_in_one_request() {
    let _alone = alone().await;
    let partners = Partners::start(84).await;
    let maker = &partners.maker;
    let (_, height) = maker
        .act(
            "open",
            "/api/v1/unpackings",
            &json!({ "sscc": partners.pallet, "all": true }),
        )
        .await;
    maker.follow(height).await;
    let part = json!({
        "from": partners.cases[0], "into": partners.cases[1],
        "codes": [partners.code(0), partners.code(1)],
    });
    let (done, height) = maker.act("part", "/api/v1/repackings", &part).await;
    assert_eq!(done["transactions"].as_array().map(Vec::len), Some(2));
    maker.follow(height).await;
    let packs =
        async |sscc: &str| maker.get(&format!("/api/v1/units/{sscc}")).await.body["packs"].as_u64();
    assert_eq!(packs(&partners.cases[0]).await, Some(8));
    assert_eq!(packs(&partners.cases[1]).await, Some(12));
    let all = json!({ "from": partners.cases[1], "all": true });
    let (done, height) = maker.act("all", "/api/v1/repackings", &all).await;
    maker.follow(height).await;
    assert_eq!(packs(&text(&done["sscc"])).await, Some(12));
    assert_eq!(packs(&partners.cases[1]).await, Some(0));
    let same = json!({ "from": partners.cases[0], "into": partners.cases[0], "all": true });
    let refused = maker.post("same", "/api/v1/repackings", &same).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
}
