//! Intents outlive everything until the chain settles them.

use theriac_crypto::{Digest, digest};
use theriac_gs1::SerialNumber;
use theriac_ledger::action::{ActionBody, AnchorDigest, AnchorKind};
use theriac_ledger::identifier::Timestamp;
use theriac_ledger::testing::{Actor, commission_run, gtin, product, run_id};
use theriac_records::Database;
use theriac_records::repository::intents::{
    self, IntentError, IntentState, NewEvent, NewIntent, NewSerials, RequestKey, SignedBytes,
    StoreIntentsError, Stored,
};
use theriac_records::repository::{events, serials};

use crate::chain::TestChain;
use crate::databases::{Kind, database, on_both_databases};

const NOW: Timestamp = Timestamp(1_767_225_600_000);

fn anchor_digest(text: &str) -> ActionBody {
    AnchorDigest {
        kind: AnchorKind::Document,
        digest: digest("test", text.as_bytes()),
    }
    .into()
}

fn intent(id: &str, depends_on: Option<&str>, body: ActionBody) -> NewIntent {
    NewIntent {
        depends_on: depends_on.map(str::to_owned),
        ..NewIntent::new(id, body)
    }
}

fn request(key: &str, text: &str) -> RequestKey {
    RequestKey {
        key: key.to_owned(),
        request: digest("test", text.as_bytes()),
    }
}

/// Signs an intent and folds the block that holds it.
async fn settle(chain: &mut TestChain, db: &Database, id: &str, actor: Actor, body: &ActionBody) {
    let signed = chain.sign(actor, body);
    let bytes = SignedBytes {
        id: signed.transaction.id(&chain.anchor.chain_id()),
        bytes: signed.encode(),
        valid_until: signed.transaction.valid_until,
    };
    intents::mark_signed(db, NOW, id, &bytes).await.unwrap();
    let (block, refused) = chain.block_of(vec![signed]);
    assert_eq!(refused, Vec::<String>::new());
    block.fold(db).await.unwrap();
}

on_both_databases!(
    the_same_request_again_stores_nothing_new,
    a_final_block_settles_the_intent_with_the_fold,
    an_intent_waits_for_the_one_before_and_falls_with_it,
    an_intent_waits_for_every_one_before_and_falls_with_any,
    an_expired_signature_is_given_up_and_the_intent_kept,
    serials_and_events_are_kept_with_their_intent,
);

async fn the_same_request_again_stores_nothing_new(kind: Kind) {
    let chain = TestChain::new(1);
    let database = database(kind, &chain).await;
    let db = &database.db;
    let key = request("k1", "body");
    let first = [intent("a", None, anchor_digest("1"))];
    let stored = intents::store_intents(db, NOW, Some(&key), &first).await;
    assert_eq!(stored, Ok(Stored::New));
    let again = [intent("b", None, anchor_digest("1"))];
    let stored = intents::store_intents(db, NOW, Some(&key), &again).await;
    assert_eq!(stored, Ok(Stored::Before(vec!["a".to_owned()])));
    let other = request("k1", "another body");
    let stored = intents::store_intents(db, NOW, Some(&other), &again).await;
    assert_eq!(stored, Err(StoreIntentsError::KeyReused));
    assert_eq!(intents::find_intent(db, "b").await.unwrap(), None);
    assert_eq!(intents::count_open(db).await.unwrap(), 1);
}

async fn a_final_block_settles_the_intent_with_the_fold(kind: Kind) {
    let mut chain = TestChain::new(2);
    let database = database(kind, &chain).await;
    let db = &database.db;
    let body: ActionBody = product(gtin("9506000", 7)).into();
    let new = intent("a", None, body.clone());
    intents::store_intents(db, NOW, None, &[new]).await.unwrap();
    settle(&mut chain, db, "a", Actor::Maker, &body).await;
    let found = intents::find_intent(db, "a").await.unwrap().unwrap();
    assert_eq!(found.state, IntentState::Final);
    assert_eq!(found.position, Some((1, 0)));
    // A late refusal by one node changes nothing.
    let error = IntentError {
        code: "late".to_owned(),
        detail: "late".to_owned(),
        hint: None,
        status: 409,
    };
    intents::mark_rejected(db, NOW, "a", &error).await.unwrap();
    let found = intents::find_intent(db, "a").await.unwrap().unwrap();
    assert_eq!(found.state, IntentState::Final);
    assert_eq!(found.error, None);
}

async fn an_intent_waits_for_the_one_before_and_falls_with_it(kind: Kind) {
    let mut chain = TestChain::new(3);
    let database = database(kind, &chain).await;
    let db = &database.db;
    let all = [
        intent("a", None, anchor_digest("1")),
        intent("b", Some("a"), anchor_digest("2")),
        intent("c", Some("b"), anchor_digest("3")),
    ];
    intents::store_intents(db, NOW, None, &all).await.unwrap();
    let open = intents::list_open(db, 10).await.unwrap();
    assert_eq!(open, ["a"]);
    assert!(!has_open_before(db, "a").await);
    assert!(has_open_before(db, "b").await);
    settle(&mut chain, db, "a", Actor::Regulator, &anchor_digest("1")).await;
    let open = intents::list_open(db, 10).await.unwrap();
    assert_eq!(open, ["b"]);
    assert!(!has_open_before(db, "b").await);
    let error = IntentError {
        code: "lot_closed".to_owned(),
        detail: "the lot is closed".to_owned(),
        hint: None,
        status: 409,
    };
    intents::mark_rejected(db, NOW, "b", &error).await.unwrap();
    let last = intents::find_intent(db, "c").await.unwrap().unwrap();
    assert_eq!(last.state, IntentState::Rejected);
    assert_eq!(last.error.unwrap().code, "earlier_step_rejected");
}

async fn an_intent_waits_for_every_one_before_and_falls_with_any(kind: Kind) {
    let mut chain = TestChain::new(6);
    let database = database(kind, &chain).await;
    let db = &database.db;
    let also = |id: &str, after: &str, also: &str| NewIntent {
        also_after: vec![also.to_owned()],
        ..intent(id, Some(after), anchor_digest(id))
    };
    let all = [
        intent("a", None, anchor_digest("a")),
        intent("b", None, anchor_digest("b")),
        intent("c", None, anchor_digest("c")),
        also("d", "b", "a"),
        also("e", "b", "c"),
    ];
    intents::store_intents(db, NOW, None, &all).await.unwrap();
    settle(&mut chain, db, "b", Actor::Regulator, &anchor_digest("b")).await;
    let open = intents::list_open(db, 10).await.unwrap();
    assert_eq!(open, ["a", "c"], "each of the others waits for one more");
    settle(&mut chain, db, "a", Actor::Regulator, &anchor_digest("a")).await;
    let open = intents::list_open(db, 10).await.unwrap();
    assert_eq!(open, ["c", "d"]);
    let error = IntentError {
        code: "lot_closed".to_owned(),
        detail: "the lot is closed".to_owned(),
        hint: None,
        status: 409,
    };
    intents::mark_rejected(db, NOW, "c", &error).await.unwrap();
    let fallen = intents::find_intent(db, "e").await.unwrap().unwrap();
    assert_eq!(fallen.error.unwrap().code, "earlier_step_rejected");
    let open = intents::list_open(db, 10).await.unwrap();
    assert_eq!(open, ["d"]);
}

async fn an_expired_signature_is_given_up_and_the_intent_kept(kind: Kind) {
    let chain = TestChain::new(4);
    let database = database(kind, &chain).await;
    let db = &database.db;
    let new = intent("a", None, anchor_digest("1"));
    intents::store_intents(db, NOW, None, &[new]).await.unwrap();
    let bytes = SignedBytes {
        id: theriac_ledger::identifier::TransactionId(Digest::ZERO),
        bytes: vec![1, 2, 3],
        valid_until: NOW,
    };
    intents::mark_signed(db, NOW, "a", &bytes).await.unwrap();
    let found = intents::find_intent(db, "a").await.unwrap().unwrap();
    assert_eq!(found.signed, Some(bytes));
    assert_eq!(found.state, IntentState::Sent);
    intents::mark_expired(db, NOW, "a").await.unwrap();
    let found = intents::find_intent(db, "a").await.unwrap().unwrap();
    assert_eq!((found.state, found.signed), (IntentState::Pending, None));
}

async fn serials_and_events_are_kept_with_their_intent(kind: Kind) {
    let mut chain = TestChain::new(5);
    let database = database(kind, &chain).await;
    let db = &database.db;
    chain
        .act(db, Actor::Maker, product(gtin("9506000", 7)))
        .await;
    let run = run_id(gtin("9506000", 7), "LOT-A", 0);
    let numbers: Vec<SerialNumber> = ["A1", "B2"]
        .iter()
        .map(|text| SerialNumber::parse(text).unwrap())
        .collect();
    let body: ActionBody = commission_run(run, 0, 2).into();
    let new = NewIntent {
        event: Some(NewEvent {
            salt: [7; 32],
            hash: digest("test", b"event"),
            document: "{}".to_owned(),
        }),
        serials: Some(NewSerials {
            run,
            serials: numbers.clone(),
        }),
        ..intent("a", None, body.clone())
    };
    intents::store_intents(db, NOW, None, &[new]).await.unwrap();
    assert_eq!(serials::find_serials(db, &run).await.unwrap(), None);
    settle(&mut chain, db, "a", Actor::Maker, &body).await;
    assert_eq!(
        serials::find_serials(db, &run).await.unwrap(),
        Some(numbers)
    );
    let event = events::find_event(db, "a").await.unwrap().unwrap();
    assert_eq!(event.salt, [7; 32]);
}

async fn has_open_before(db: &Database, id: &str) -> bool {
    let own = intents::find_intent(db, id).await.unwrap().unwrap();
    intents::has_open_before(db, &own).await.unwrap()
}
