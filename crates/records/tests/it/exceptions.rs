//! What was not received, and what the parties say about it.

use theriac_crypto::{Digest, digest};
use theriac_ledger::action::{
    ActionBody, AnchorDigest, AnchorKind, Receive, ReceiveException, ReceiveExceptionReason,
};
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{ShipmentId, Timestamp};
use theriac_ledger::pack_set::{PackRange, PackSets};
use theriac_ledger::testing::{Actor, commission_run, gtin, packs, product, run_id, sscc};
use theriac_records::Database;
use theriac_records::repository::exceptions::{
    CASE_MESSAGES_MAX, NewMessage, Received, RestItem, RestThing, find_rest_of, list_messages,
    list_openings, list_rest_items, list_rests, list_undelivered, mark_delivered, mark_undelivered,
    receive_message,
};
use theriac_records::repository::intents::{IntentError, NewIntent, mark_rejected, store_intents};
use theriac_records::repository::news::{NewsKind, gather, last_news, list_news};

use crate::chain::TestChain;
use crate::databases::{Kind, database, on_both_databases};
use crate::story::ship;

on_both_databases!(
    the_reasons_of_a_receipt_are_kept_with_the_rest_for_both_parties,
    a_partners_message_counts_once_its_author_and_nobody_else_has_put_it_on_record,
    messages_of_a_case_stand_in_the_order_of_the_chain_however_they_came,
    own_messages_wait_for_their_block_and_then_for_their_addressee,
    a_case_takes_so_many_messages_of_each_party_and_no_more,
    a_party_is_told_of_a_rest_and_of_each_message_once,
);

const NOW: Timestamp = Timestamp(1_000);

/// The maker ships 20 packs and a case of 10; the distributor lacks three packs and finds the case damaged.
async fn receive_but(chain: &mut TestChain, db: &Database) -> ShipmentId {
    let item = gtin("9506000", 7);
    let run = run_id(item, "LOT-A", 0);
    let case = sscc("9506000", 1);
    chain.act(db, Actor::Maker, product(item)).await;
    chain
        .act(db, Actor::Maker, commission_run(run, 0, 30))
        .await;
    let action = theriac_ledger::action::Pack {
        sscc: case,
        packs: packs(run, &[(20, 10)]),
        units: BoundedList::empty(),
    };
    chain.act(db, Actor::Maker, action).await;
    let action = ship(
        chain,
        Actor::Distributor,
        packs(run, &[(0, 20)]),
        vec![case],
    );
    let id = chain.act(db, Actor::Maker, action).await;
    let shipment = ShipmentId::of_ship(&id);
    let except = vec![
        ReceiveException {
            packs: packs(run, &[(3, 2), (7, 1)]),
            units: BoundedList::empty(),
            reason: ReceiveExceptionReason::Short,
        },
        ReceiveException {
            packs: PackSets::empty(),
            units: BoundedList::new(vec![case]).unwrap(),
            reason: ReceiveExceptionReason::Damaged,
        },
    ];
    let action = Receive {
        shipment,
        except: BoundedList::new(except).unwrap(),
    };
    chain.act(db, Actor::Distributor, action).await;
    shipment
}

async fn the_reasons_of_a_receipt_are_kept_with_the_rest_for_both_parties(kind: Kind) {
    let mut chain = TestChain::new(40);
    let database = database(kind, &chain).await;
    let db = &database.db;
    let shipment = receive_but(&mut chain, db).await;
    let rest = find_rest_of(db, &shipment).await.unwrap().unwrap();
    for actor in [Actor::Maker, Actor::Distributor] {
        let account = chain.consortium.account(actor);
        let found = list_rests(db, &account, None, 10).await.unwrap();
        assert_eq!(found.as_slice(), std::slice::from_ref(&rest));
        let older = list_rests(db, &account, Some(rest.opened), 10)
            .await
            .unwrap();
        assert!(older.is_empty());
    }
    let stranger = chain.consortium.account(Actor::Pharmacy);
    assert!(
        list_rests(db, &stranger, None, 10)
            .await
            .unwrap()
            .is_empty()
    );
    let run = run_id(gtin("9506000", 7), "LOT-A", 0);
    let short = |first, count| RestItem {
        reason: ReceiveExceptionReason::Short,
        thing: RestThing::Packs {
            run,
            range: PackRange { first, count },
        },
    };
    let damaged = RestItem {
        reason: ReceiveExceptionReason::Damaged,
        thing: RestThing::Unit(sscc("9506000", 1)),
    };
    let items = list_rest_items(db, &rest.id).await.unwrap();
    assert_eq!(items, [short(3, 2), short(7, 1), damaged]);
}

async fn a_party_is_told_of_a_rest_and_of_each_message_once(kind: Kind) {
    let mut chain = TestChain::new(46);
    let database = database(kind, &chain).await;
    let db = &database.db;
    let own = chain.consortium.account(Actor::Maker);
    let told = async || {
        let before = last_news(db).await.unwrap();
        let mut ids = || "id".to_owned();
        gather(db, &own, NOW, &mut ids).await.unwrap();
        let news = list_news(db, before, 100).await.unwrap().into_iter();
        news.filter(|item| item.kind == NewsKind::ExceptionChanged)
            .map(|item| item.document)
            .collect::<Vec<_>>()
    };
    assert_eq!(told().await, [""; 0]);
    let case = receive_but(&mut chain, db).await.0;
    let changed = |change| format!(r#"{{"change":"{change}","exception":"{case}"}}"#);
    assert_eq!(told().await, [changed("opened")]);
    let answer = message(&chain, Actor::Maker, 1, Some(case));
    say(db, "answer", &answer).await;
    assert_eq!(told().await, [""; 0], "it is not on record yet");
    chain.act(db, Actor::Maker, anchor(&answer)).await;
    assert_eq!(told().await, [changed("message")]);
    let reply = message(&chain, Actor::Distributor, 2, Some(case));
    chain.act(db, Actor::Distributor, anchor(&reply)).await;
    assert_eq!(told().await, [""; 0], "nobody has brought it yet");
    let received = receive_message(db, NOW, &reply).await.unwrap();
    assert_eq!(received, Received::Stored);
    assert_eq!(told().await, [changed("message")]);
    assert_eq!(told().await, [""; 0], "nothing is told twice");
}

fn message(chain: &TestChain, author: Actor, number: u64, case: Option<Digest>) -> NewMessage {
    let digest = digest("test", &number.to_le_bytes());
    let addressee = match author {
        Actor::Maker => Actor::Distributor,
        _ => Actor::Maker,
    };
    NewMessage {
        digest,
        case: case.unwrap_or(digest),
        opens: case.is_none(),
        author: chain.consortium.account(author),
        addressee: chain.consortium.account(addressee),
        document: number.to_le_bytes().to_vec(),
    }
}

fn anchor(message: &NewMessage) -> ActionBody {
    ActionBody::AnchorDigest(AnchorDigest {
        kind: AnchorKind::Document,
        digest: message.digest,
    })
}

/// Keeps a message of our own with its intent.
async fn say(db: &Database, id: &str, message: &NewMessage) {
    let intent = NewIntent {
        message: Some(message.clone()),
        ..NewIntent::new(id, anchor(message))
    };
    store_intents(db, NOW, None, &[intent]).await.unwrap();
}

async fn a_partners_message_counts_once_its_author_and_nobody_else_has_put_it_on_record(
    kind: Kind,
) {
    let mut chain = TestChain::new(41);
    let database = database(kind, &chain).await;
    let db = &database.db;
    let report = message(&chain, Actor::Distributor, 1, None);
    let take = || receive_message(db, NOW, &report);
    assert_eq!(take().await.unwrap(), Received::NotAnchored);
    chain.act(db, Actor::Pharmacy, anchor(&report)).await;
    assert_eq!(take().await.unwrap(), Received::NotAnchored);
    assert!(list_messages(db, &report.case).await.unwrap().is_empty());
    chain.act(db, Actor::Distributor, anchor(&report)).await;
    let first = chain.parent.height;
    chain.act(db, Actor::Distributor, anchor(&report)).await;
    assert_eq!(take().await.unwrap(), Received::Stored);
    assert_eq!(take().await.unwrap(), Received::Known);
    let found = list_messages(db, &report.case).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].message, report);
    // It counts from where its author first said it.
    assert_eq!(found[0].anchored.unwrap().0.height(), first);
    assert_eq!(list_openings(db, None, 10).await.unwrap(), found);
}

async fn messages_of_a_case_stand_in_the_order_of_the_chain_however_they_came(kind: Kind) {
    let mut chain = TestChain::new(42);
    let database = database(kind, &chain).await;
    let db = &database.db;
    let report = message(&chain, Actor::Distributor, 1, None);
    let answer = message(&chain, Actor::Maker, 2, Some(report.digest));
    let again = message(&chain, Actor::Distributor, 3, Some(report.digest));
    let waiting = message(&chain, Actor::Maker, 4, Some(report.digest));
    let refused = message(&chain, Actor::Maker, 5, Some(report.digest));
    say(db, "refused", &refused).await;
    let error = IntentError {
        code: "x".to_owned(),
        detail: "x".to_owned(),
        hint: None,
        status: 409,
    };
    mark_rejected(db, NOW, "refused", &error).await.unwrap();
    say(db, "waiting", &waiting).await;
    say(db, "answer", &answer).await;
    for (actor, message) in [
        (Actor::Distributor, &report),
        (Actor::Maker, &answer),
        (Actor::Distributor, &again),
    ] {
        chain.act(db, actor, anchor(message)).await;
    }
    for message in [&again, &report] {
        let received = receive_message(db, NOW, message).await.unwrap();
        assert_eq!(received, Received::Stored);
    }
    let found = list_messages(db, &report.digest).await.unwrap();
    let order: Vec<Digest> = found.iter().map(|one| one.message.digest).collect();
    let expected = [&report, &answer, &again, &waiting].map(|one| one.digest);
    assert_eq!(order, expected);
    assert_eq!(found[3].anchored, None);
}

async fn own_messages_wait_for_their_block_and_then_for_their_addressee(kind: Kind) {
    let mut chain = TestChain::new(43);
    let database = database(kind, &chain).await;
    let db = &database.db;
    let own = chain.consortium.account(Actor::Distributor);
    let maker = chain.consortium.account(Actor::Maker);
    let report = message(&chain, Actor::Distributor, 1, None);
    say(db, "report", &report).await;
    assert!(
        list_undelivered(db, &own, &[], None, 10)
            .await
            .unwrap()
            .is_empty()
    );
    chain.act(db, Actor::Distributor, anchor(&report)).await;
    let waiting = list_undelivered(db, &own, &[], None, 10).await.unwrap();
    assert_eq!(waiting[0].message, report);
    let resting = list_undelivered(db, &own, &[maker], None, 10)
        .await
        .unwrap();
    assert!(resting.is_empty());
    mark_undelivered(db, &report.digest, "connection refused")
        .await
        .unwrap();
    let waiting = list_undelivered(db, &own, &[], None, 10).await.unwrap();
    assert_eq!(waiting[0].trouble.as_deref(), Some("connection refused"));
    let (place, _) = waiting[0].anchored.unwrap();
    let later = list_undelivered(db, &own, &[], Some(place), 10).await;
    assert!(later.unwrap().is_empty());
    mark_delivered(db, NOW, &report.digest).await.unwrap();
    assert!(
        list_undelivered(db, &own, &[], None, 10)
            .await
            .unwrap()
            .is_empty()
    );
    let found = list_messages(db, &report.digest).await.unwrap();
    assert_eq!(found[0].trouble, None);
}

async fn a_case_takes_so_many_messages_of_each_party_and_no_more(kind: Kind) {
    let mut chain = TestChain::new(44);
    let database = database(kind, &chain).await;
    let db = &database.db;
    let report = message(&chain, Actor::Distributor, 0, None);
    let more: Vec<NewMessage> = (1..=CASE_MESSAGES_MAX)
        .map(|number| message(&chain, Actor::Distributor, number, Some(report.digest)))
        .collect();
    let all: Vec<&NewMessage> = std::iter::once(&report).chain(&more).collect();
    for part in all.chunks(100) {
        let actions = part
            .iter()
            .map(|one| (Actor::Distributor, anchor(one)))
            .collect();
        let (block, refused) = chain.block(actions);
        assert!(refused.is_empty());
        block.fold(db).await.unwrap();
    }
    let (last, taken) = all.split_last().unwrap();
    for message in taken {
        let received = receive_message(db, NOW, message).await.unwrap();
        assert_eq!(received, Received::Stored);
    }
    let received = receive_message(db, NOW, last).await.unwrap();
    assert_eq!(received, Received::CaseFull);
    let answer = message(
        &chain,
        Actor::Maker,
        CASE_MESSAGES_MAX + 9,
        Some(report.digest),
    );
    chain.act(db, Actor::Maker, anchor(&answer)).await;
    let received = receive_message(db, NOW, &answer).await.unwrap();
    assert_eq!(received, Received::Stored, "the other party has its own");
}
