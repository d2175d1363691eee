//! A service that is asked to end while callers wait for the ledger.

use serde_json::json;
use theriac_ledger::action::ActionBody;
use theriac_testkit::network::PATIENCE;
use theriac_testkit::wait::eventually;

use super::super::text;
use super::{Sent, machine, on_chain, open_intents, pack, pharmacy};
use crate::alone;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_is_asked_to_end_answers_who_waits_and_keeps_what_was_asked_for() {
    let _alone = alone().await;
    let (mut network, mut pharmacy) = pharmacy(176, 4).await;
    let who = machine(&pharmacy);
    for node in &mut network.nodes[2..] {
        node.kill();
    }
    // Some would wait for longer than the service takes to end.
    let waits = ["?wait_ms=1000", "", "?wait_ms=25000"];
    let mut sent = Vec::new();
    for (position, wait) in (0..).zip(waits) {
        let path = format!("/api/v1/dispensings{wait}");
        let name = format!("dispense-{position}");
        sent.push(Sent::post(&pharmacy, &who, (&name, &path), &pack(position)).await);
    }
    open_intents(&pharmacy, "what was asked for is kept", |open| open == 3).await;
    assert!(pharmacy.stop().expect("it ran").success());
    let mut intents = Vec::new();
    for (wait, sent) in waits.iter().zip(sent) {
        let answer = sent.answer().await;
        let answer = answer.unwrap_or_else(|| panic!("who waits with {wait:?} is answered"));
        assert_eq!(answer.status, 202, "{}", answer.body);
        assert_eq!(answer.body["state"], "pending", "{}", answer.body);
        intents.push(text(&answer.body["intent"]));
    }

    for node in &mut network.nodes[2..] {
        node.start();
    }
    pharmacy.start().await;
    for intent in intents {
        let path = format!("/api/v1/intents/{intent}");
        eventually("what was kept is final", PATIENCE, || async {
            let answer = pharmacy.try_get(&path).await?;
            (answer.body["state"] == json!("final")).then_some(())
        })
        .await;
    }
    let bodies = on_chain(&network).await.into_iter();
    let dispensed = bodies.filter(|body| matches!(body, ActionBody::Dispense(_)));
    assert_eq!(dispensed.count(), 3);
}
