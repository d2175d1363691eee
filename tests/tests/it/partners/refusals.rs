//! What is refused, and that it leaves nothing.

use serde_json::{Value, json};
use theriac_ledger::testing::{Actor, sscc};
use theriac_testkit::load::History;
use theriac_testkit::oracle;
use theriac_testkit::service::Service;

use super::{Partners, pack_code};
use crate::alone;

const DISPENSE: &str = "/api/v1/dispensings";
const RECEIVE: &str = "/api/v1/receipts";
const SHIP: &str = "/api/v1/shipments";
const UNPACK: &str = "/api/v1/unpackings";

/// A request that must be refused.
struct Bad<'p> {
    what: &'static str,
    service: &'p Service,
    path: &'static str,
    body: Value,
    status: u16,
    code: &'static str,
    /// Where the fault is, when it is in the request.
    at: Option<&'static str>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_bad_request_is_refused_with_what_to_do_and_leaves_nothing() {
    let _alone = alone().await;
    let partners = Partners::start(63).await;
    let height = partners.supply_pharmacy().await;
    for service in [&partners.maker, &partners.distributor] {
        service.follow(height).await;
    }
    let before = transactions(&partners).await;
    let bad = [
        bad_codes(&partners),
        bad_names(&partners),
        bad_custody(&partners),
    ];
    for (index, bad) in bad.iter().flatten().enumerate() {
        let name = format!("bad-{index}");
        let answer = bad.service.post(&name, bad.path, &bad.body).await;
        let told = format!("{}: {}", bad.what, answer.body);
        assert_eq!(answer.status, bad.status, "{told}");
        assert_eq!(answer.body["code"], bad.code, "{told}");
        assert!(answer.body["detail"].is_string(), "{told}");
        if let Some(at) = bad.at {
            assert_eq!(answer.body["errors"][0]["at"], at, "{told}");
        } else {
            assert!(answer.body["hint"].is_string(), "{told}");
        }
        let standing = bad.service.get("/api/v1/status").await;
        assert_eq!(standing.body["open_intents"], 0, "{told}");
    }
    assert_eq!(transactions(&partners).await, before);
}

/// Codes that say nothing, or nothing that was made.
fn bad_codes(partners: &Partners) -> Vec<Bad<'_>> {
    let own = partners.code(0);
    let mut wrong = own.clone();
    let digit = if &own[17..18] == "0" { "1" } else { "0" };
    wrong.replace_range(17..18, digit);
    let bad = |what, codes: Value, at| Bad {
        what,
        service: &partners.pharmacy,
        path: DISPENSE,
        body: json!({ "codes": codes }),
        status: 422,
        code: "invalid_input",
        at: Some(at),
    };
    vec![
        bad("a malformed code", json!(["not a code"]), "codes[0]"),
        bad("a wrong check digit", json!([wrong]), "codes[0]"),
        bad("a pack named twice", json!([own, own]), "codes[1]"),
        bad(
            "a serial that was never made",
            json!([pack_code("NEVERMADE")]),
            "codes[0]",
        ),
    ]
}

/// Requests that name what is not there.
fn bad_names(partners: &Partners) -> Vec<Bad<'_>> {
    let case = partners.cases[1].as_str();
    let stranger = sscc("9506009", 77).to_string();
    let bad = |what, service, path, body, at| Bad {
        what,
        service,
        path,
        body,
        status: 422,
        code: "invalid_input",
        at: Some(at),
    };
    let (distributor, pharmacy) = (&partners.distributor, &partners.pharmacy);
    let unknown_unit = json!({ "sscc": stranger });
    let not_mine = json!({ "sscc": case });
    let nobody = json!({ "to": "1234567890123", "purpose": "supply", "units": [case] });
    let field = json!({ "to": "", "purpose": "supply", "pallets": [case] });
    vec![
        bad("an unknown unit", pharmacy, RECEIVE, unknown_unit, "sscc"),
        bad("a unit not sent to me", pharmacy, RECEIVE, not_mine, "sscc"),
        bad("an unknown addressee", distributor, SHIP, nobody, "to"),
        Bad {
            code: "invalid_body",
            at: None,
            ..bad("an unknown field", distributor, SHIP, field, "")
        },
    ]
}

/// Acts on what somebody else holds.
fn bad_custody(partners: &Partners) -> Vec<Bad<'_>> {
    let case = partners.cases[1].as_str();
    let to = partners.account(Actor::OtherPharmacy);
    let bad = |service, path, body, code| Bad {
        what: "what somebody else holds",
        service,
        path,
        body,
        status: 409,
        code,
        at: None,
    };
    let (maker, pharmacy) = (&partners.maker, &partners.pharmacy);
    let pack = json!({ "codes": [partners.code(10)] });
    let unit = json!({ "sscc": case, "all": true });
    let shipment = json!({ "to": to, "purpose": "supply", "units": [case] });
    vec![
        bad(pharmacy, DISPENSE, pack, "pack_not_held"),
        bad(pharmacy, UNPACK, unit, "unit_not_held"),
        bad(maker, SHIP, shipment, "unit_not_held"),
    ]
}

async fn transactions(partners: &Partners) -> usize {
    let chain = oracle::check(&partners.network, &History::default()).await;
    let blocks = chain.blocks.iter();
    blocks.map(|block| block.transactions.len()).sum()
}
