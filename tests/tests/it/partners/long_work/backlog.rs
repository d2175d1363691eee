//! What a pharmacy's counter does while every node is away, and its service is killed again and again.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use theriac_ledger::action::ActionBody;
use theriac_testkit::network::{Network, PATIENCE};
use theriac_testkit::service::Service;
use theriac_testkit::wait::eventually;

use super::super::text;
use super::{on_chain, open_intents, pack, pharmacy};
use crate::alone;

const PACKS: u32 = 60;
/// The first packs are dispensed, brought back and dispensed again.
const BROUGHT_BACK: u32 = 10;
const DISPENSE: &str = "/api/v1/dispensings?wait_ms=0";
const UNDO: &str = "/api/v1/dispensings/undo?wait_ms=0";

/// What the counter asks for, in its order: a name, an address and a pack.
fn day() -> Vec<(String, &'static str, u32)> {
    let once = (0..PACKS).map(|pack| (format!("dispense-{pack}"), DISPENSE, pack));
    let back = (0..BROUGHT_BACK).map(|pack| (format!("undo-{pack}"), UNDO, pack));
    let again = (0..BROUGHT_BACK).map(|pack| (format!("again-{pack}"), DISPENSE, pack));
    once.chain(back).chain(again).collect()
}

/// Asks for a part of the day; gives the intents.
async fn ask(pharmacy: &Service, day: &[(String, &'static str, u32)]) -> Vec<String> {
    let mut intents = Vec::new();
    for (name, path, position) in day {
        let kept = pharmacy.post(name, path, &pack(*position)).await;
        assert_eq!(kept.status, 202, "{name}: {}", kept.body);
        intents.push(text(&kept.body["intent"]));
    }
    intents
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backlog_is_settled_once_and_in_order_though_the_pharmacy_is_killed_with_it() {
    let _alone = alone().await;
    let (mut network, mut pharmacy) = pharmacy(175, PACKS).await;
    for node in &mut network.nodes {
        node.kill();
    }
    let day = day();
    let count = u64::try_from(day.len()).expect("a short day");
    let half = day.len() / 2;
    let mut intents = ask(&pharmacy, &day[..half]).await;
    kill_and_launch(&mut pharmacy).await;
    intents.extend(ask(&pharmacy, &day[half..]).await);
    kill_and_launch(&mut pharmacy).await;
    // What waits is known at the counter: the same again is the same, another call is a double scan.
    assert_eq!(ask(&pharmacy, &day).await, intents);
    let twice = pharmacy.post("twice", DISPENSE, &pack(0)).await;
    assert_eq!(twice.body["code"], "already_scanned", "{}", twice.body);
    open_intents(&pharmacy, "all of it is kept", |open| open == count).await;

    for node in &mut network.nodes {
        node.start();
    }
    // Killed when a part of the backlog is settled, twice.
    for most in [count - 1, count / 2] {
        let open = open_intents(&pharmacy, "a part is settled", |open| open <= most).await;
        assert!(open > 0, "another part is not");
        kill_and_launch(&mut pharmacy).await;
    }
    let mut places = Vec::new();
    for intent in &intents {
        places.push(place(&pharmacy, intent).await);
    }
    assert_day_is_on_chain(&network).await;
    for pack in 0..BROUGHT_BACK {
        let of_pack = (0..day.len()).filter(|index| day[*index].2 == pack);
        let of_pack: Vec<(u64, u64)> = of_pack.map(|index| places[index]).collect();
        assert!(of_pack.is_sorted(), "pack {pack}: {of_pack:?}");
    }
}

/// Kills the service and waits until it answers again, with nodes or without.
async fn kill_and_launch(pharmacy: &mut Service) {
    pharmacy.kill();
    pharmacy.launch();
    open_intents(pharmacy, "the pharmacy answers again", |_| true).await;
}

/// Where on the chain an intent is, once it is final.
async fn place(pharmacy: &Service, intent: &str) -> (u64, u64) {
    let path = format!("/api/v1/intents/{intent}");
    let settled = eventually("the intent is settled", PATIENCE * 2, || async {
        let answer = pharmacy.try_get(&path).await?;
        let is_open = |state: &Value| *state == "pending" || *state == "sent";
        (!is_open(&answer.body["state"])).then_some(answer.body)
    })
    .await;
    assert_eq!(settled["state"], "final", "{settled}");
    let at = &settled["transactions"][0];
    let number = |name: &str| at[name].as_u64().expect("a number");
    (number("height"), number("index"))
}

/// Fails unless each pack was dispensed, brought back and dispensed again as often as was asked for.
async fn assert_day_is_on_chain(network: &Network) {
    let mut done: BTreeMap<u32, Vec<&str>> = BTreeMap::new();
    for body in on_chain(network).await {
        let (word, packs) = match body {
            ActionBody::Dispense(dispense) => ("dispense", dispense.packs),
            ActionBody::Reactivate(reactivate) => ("undo", reactivate.packs),
            _ => continue,
        };
        for range in packs.iter().flat_map(|set| set.ranges.iter()) {
            assert_eq!(range.count, 1, "one pack at a time was asked for");
            done.entry(range.first).or_default().push(word);
        }
    }
    for position in 0..PACKS {
        let expected: &[&str] = if position < BROUGHT_BACK {
            &["dispense", "undo", "dispense"]
        } else {
            &["dispense"]
        };
        let found = done.remove(&position);
        assert_eq!(json!(found), json!(expected), "pack {position}");
    }
    assert!(done.is_empty(), "{done:?}");
}
