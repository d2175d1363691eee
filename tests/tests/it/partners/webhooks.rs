//! Webhooks whose receivers fail at first.

use serde_json::{Value, json};
use theriac_ledger::testing::Actor;
use theriac_testkit::network::{Network, PATIENCE};
use theriac_testkit::service::Service;
use theriac_testkit::wait::eventually;
use tokio::net::TcpListener;

use super::staff::{PASSWORD, arrived_and_told, check_signature, first_administrator, header};
use super::text;
use crate::alone;

const WEBHOOKS: &str = "/api/v1/webhooks";
/// Milliseconds until a receiver that failed is told again.
const RETRY_MS: u64 = 100;
const ATTEMPTS_MAX: u64 = 5;

async fn maker(network: &Network) -> Service {
    let mut maker = Service::prepare(network, "manufacturer", Actor::Maker, &[0, 1]);
    let webhooks = json!({
        "allow_internal": true, "first_retry_ms": RETRY_MS, "attempts_max": ATTEMPTS_MAX,
    });
    maker.set_section("webhooks", &webhooks);
    first_administrator(&maker);
    maker.start().await;
    maker
}

fn product(item: u32) -> Value {
    json!({
        "gtin": theriac_ledger::testing::gtin("9506000", item).to_string(),
        "name": "Theriaca Andromachi", "strength": "500 mg",
        "form": "tablet", "pack_size": 30, "markets": ["IT"],
    })
}

/// Waits until the newest delivery is in this state.
async fn until_state(maker: &Service, ada: &str, hook: &str, state: &str) -> Value {
    let path = format!("{WEBHOOKS}/{hook}/deliveries");
    eventually(&format!("the delivery is {state}"), PATIENCE, || async {
        let listed = maker.get_as(ada, &path).await.body;
        let newest = listed["deliveries"][0].clone();
        (newest["state"] == state).then_some(newest)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_fails_is_told_the_same_again_until_it_takes_it_or_failed_too_often() {
    let _alone = alone().await;
    let network = Network::start(161).await;
    let maker = maker(&network).await;
    let ada = maker.sign_in("ada", PASSWORD).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}/hook", listener.local_addr().expect("an address"));
    let hook = json!({ "url": url, "kinds": ["intent_settled"] });
    let webhook = maker.post_as(&ada, "hook", WEBHOOKS, &hook).await;
    assert_eq!(webhook.status, 201, "{}", webhook.body);
    let hook = text(&webhook.body["id"]);

    // An error, a lost answer, a redirection that nobody follows: the same delivery comes each time.
    maker.act("first", "/api/v1/products", &product(1)).await;
    let mut arrivals = Vec::new();
    for status in [
        Some("500 Internal Server Error"),
        None,
        Some("302 Found"),
        Some("204 No Content"),
    ] {
        let (head, body) = arrived_and_told(&listener, status).await;
        check_signature(&webhook.body, &head, &body);
        arrivals.push((header(&head, "theriac-delivery").to_owned(), body));
    }
    assert!(
        arrivals.iter().all(|one| *one == arrivals[0]),
        "{arrivals:#?}"
    );
    let delivery = until_state(&maker, &ada, &hook, "delivered").await;
    assert_eq!(delivery["id"], arrivals[0].0.as_str(), "{delivery}");
    assert_eq!(
        (&delivery["attempts"], &delivery["last_status"]),
        (&4.into(), &204.into())
    );

    // What was taken does not come again: the next is another one. It fails as often as is allowed.
    maker.act("second", "/api/v1/products", &product(2)).await;
    for _ in 0..ATTEMPTS_MAX {
        let (head, _) = arrived_and_told(&listener, Some("503 Service Unavailable")).await;
        assert_ne!(header(&head, "theriac-delivery"), arrivals[0].0);
    }
    let dead = until_state(&maker, &ada, &hook, "dead").await;
    assert_eq!(
        (&dead["attempts"], &dead["last_status"]),
        (&ATTEMPTS_MAX.into(), &503.into())
    );
    assert_eq!(dead["next_at"], Value::Null, "{dead}");
    // One that is dead is sent once more to whoever asks for it.
    let replay = format!("{WEBHOOKS}/{hook}/deliveries/{}/replay", text(&dead["id"]));
    let asked = maker.post_as(&ada, "replay", &replay, &json!({})).await;
    assert!(asked.status < 300, "{}", asked.body);
    let (head, _) = arrived_and_told(&listener, Some("204 No Content")).await;
    assert_eq!(header(&head, "theriac-delivery"), text(&dead["id"]));
    until_state(&maker, &ada, &hook, "delivered").await;
}
