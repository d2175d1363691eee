//! Who may call a service: people at a till, API keys, sessions, limits, and what is kept of each change.

use std::net::Ipv4Addr;

use reqwest::Method;
use serde_json::{Value, json};
use theriac_ledger::testing::Actor;
use theriac_testkit::network::Network;
use theriac_testkit::service::Service;

use super::caller::{Caller, Reply};
use super::staff::{PASSWORD, first_administrator};
use super::text;
use crate::alone;

const CURRENT: &str = "/api/v1/sessions/current";
const KEYS: &str = "/api/v1/api-keys";
const STOCK: &str = "/api/v1/stock";
const SWITCH: &str = "/api/v1/sessions/current/switch";
const USERS: &str = "/api/v1/users";

/// The till stands at another address than the desk.
const TILL: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);
const DESK: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 3);
const PIN: &str = "2580";
const WRONG_PINS: usize = 5;

/// Requests that a caller without a key may have at once in the story of the limit.
const BURST: usize = 3;

async fn pharmacy(network: &Network) -> Service {
    let mut pharmacy = Service::prepare(network, "pharmacy", Actor::Pharmacy, &[0, 1]);
    first_administrator(&pharmacy);
    pharmacy.start().await;
    pharmacy
}

fn cookie(reply: &Reply) -> String {
    let set = reply.header("set-cookie");
    set.split(';').next().unwrap_or_default().to_owned()
}

/// Signs a person in from an address.
async fn sign_in(service: &Service, user: &str, from: Ipv4Addr) -> Caller {
    let body = json!({ "user": user, "password": PASSWORD });
    let anybody = Caller::nobody(service, from);
    let reply = anybody.send(Method::POST, "/api/v1/sessions", &body).await;
    assert_eq!(reply.status, 201, "{}", reply.text);
    Caller::with_session(service, &cookie(&reply)).from(from)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_and_keys_may_what_they_were_given_until_it_is_taken_and_all_of_it_is_kept() {
    let _alone = alone().await;
    let network = Network::start(111).await;
    let pharmacy = pharmacy(&network).await;
    let ada = sign_in(&pharmacy, "ada", DESK).await;
    for (name, role) in [
        ("ben", "operator"),
        ("cleo", "operator"),
        ("dora", "approver"),
    ] {
        let user = json!({ "name": name, "role": role, "password": PASSWORD });
        let added = ada.send(Method::POST, USERS, &user).await;
        assert_eq!(added.status, 201, "{}", added.text);
    }
    a_till_changes_hands(&pharmacy).await;
    a_wrong_pin_is_locked(&pharmacy, &ada).await;
    a_key_has_its_scope_until_it_is_revoked(&pharmacy, &ada).await;
    a_role_changes_and_a_user_is_kept_out(&pharmacy, &ada).await;
    check_trail(&ada).await;
}

/// A session passes to whoever gives a PIN; it ends, wherever its cookie is.
async fn a_till_changes_hands(pharmacy: &Service) {
    let dora = sign_in(pharmacy, "dora", TILL).await;
    let pin = json!({ "password": PASSWORD, "pin": PIN });
    let weak = json!({ "password": PASSWORD, "pin": "1234" });
    let path = format!("{CURRENT}/pin");
    dora.send(Method::PUT, &path, &weak)
        .await
        .assert_refused(422, "invalid_input");
    let set = dora.send(Method::PUT, &path, &pin).await;
    assert_eq!(set.status, 204, "{}", set.text);

    let ben = sign_in(pharmacy, "ben", TILL).await;
    let to_dora = json!({ "user": "dora", "pin": PIN });
    let switched = ben.send(Method::POST, SWITCH, &to_dora).await;
    assert_eq!(switched.status, 200, "{}", switched.text);
    // The token of before is worth nothing.
    ben.get(STOCK).await.assert_refused(401, "session_ended");
    let till = Caller::with_session(pharmacy, &cookie(&switched)).from(TILL);
    let who = till.get(CURRENT).await.json();
    assert_eq!(
        (&who["caller"], &who["opened_by"]),
        (&"user:dora".into(), &"ben".into())
    );
    // By a PIN nobody is more than an operator.
    assert_eq!(who["user"]["role"], "approver", "{who}");
    assert_eq!(who["scopes"], json!(["read", "write"]), "{who}");
    let left = till.delete(CURRENT).await;
    assert_eq!(left.status, 204, "{}", left.text);
    till.get(STOCK).await.assert_refused(401, "session_ended");
}

/// Five wrong PINs are enough: the right one is refused as well, until the password was given.
async fn a_wrong_pin_is_locked(pharmacy: &Service, ada: &Caller) {
    let path = format!("{USERS}/cleo");
    let pin = ada.send(Method::PATCH, &path, &json!({ "pin": PIN })).await;
    assert_eq!(pin.json()["has_pin"], true, "{}", pin.text);
    let session = sign_in(pharmacy, "ben", TILL).await;
    let switch = async |pin| {
        let body = json!({ "user": "cleo", "pin": pin });
        session.send(Method::POST, SWITCH, &body).await
    };
    for _ in 0..WRONG_PINS {
        switch("1470").await.assert_refused(401, "sign_in_refused");
    }
    // From here it was tried too often; from elsewhere the PIN is locked, too.
    let refused = switch(PIN).await;
    refused.assert_refused(429, "rate_limited");
    let body = json!({ "user": "cleo", "pin": PIN });
    let session = session.from(DESK);
    session
        .send(Method::POST, SWITCH, &body)
        .await
        .assert_refused(403, "pin_locked");
    sign_in(pharmacy, "cleo", DESK).await;
    let switched = session.send(Method::POST, SWITCH, &body).await;
    assert_eq!(switched.status, 200, "{}", switched.text);
}

async fn a_key_has_its_scope_until_it_is_revoked(pharmacy: &Service, ada: &Caller) {
    let asked = json!({ "name": "display", "scopes": ["read"] });
    let made = ada.send(Method::POST, KEYS, &asked).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made = made.json();
    let key = Caller::with_key(pharmacy, &text(&made["api_key"]));
    assert_eq!(key.get(STOCK).await.status, 200);
    let body = json!({ "codes": ["x"] });
    let write = ("Idempotency-Key", "write");
    key.post_with(write, "/api/v1/dispensings", &body)
        .await
        .assert_refused(403, "forbidden");
    key.get(USERS).await.assert_refused(403, "forbidden");
    let listed = ada.get(KEYS).await;
    assert!(
        !listed.text.contains(&text(&made["api_key"])),
        "{}",
        listed.text
    );

    let path = format!("{KEYS}/{}", text(&made["id"]));
    let revoked = ada.delete(&path).await;
    assert_eq!(revoked.status, 204, "{}", revoked.text);
    key.get(STOCK)
        .await
        .assert_refused(401, "credentials_invalid");
    ada.delete(&path).await.assert_refused(404, "not_found");
}

async fn a_role_changes_and_a_user_is_kept_out(pharmacy: &Service, ada: &Caller) {
    let cleo = sign_in(pharmacy, "cleo", DESK).await;
    let path = format!("{USERS}/cleo");
    let change = async |change: Value| ada.send(Method::PATCH, &path, &change).await;
    cleo.get(USERS).await.assert_refused(403, "forbidden");
    let changed = change(json!({ "role": "viewer" })).await;
    assert_eq!(changed.json()["role"], "viewer", "{}", changed.text);
    assert_eq!(cleo.get(STOCK).await.status, 200);
    let body = json!({ "codes": ["x"] });
    cleo.post_with(("Idempotency-Key", "write"), "/api/v1/dispensings", &body)
        .await
        .assert_refused(403, "forbidden");
    let changed = change(json!({ "disabled": true })).await;
    assert_eq!(changed.json()["disabled"], true, "{}", changed.text);
    assert_eq!(cleo.get(STOCK).await.status, 401);
    let own = json!({ "role": "viewer" });
    let last = ada.send(Method::PATCH, &format!("{USERS}/ada"), &own).await;
    last.assert_refused(409, "conflict");
}

/// Each of the changes is kept with who made it, from where, and what came of it.
async fn check_trail(ada: &Caller) {
    let trail = ada.get("/api/v1/audit?limit=200").await.json();
    let rows = trail["audit"].as_array().expect("rows");
    let (desk, till) = (DESK.to_string(), TILL.to_string());
    let kept = [
        ("user:ada", &desk, "add user ben as operator", 201),
        ("user:dora", &till, "set the own PIN", 204),
        ("user:ben", &till, "hand the till to user dora", 200),
        ("user:dora", &till, "sign out", 204),
        ("user:ada", &desk, "set a new PIN for user cleo", 200),
        ("user:ben", &till, "fail to hand the till to user cleo", 401),
        ("user:ben", &desk, "fail to hand the till to user cleo", 403),
        (
            "user:ada",
            &desk,
            "make API key display with the scopes read",
            201,
        ),
        ("user:ada", &desk, "revoke API key display", 204),
        ("user:ada", &desk, "make user cleo viewer", 200),
        ("user:ada", &desk, "keep user cleo out", 200),
    ];
    for (who, address, meaning, status) in kept {
        let is_it = |row: &Value| {
            row["who"] == who
                && row["address"] == address.as_str()
                && row["meaning"] == meaning
                && row["status"] == status
        };
        let told = format!("{who} {address} {meaning} {status}: {trail:#}");
        assert!(rows.iter().any(is_it), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_caller_that_asks_too_often_is_told_when_to_ask_again_and_others_go_on() {
    let _alone = alone().await;
    let network = Network::start(112).await;
    let mut pharmacy = Service::prepare(&network, "pharmacy", Actor::Pharmacy, &[0, 1]);
    let listen = pharmacy.address().trim_start_matches("http://").to_owned();
    let limit = json!({ "anonymous_per_minute": 1, "anonymous_burst": BURST });
    pharmacy.set_section("server", &json!({ "listen": listen, "rate_limit": limit }));
    pharmacy.start().await;
    let anybody = Caller::nobody(&pharmacy, TILL);
    for _ in 0..BURST {
        anybody
            .get(STOCK)
            .await
            .assert_refused(401, "credentials_missing");
    }
    let refused = anybody.get(STOCK).await;
    refused.assert_refused(429, "rate_limited");
    let seconds: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&seconds), "{seconds}");
    // The limit is that caller's own: another address and a key have theirs.
    let other = Caller::nobody(&pharmacy, DESK);
    other
        .get(STOCK)
        .await
        .assert_refused(401, "credentials_missing");
    let key = Caller::with_own_key(&pharmacy).from(TILL);
    assert_eq!(key.get(STOCK).await.status, 200);
    assert_eq!(anybody.get("/healthz").await.status, 200);
}
