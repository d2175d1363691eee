//! News: what happened to an account, once.

use theriac_ledger::identifier::{AccountId, Timestamp};
use theriac_ledger::testing::Actor;
use theriac_records::Database;
use theriac_records::repository::captures::{CaptureState, mark_capture, store_capture};
use theriac_records::repository::deliveries::{
    Attempted, DeliveryState, list_deliveries, list_due, list_waiting, note_attempt, replay,
};
use theriac_records::repository::drafts::{DraftState, decide_draft, store_draft};
use theriac_records::repository::intents::{NewIntent, store_intents};
use theriac_records::repository::news::{NewsKind, gather, last_news, list_news};
use theriac_records::repository::webhooks::{
    WebhookRecord, find_webhook, insert_webhook, remove_webhook,
};

use crate::captures::{anchor, new_capture, refuse};
use crate::chain::TestChain;
use crate::databases::{Kind, database, on_both_databases};
use crate::own::new_draft;
use crate::story::tell;

on_both_databases!(
    shipments_and_recalls_of_the_story_are_told_once_and_in_order,
    webhook_gets_the_kinds_that_it_asked_for_and_none_from_before,
    delivery_waits_is_given_up_and_is_sent_again_when_asked,
    jobs_of_several_transactions_and_documents_are_told_of_once_when_they_have_ended,
    job_of_more_steps_than_one_gathering_takes_is_told_of_once,
    drafts_are_told_of_when_they_wait_and_when_they_are_decided,
);

const NOW: Timestamp = Timestamp(1_790_000_000_000);

fn counter() -> impl FnMut() -> String + Send {
    let mut last = 0;
    move || {
        last += 1;
        format!("delivery-{last}")
    }
}

async fn gathered(db: &Database, own: &AccountId) -> usize {
    gather(db, own, NOW, &mut counter()).await.unwrap()
}

fn hook(kinds: &[NewsKind]) -> WebhookRecord {
    WebhookRecord {
        id: "hook".to_owned(),
        url: "http://127.0.0.1:1/".to_owned(),
        kinds: kinds.to_vec(),
        seed: [7; 32],
        created_by: "user:anna".to_owned(),
        created_at: NOW,
    }
}

async fn shipments_and_recalls_of_the_story_are_told_once_and_in_order(kind: Kind) {
    let mut chain = TestChain::new(31);
    let database = database(kind, &chain).await;
    let db = &database.db;
    let own = chain.consortium.account(Actor::Distributor);
    assert_eq!(gathered(db, &own).await, 0, "what was before is old");
    tell(&mut chain, db).await;
    let count = gathered(db, &own).await;
    let news = list_news(db, 0, 100).await.unwrap();
    assert_eq!(news.len(), count);
    let of = |kind| news.iter().filter(|item| item.kind == kind).count();
    assert_eq!(of(NewsKind::ShipmentInbound), 1, "{news:?}");
    assert_eq!(
        of(NewsKind::ShipmentEnded),
        2,
        "received, and received on: {news:?}"
    );
    assert_eq!(of(NewsKind::BatchRecalled), 1);
    assert!(news.windows(2).all(|pair| pair[0].number < pair[1].number));
    assert_eq!(gathered(db, &own).await, 0, "nothing is told twice");
    let last = last_news(db).await.unwrap();
    assert_eq!(last, news.last().unwrap().number);
    assert!(list_news(db, last, 100).await.unwrap().is_empty());
}

async fn webhook_gets_the_kinds_that_it_asked_for_and_none_from_before(kind: Kind) {
    let mut chain = TestChain::new(32);
    let database = database(kind, &chain).await;
    let db = &database.db;
    let own = chain.consortium.account(Actor::Pharmacy);
    gathered(db, &own).await;
    insert_webhook(db, &hook(&[NewsKind::ShipmentInbound]))
        .await
        .unwrap();
    tell(&mut chain, db).await;
    assert!(gathered(db, &own).await > 1);
    let due = list_due(db, "hook", NOW, 10).await.unwrap();
    assert_eq!(due.len(), 1, "{due:?}");
    let body: serde_json::Value = serde_json::from_str(&due[0].body).unwrap();
    assert_eq!(body["kind"], "shipment_inbound");
    assert_eq!(body["data"]["to"], own.to_string());
    assert!(remove_webhook(db, "hook", NOW).await.unwrap());
    assert!(
        list_due(db, "hook", NOW, 10).await.unwrap().is_empty(),
        "it was removed"
    );
    assert_eq!(find_webhook(db, "hook").await.unwrap(), None);
    assert!(!remove_webhook(db, "hook", NOW).await.unwrap());
}

async fn delivery_waits_is_given_up_and_is_sent_again_when_asked(kind: Kind) {
    let chain = TestChain::new(33);
    let database = database(kind, &chain).await;
    let db = &database.db;
    let own = chain.consortium.account(Actor::Maker);
    gathered(db, &own).await;
    insert_webhook(db, &hook(&[NewsKind::JobEnded]))
        .await
        .unwrap();
    finish_document(db).await;
    assert_eq!(gathered(db, &own).await, 1);
    let due = list_due(db, "hook", NOW, 10).await.unwrap();
    let id = due[0].id.clone();
    let later = Timestamp(NOW.0 + 1_000);
    let mut attempted = Attempted {
        state: DeliveryState::Pending,
        next_at: later,
        status: Some(500),
        error: Some("the receiver answered 500".to_owned()),
    };
    note_attempt(db, &id, NOW, &attempted).await.unwrap();
    assert!(list_due(db, "hook", NOW, 10).await.unwrap().is_empty());
    let waiting = list_waiting(db).await.unwrap();
    assert_eq!(waiting, [("hook".to_owned(), later)]);
    attempted.state = DeliveryState::Dead;
    note_attempt(db, &id, later, &attempted).await.unwrap();
    assert!(list_waiting(db).await.unwrap().is_empty());
    let listed = list_deliveries(db, "hook", None, 10).await.unwrap();
    assert_eq!(
        (listed[0].state, listed[0].attempts),
        (DeliveryState::Dead, 2)
    );
    assert_eq!(listed[0].last_status, Some(500));
    assert!(!replay(db, "another", &id, later).await.unwrap());
    assert!(replay(db, "hook", &id, later).await.unwrap());
    let due = list_due(db, "hook", later, 10).await.unwrap();
    assert_eq!((due.len(), due[0].attempts), (1, 0));
}

async fn jobs_of_several_transactions_and_documents_are_told_of_once_when_they_have_ended(
    kind: Kind,
) {
    let chain = TestChain::new(34);
    let database = database(kind, &chain).await;
    let db = &database.db;
    let own = chain.consortium.account(Actor::Maker);
    gathered(db, &own).await;
    let intents = ["i1", "i2"].map(|id| NewIntent::new(id, anchor(id)));
    store_intents(db, NOW, None, &intents).await.unwrap();
    let single = [NewIntent::new("i3", anchor("i3"))];
    store_intents(db, NOW, None, &single).await.unwrap();
    for id in ["i2", "i3"] {
        refuse(db, NOW, id).await;
    }
    gathered(db, &own).await;
    assert_eq!(ended(db).await, [] as [&str; 0], "one step is open");
    refuse(db, NOW, "i1").await;
    finish_document(db).await;
    gathered(db, &own).await;
    assert_eq!(
        ended(db).await,
        [
            r#"{"job":"i1","state":"rejected","steps":2,"steps_rejected":2}"#,
            r#"{"job":"document","state":"final"}"#,
        ]
    );
    assert_eq!(gathered(db, &own).await, 0, "nothing is told twice");
}

async fn job_of_more_steps_than_one_gathering_takes_is_told_of_once(kind: Kind) {
    let chain = TestChain::new(35);
    let database = database(kind, &chain).await;
    let db = &database.db;
    let own = chain.consortium.account(Actor::Maker);
    gathered(db, &own).await;
    let ids: Vec<String> = (0..1_200).map(|number| format!("i{number:04}")).collect();
    let intents: Vec<_> = ids
        .iter()
        .map(|id| NewIntent::new(id, anchor(id)))
        .collect();
    store_intents(db, NOW, None, &intents).await.unwrap();
    for id in &ids {
        refuse(db, NOW, id).await;
    }
    let mut times = 0;
    while gathered(db, &own).await > 0 {
        times += 1;
    }
    assert_eq!(times, 2);
    assert_eq!(
        ended(db).await,
        [r#"{"job":"i0000","state":"rejected","steps":1200,"steps_rejected":1200}"#]
    );
}

async fn drafts_are_told_of_when_they_wait_and_when_they_are_decided(kind: Kind) {
    let chain = TestChain::new(36);
    let database = database(kind, &chain).await;
    let db = &database.db;
    let own = chain.consortium.account(Actor::Maker);
    gathered(db, &own).await;
    store_draft(db, NOW, &new_draft("d1")).await.unwrap();
    assert_eq!(gathered(db, &own).await, 1);
    let state = DraftState::Declined;
    assert!(
        decide_draft(db, NOW, "d1", state, "user:ben", None)
            .await
            .unwrap()
    );
    assert_eq!(gathered(db, &own).await, 1);
    assert_eq!(gathered(db, &own).await, 0, "nothing is told twice");
    let news = list_news(db, 0, 10).await.unwrap();
    let told: Vec<_> = news
        .into_iter()
        .map(|item| (item.kind, item.document))
        .collect();
    let waiting =
        r#"{"author":"user:anna","decided_by":null,"draft":"d1","kind":"recalls","state":"open"}"#;
    assert_eq!(told[0], (NewsKind::DraftWaiting, waiting.to_owned()));
    let decided = r#"{"author":"user:anna","decided_by":"user:ben","draft":"d1","kind":"recalls","state":"declined"}"#;
    assert_eq!(told[1], (NewsKind::DraftDecided, decided.to_owned()));
}

/// A document is captured, and done with.
async fn finish_document(db: &Database) {
    store_capture(db, NOW, &new_capture("document", None))
        .await
        .unwrap();
    mark_capture(db, NOW, "document", CaptureState::Finished, &[])
        .await
        .unwrap();
}

/// What was told of jobs that have ended.
async fn ended(db: &Database) -> Vec<String> {
    let news = list_news(db, 0, 10_000).await.unwrap();
    let ended = news.into_iter();
    ended
        .filter(|item| item.kind == NewsKind::JobEnded)
        .map(|item| item.document)
        .collect()
}
