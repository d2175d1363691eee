//! Changes of the consortium as anyone reads them: `tests/answers/changes.json` is what programs rely on.

use serde_json::{Value, json};
use theriac_client::NodeUrl;
use theriac_ledger::change::{Change, KeyRevocation};
use theriac_ledger::record::Role;
use theriac_ledger::testing::Actor;
use theriac_ledger::testing::membership::{new_organisation, new_validator};

use crate::served::Served;

const ON_FILE: &str = include_str!("../answers/changes.json");

async fn get(url: &NodeUrl, path: &str) -> Value {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(format!("{url}{path}")).send().await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    answer.json().await.unwrap()
}

/// One change that is enacted, one that waits for its notice to pass, one that lacks approvals.
fn some_changes(served: &mut Served) {
    let chain = served.world.chain_id();
    let revocation = Change::RevokeKey(KeyRevocation {
        key: served
            .world
            .consortium
            .second_key(Actor::Pharmacy)
            .public_key(),
        compromised_since: served.now(),
    });
    let (id, signed) = served.world.propose(&revocation, served.now());
    for one in signed {
        served.decide_with(&[one]);
    }
    let enactment = served.world.enact(id, &revocation, served.now());
    served.decide_with(&[enactment]);
    let newcomer = new_organisation(&chain, "Farmacia Nuova", Role::Pharmacy, &[]);
    let (_, signed) = served
        .world
        .propose(&Change::AdmitOrganisation(newcomer), served.now());
    for one in signed {
        served.decide_with(&[one]);
    }
    let account = served.world.consortium.authority_account(0);
    let fifth = Change::AddValidator(new_validator(&chain, "fifth", account));
    let (_, signed) = served.world.propose(&fifth, served.now());
    served.decide_with(&signed[..1]);
}

#[actix_web::test]
async fn changes_are_shown_as_the_answers_on_file() {
    let mut served = Served::start();
    some_changes(&mut served);
    let url = served.url.clone();
    let page = get(&url, "/v1/changes?limit=2").await;
    let before = page["next"].as_str().unwrap();
    let rest = get(&url, &format!("/v1/changes?before={before}")).await;
    let enacted = rest["changes"][0]["record"]["id"].as_str().unwrap();
    let found = json!({
        "GET /v1/changes?limit=2": page,
        "GET /v1/changes?before=": rest,
        "GET /v1/changes/{id}": get(&url, &format!("/v1/changes/{enacted}")).await,
    });
    let on_file: Value = serde_json::from_str(ON_FILE).unwrap();
    assert!(found == on_file, "the answers are now\n{found:#}");
    served.stop().await;
}
