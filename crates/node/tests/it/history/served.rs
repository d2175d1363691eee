//! Who is answered, by signed requests over HTTP.

use theriac_client::wire::HistoryQuery;
use theriac_client::{NodeClient, NodeError};
use theriac_crypto::SigningKey;
use theriac_gs1::SerialNumber;
use theriac_http::signed_request::RequestToSign;
use theriac_ledger::testing::{Actor, gtin};
use theriac_proof::history::{HistoryBundle, HistoryVerdict};

use super::story::{DISPENSED, EXCEPTED, IN_CASE, LAST, RESTING, Teller, UNTOUCHED, serial};
use crate::fixture::medicine;
use crate::served::Served;

fn told() -> Served {
    let mut served = Served::start();
    let chain = std::sync::Arc::clone(&served.chain);
    let mut told = Vec::new();
    // The teller borrows the world, so a served node is told what one without interface was.
    let node = crate::fixture::Node::new(&served.world);
    let mut teller = Teller::new(&mut served.world);
    for height in 1..=LAST {
        let now = node.chain.parent().time;
        let signed = teller.block(height, now);
        told.push(node.advance(teller.world, signed));
    }
    for block in told {
        let digest = chain.execute(&block.block).unwrap();
        chain.commit(&digest, block.certificate.clone()).unwrap();
    }
    served
}

fn of(position: u32) -> HistoryQuery {
    HistoryQuery {
        gtin: medicine(),
        serial: serial(position),
    }
}

async fn status(client: &NodeClient, query: HistoryQuery) -> (u16, String) {
    match client.history(&query).await {
        Ok(_) => (200, String::new()),
        Err(NodeError::Refused { problem, .. }) => (problem.status, problem.code.clone()),
        Err(error) => panic!("{error}"),
    }
}

#[actix_web::test]
async fn a_history_is_for_its_parties_its_maker_and_regulators() {
    let served = told();
    let own = [Actor::Maker, Actor::Regulator];
    let parties: [(u32, &[Actor]); 5] = [
        (DISPENSED, &[Actor::Distributor, Actor::Pharmacy]),
        // It was shipped to the pharmacy, which rejected it.
        (EXCEPTED, &[Actor::Distributor, Actor::Pharmacy]),
        (IN_CASE, &[Actor::Distributor]),
        (RESTING, &[]),
        (UNTOUCHED, &[]),
    ];
    for (position, others) in parties {
        for actor in Actor::ALL {
            let answer = status(&served.client(actor), of(position)).await;
            let expected = if own.contains(&actor) || others.contains(&actor) {
                (200, String::new())
            } else {
                (403, "not_a_party".to_owned())
            };
            assert_eq!(answer, expected, "{actor:?} asks for {position}");
        }
    }
}

#[actix_web::test]
async fn any_key_of_an_account_reads_what_the_account_may_and_no_other() {
    let served = told();
    let consortium = &served.world.consortium;
    let request_key = served.client_with(consortium.request_key(Actor::Pharmacy));
    assert_eq!(status(&request_key, of(DISPENSED)).await.0, 200);
    let validator = served.client_with(consortium.validator_keys[0].clone());
    let refused = (403, "not_a_party".to_owned());
    assert_eq!(status(&validator, of(DISPENSED)).await, refused);
    let stranger = served.client_with(SigningKey::from_seed(&[99; 32]));
    let unknown = (403, "forbidden".to_owned());
    assert_eq!(status(&stranger, of(DISPENSED)).await, unknown);
    let unsigned = (401, "signature_missing".to_owned());
    assert_eq!(status(&served.anyone(), of(DISPENSED)).await, unsigned);
}

#[actix_web::test]
async fn a_pack_that_is_not_on_record_is_unknown_to_everyone_alike() {
    let served = told();
    let nobody = SerialNumber::parse("A/B+C%1&d=\"e\"").unwrap();
    let queries = [
        HistoryQuery {
            gtin: medicine(),
            serial: nobody,
        },
        HistoryQuery {
            gtin: gtin("9506000", 9),
            serial: serial(DISPENSED),
        },
    ];
    let mut answers = Vec::new();
    for query in queries {
        for actor in [Actor::Regulator, Actor::OtherPharmacy] {
            let error = served.client(actor).history(&query).await.unwrap_err();
            let problem = error.problem().unwrap().clone();
            assert_eq!((problem.status, problem.code.as_str()), (404, "not_found"));
            answers.push((problem.detail, problem.hint));
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[actix_web::test]
async fn what_is_served_checks_in_both_forms_and_a_malformed_question_is_refused() {
    let served = told();
    let bundle = served.client(Actor::Pharmacy).history(&of(DISPENSED)).await;
    let bundle = bundle.unwrap();
    let checked = super::checked(&served.world, &bundle);
    assert_eq!(checked.verdict, HistoryVerdict::Complete);
    let json = get(&served, &of(DISPENSED).path()).await;
    assert_eq!(json.status().as_u16(), 200);
    assert_eq!(json.headers()["content-type"], "application/json");
    let json = json.bytes().await.unwrap();
    assert_eq!(HistoryBundle::from_json(&json).unwrap(), bundle);
    for path in [
        "/v1/history",
        "/v1/history?gtin=1&serial=2",
        "/v1/history?gtin=1",
    ] {
        assert_eq!(get(&served, path).await.status().as_u16(), 400, "{path}");
    }
}

/// A signed request without the header `Accept`.
async fn get(served: &Served, path: &str) -> reqwest::Response {
    let request = RequestToSign {
        method: "GET",
        path_and_query: path,
        body: &[],
        time_ms: served.world.genesis.anchor.time.0,
        nonce: theriac_crypto::digest("nonce", path.as_bytes()).0[..16]
            .try_into()
            .unwrap(),
    };
    let key = served.world.consortium.key(Actor::Pharmacy);
    let signed = request.sign(&key, &served.world.chain_id().0);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut call = client.get(format!("{}{path}", served.url));
    for (name, value) in signed.to_pairs() {
        call = call.header(name, value);
    }
    call.send().await.unwrap()
}
