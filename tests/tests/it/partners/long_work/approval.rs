//! A second person approves a file of packs, and the service is killed meanwhile.

use serde_json::json;
use theriac_testkit::service::Service;

use super::super::staff::{PASSWORD, first_administrator};
use super::super::text;
use super::{
    Sent, assert_file_is_on_chain_once, file_of, maker, open_intents, post_file, runs_on_chain,
};
use crate::alone;

const PACKS: u32 = 70_000;
/// Transactions of such a file.
const STEPS: u64 = 3;

/// Sessions of one who makes drafts and of one who approves them.
async fn two_people(maker: &Service) -> [(&'static str, String); 2] {
    let ada = maker.sign_in("ada", PASSWORD).await;
    let mut sessions = Vec::new();
    for (name, role) in [("bob", "operator"), ("eve", "approver")] {
        let user = json!({ "name": name, "role": role, "password": PASSWORD });
        let added = maker.post_as(&ada, name, "/api/v1/users", &user).await;
        assert_eq!(added.status, 201, "{}", added.body);
        sessions.push(("Cookie", maker.sign_in(name, PASSWORD).await));
    }
    sessions.try_into().expect("two people")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_is_made_once_though_the_service_is_killed_while_a_second_person_approves_it() {
    let _alone = alone().await;
    let (mut network, mut maker) = maker(173, |maker| {
        maker.set_section("approval", &json!({ "needed_for": ["batches"] }));
        first_administrator(maker);
    })
    .await;
    let [bob, eve] = two_people(&maker).await;
    let file = file_of(PACKS);
    let draft = post_file(&maker, &bob, ("file", ""), &file).await;
    assert_eq!((draft.status, &draft.body["state"]), (202, &json!("open")));
    let path = format!("/api/v1/drafts/{}", text(&draft.body["draft"]));
    let approval = format!("{path}/approval?wait_ms=25000");
    let note = json!({ "note": "line clearance seen" });
    assert_eq!(runs_on_chain(&network).await, []);

    // Killed when what was approved is kept, and nothing of it can be final.
    for node in &mut network.nodes[2..] {
        node.kill();
    }
    let sent = Sent::post(&maker, &eve, ("yes", &approval), &note).await;
    open_intents(&maker, "the approval is kept", |open| open == STEPS).await;
    maker.kill();
    assert!(sent.answer().await.is_none(), "it was killed");
    maker.launch();
    open_intents(&maker, "the service is back", |open| open == STEPS).await;
    let declined = maker
        .post_as(&bob.1, "no", &format!("{path}/refusal"), &note)
        .await;
    assert_eq!(declined.status, 409, "{}", declined.body);

    // Killed when a part of it is final.
    let sent = Sent::post(&maker, &eve, ("yes", &approval), &note).await;
    for node in &mut network.nodes[2..] {
        node.start();
    }
    let open = open_intents(&maker, "a part is final", |open| open < STEPS).await;
    maker.kill();
    assert!(open > 0, "not all of it is final");
    assert!(sent.answer().await.is_none(), "it was killed");
    maker.start().await;
    let approved = maker.post_as(&eve.1, "yes", &approval, &note).await;
    assert_eq!(approved.status, 200, "{}", approved.body);
    assert_eq!(approved.body["state"], "final", "{}", approved.body);

    let again = maker.post_as(&eve.1, "another-yes", &approval, &note).await;
    assert_eq!(again.body["intents"], approved.body["intents"]);
    let decided = maker.get_as(&eve.1, &path).await.body;
    assert_eq!(
        (&decided["state"], &decided["decided_by"]),
        (&json!("approved"), &json!("user:eve")),
        "{decided}"
    );
    assert_file_is_on_chain_once(&network, PACKS).await;

    // Who does not know that it was taken posts it again, and hears what became of it.
    let again = post_file(&maker, &bob, ("file", ""), &file).await;
    assert_eq!(
        (again.status, &again.body["state"]),
        (202, &"approved".into()),
        "{}",
        again.body
    );
    assert_eq!(again.body["draft"], draft.body["draft"]);
    let other = post_file(&maker, &bob, ("file", ""), &file_of(PACKS - 1)).await;
    assert_eq!(
        other.body["code"], "idempotency_key_reused",
        "{}",
        other.body
    );
    assert_file_is_on_chain_once(&network, PACKS).await;
}
