//! What only a service itself knows: bags, keys, users and drafts, and their lists in pages.

use std::fmt::Debug;

use theriac_crypto::{Digest, digest};
use theriac_gs1::SerialNumber;
use theriac_ledger::identifier::{PackKey, Timestamp};
use theriac_ledger::testing::gtin;
use theriac_records::Database;
use theriac_records::repository::api_keys::{
    ApiKeyRecord, StoreKeyError, find_key, insert_key, list_keys, revoke_key, touch_key,
};
use theriac_records::repository::bags::{
    BagPack, BagRecord, StoredBag, find_bag, find_bag_by_code, list_bags, remove_bag, store_bag,
};
use theriac_records::repository::drafts::{NewDraft, list_drafts, store_draft};
use theriac_records::repository::intents::RequestKey;
use theriac_records::repository::users::{Role, UserRecord, insert_user, list_users};

use crate::databases::{Kind, Place, on_both_databases};

on_both_databases!(
    bag_is_made_once_and_its_packs_are_in_no_other_until_it_is_removed,
    key_is_found_until_it_is_revoked_and_its_name_is_never_used_again,
    lists_are_told_in_pages_each_item_once,
);

const NOW: Timestamp = Timestamp(1_790_000_000_000);

fn pack(serial: &str) -> BagPack {
    (gtin("9506000", 7), SerialNumber::parse(serial).unwrap())
}

fn bag(id: &str, packs: &[&str], created_at: Timestamp) -> BagRecord {
    BagRecord {
        id: id.to_owned(),
        code: format!("THB{id}"),
        name: None,
        packs: packs.iter().map(|serial| pack(serial)).collect(),
        created_by: "user:anna".to_owned(),
        created_at,
    }
}

fn request(key: &str) -> RequestKey {
    RequestKey {
        key: key.to_owned(),
        request: digest("test", key.as_bytes()),
    }
}

async fn bag_is_made_once_and_its_packs_are_in_no_other_until_it_is_removed(kind: Kind) {
    let place = Place::new(kind);
    let db = &Database::open(&place.settings).await.unwrap();
    let first = bag("one", &["A1", "A2"], NOW);
    let made = store_bag(db, &request("k1"), &first).await.unwrap();
    assert_eq!(made, StoredBag::New);
    let again = bag("other", &["A1", "A2"], NOW);
    let again = store_bag(db, &request("k1"), &again).await.unwrap();
    assert_eq!(again, StoredBag::Before(Box::new(first.clone())));
    let reused = RequestKey {
        request: Digest::ZERO,
        ..request("k1")
    };
    let second = bag("two", &["A2", "A3"], NOW);
    let reused = store_bag(db, &reused, &second).await.unwrap();
    assert_eq!(reused, StoredBag::KeyReused);
    let taken = store_bag(db, &request("k2"), &second).await.unwrap();
    let (item, serial) = pack("A2");
    let in_first = (PackKey::new(&item, &serial), "one".to_owned());
    assert_eq!(taken, StoredBag::Taken(vec![in_first]));
    assert_eq!(find_bag(db, "two").await.unwrap(), None);
    let by_code = find_bag_by_code(db, "THBone").await.unwrap();
    assert_eq!(by_code, Some(first));
    assert!(remove_bag(db, "one").await.unwrap());
    assert!(!remove_bag(db, "one").await.unwrap());
    let made = store_bag(db, &request("k3"), &second).await.unwrap();
    assert_eq!(made, StoredBag::New);
}

fn key(id: &str, name: &str) -> ApiKeyRecord {
    ApiKeyRecord {
        id: id.to_owned(),
        name: name.to_owned(),
        hash: digest("test", id.as_bytes()),
        scopes: vec!["read".to_owned()],
        created_by: "user:anna".to_owned(),
        persons: vec!["user:anna".to_owned()],
        created_at: NOW,
        revoked_at: None,
        last_used_at: None,
    }
}

async fn key_is_found_until_it_is_revoked_and_its_name_is_never_used_again(kind: Kind) {
    let place = Place::new(kind);
    let db = &Database::open(&place.settings).await.unwrap();
    let scanner = key("one", "scanner");
    insert_key(db, &scanner).await.unwrap();
    touch_key(db, "one", NOW).await.unwrap();
    let found = find_key(db, &scanner.hash).await.unwrap().unwrap();
    assert_eq!(found.last_used_at, Some(NOW));
    assert_eq!(found.scopes, ["read"]);
    let taken = insert_key(db, &key("two", "scanner")).await;
    let name = "scanner".to_owned();
    assert_eq!(taken, Err(StoreKeyError::NameTaken { name: name.clone() }));
    assert_eq!(revoke_key(db, "one", NOW).await.unwrap(), Some(name));
    assert_eq!(revoke_key(db, "one", NOW).await.unwrap(), None);
    assert_eq!(find_key(db, &scanner.hash).await.unwrap(), None);
    let taken = insert_key(db, &key("two", "scanner")).await;
    assert!(taken.is_err(), "the audit trail names keys by it");
    let listed = list_keys(db, None, 10).await.unwrap();
    assert_eq!(listed[0].revoked_at, Some(NOW));
}

/// A recall that waits for a second person.
pub(crate) fn new_draft(id: &str) -> NewDraft {
    NewDraft {
        id: id.to_owned(),
        key: id.to_owned(),
        digest: Digest::ZERO,
        kind: "recalls".to_owned(),
        request: "{}".to_owned(),
        content: None,
        words: vec!["recall a batch".to_owned()],
        author: "user:anna".to_owned(),
        persons: Vec::new(),
    }
}

async fn fill(db: &Database) {
    for number in 0..5_u8 {
        let id = format!("i{number}");
        // Two of each time: places in a list are told apart by their ids then.
        let at = Timestamp(NOW.0 + u64::from(number / 2));
        let made = bag(&id, &[&format!("S{number}")], at);
        store_bag(db, &request(&id), &made).await.unwrap();
        insert_key(db, &key(&id, &format!("key-{number}")))
            .await
            .unwrap();
        store_draft(db, at, &new_draft(&id)).await.unwrap();
        let user = UserRecord {
            name: format!("user-{number}"),
            role: Role::Viewer,
            password: "hash".to_owned(),
            pin: None,
            pin_failures: 0,
            disabled: false,
            created_at: NOW,
            updated_at: NOW,
        };
        insert_user(db, &user).await.unwrap();
    }
}

/// Turns pages of two items until there are no more.
async fn turn<T: Clone + Debug>(page: impl AsyncFn(Option<T>) -> Vec<T>) -> Vec<T> {
    let mut seen: Vec<T> = Vec::new();
    loop {
        let part = page(seen.last().cloned()).await;
        assert!(part.len() <= 2, "{part:?}");
        if part.is_empty() {
            return seen;
        }
        seen.extend(part);
    }
}

async fn lists_are_told_in_pages_each_item_once(kind: Kind) {
    let place = Place::new(kind);
    let db = &Database::open(&place.settings).await.unwrap();
    fill(db).await;
    let bags = turn(async |last: Option<BagRecord>| {
        let place = last.as_ref().map(|bag| (bag.created_at, bag.id.as_str()));
        list_bags(db, place, 2).await.unwrap()
    });
    let bags: Vec<String> = bags.await.into_iter().map(|bag| bag.id).collect();
    assert_eq!(bags, ["i4", "i3", "i2", "i1", "i0"]);
    let drafts = turn(async |last: Option<(Timestamp, String)>| {
        let place = last.as_ref().map(|(time, id)| (*time, id.as_str()));
        let page = list_drafts(db, None, place, 2).await.unwrap();
        let page = page.into_iter();
        page.map(|draft| (draft.created_at, draft.id)).collect()
    });
    let drafts: Vec<String> = drafts.await.into_iter().map(|(_, id)| id).collect();
    assert_eq!(drafts, bags);
    let keys = turn(async |last: Option<String>| {
        let page = list_keys(db, last.as_deref(), 2).await.unwrap();
        page.into_iter().map(|key| key.name).collect()
    });
    assert_eq!(keys.await, ["key-0", "key-1", "key-2", "key-3", "key-4"]);
    let users = turn(async |last: Option<String>| {
        let page = list_users(db, last.as_deref(), 2).await.unwrap();
        page.into_iter().map(|user| user.name).collect()
    });
    assert_eq!(
        users.await,
        ["user-0", "user-1", "user-2", "user-3", "user-4"]
    );
}
