//! What is refused, and that it leaves nothing.

use serde_json::{Value, json};
use theriac_ledger::testing::{Actor, sscc};
use theriac_testkit::load::History;
use theriac_testkit::oracle;
use theriac_testkit::service::Service;

use super::{Partners, pack_code};
use crate::alone;

/// One bad request: what it is, status, code, place of the first fault if it names one.
type Case<'a> = (
    &'a str,
    &'a Service,
    &'a str,
    Value,
    u16,
    &'a str,
    Option<&'a str>,
);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_bad_hand_over_is_refused_with_what_to_do_and_leaves_nothing() {
    let _alone = alone().await;
    let partners = Partners::start(63).await;
    let height = partners.supply_pharmacy().await;
    let (maker, distributor) = (&partners.maker, &partners.distributor);
    let pharmacy = &partners.pharmacy;
    for service in [maker, distributor] {
        service.follow(height).await;
    }
    let before = transactions(&partners).await;

    let (own, other) = (partners.code(0), partners.code(10));
    let case = partners.cases[1].as_str();
    let stranger = sscc("9506009", 77).to_string();
    let to = partners.account(Actor::OtherPharmacy);
    let mut wrong = own.clone();
    wrong.replace_range(17..18, if &own[17..18] == "0" { "1" } else { "0" });
    let cases: Vec<Case<'_>> = vec![
        (
            "malformed code",
            pharmacy,
            "/api/v1/dispensings",
            json!({ "codes": ["not a code"] }),
            422,
            "invalid_input",
            Some("codes[0]"),
        ),
        (
            "wrong check digit",
            pharmacy,
            "/api/v1/dispensings",
            json!({ "codes": [wrong] }),
            422,
            "invalid_input",
            Some("codes[0]"),
        ),
        (
            "a pack twice",
            pharmacy,
            "/api/v1/dispensings",
            json!({ "codes": [own, own] }),
            422,
            "invalid_input",
            Some("codes[1]"),
        ),
        (
            "a serial that was never made",
            pharmacy,
            "/api/v1/dispensings",
            json!({ "codes": [pack_code("NEVERMADE")] }),
            422,
            "invalid_input",
            Some("codes[0]"),
        ),
        (
            "a pack that somebody else holds",
            pharmacy,
            "/api/v1/dispensings",
            json!({ "codes": [other] }),
            409,
            "pack_not_held",
            None,
        ),
        (
            "a unit that nobody packed",
            pharmacy,
            "/api/v1/receipts",
            json!({ "sscc": stranger }),
            422,
            "invalid_input",
            Some("sscc"),
        ),
        (
            "a unit that is not on its way to me",
            pharmacy,
            "/api/v1/receipts",
            json!({ "sscc": case }),
            422,
            "invalid_input",
            Some("sscc"),
        ),
        (
            "unpacking what somebody else holds",
            pharmacy,
            "/api/v1/unpackings",
            json!({ "sscc": case, "all": true }),
            409,
            "unit_not_held",
            None,
        ),
        (
            "shipping what I no longer hold",
            maker,
            "/api/v1/shipments",
            json!({ "to": to, "purpose": "supply", "units": [case] }),
            409,
            "unit_not_held",
            None,
        ),
        (
            "shipping to nobody",
            distributor,
            "/api/v1/shipments",
            json!({ "to": "1234567890123", "purpose": "supply", "units": [case] }),
            422,
            "invalid_input",
            Some("to"),
        ),
        (
            "a field that does not exist",
            distributor,
            "/api/v1/shipments",
            json!({ "to": to, "purpose": "supply", "pallets": [case] }),
            422,
            "invalid_body",
            None,
        ),
    ];
    for (index, (what, service, path, body, status, code, at)) in cases.into_iter().enumerate() {
        let name = format!("bad-{index}");
        let answer = service.post(&name, path, &body).await;
        let told = format!("{what}: {}", answer.body);
        assert_eq!(
            (answer.status, answer.body["code"].as_str()),
            (status, Some(code)),
            "{told}"
        );
        assert!(answer.body["detail"].is_string(), "{told}");
        assert!(at.is_some() || answer.body["hint"].is_string(), "{told}");
        if let Some(at) = at {
            assert_eq!(answer.body["errors"][0]["at"], at, "{told}");
        }
        let standing = service.get("/api/v1/status").await;
        assert_eq!(standing.body["open_intents"], 0, "{told}");
    }
    assert_eq!(transactions(&partners).await, before);
}

async fn transactions(partners: &Partners) -> usize {
    let chain = oracle::check(&partners.network, &History::default()).await;
    chain
        .blocks
        .iter()
        .map(|block| block.transactions.len())
        .sum()
}
