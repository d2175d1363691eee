//! What goes wrong leaves nothing behind and says what to do.

use theriac_ledger::testing::{Actor, commission_run, gtin, product, run_id};
use theriac_records::fold::FoldError;
use theriac_records::genesis::{GenesisError, store_genesis};
use theriac_records::repository::{chain as chain_table, packs, products};
use theriac_records::{Database, DatabaseSettings, StorageError};

use crate::chain::TestChain;
use crate::databases::{Kind, Place, database, on_both_databases, sqlite_url};

on_both_databases!(
    a_read_only_database_refuses_a_block_and_keeps_what_it_had,
    a_block_is_folded_once,
    a_block_that_does_not_follow_is_refused,
    a_database_of_another_chain_is_refused,
    a_block_before_the_genesis_is_refused,
);

async fn a_read_only_database_refuses_a_block_and_keeps_what_it_had(kind: Kind) {
    let mut chain = TestChain::new(1);
    let database = database(kind, &chain).await;
    let item = gtin("9506000", 7);
    database.db.close().await.unwrap();
    let db = Database::open(&database.place.read_only()).await.unwrap();
    let before = chain_table::find_head(&db).await.unwrap();
    let (block, _) = chain.block(vec![(Actor::Maker, product(item).into())]);
    let Err(FoldError::Storage(error)) = block.fold(&db).await else {
        panic!("the block was folded");
    };
    assert!(matches!(error, StorageError::ReadOnly { .. }), "{error:?}");
    assert!(error.hint().contains("writable"));
    assert_eq!(chain_table::find_head(&db).await.unwrap(), before);
    assert_eq!(products::find_product(&db, &item).await.unwrap(), None);
}

#[tokio::test]
async fn a_full_database_refuses_a_block_whole_and_takes_it_when_there_is_room() {
    let mut chain = TestChain::new(2);
    let database = database(Kind::Sqlite, &chain).await;
    let item = gtin("9506000", 7);
    chain.act(&database.db, Actor::Maker, product(item)).await;
    database.db.close().await.unwrap();
    let url = sqlite_url(&database.place.folder, "rw");
    let settings = DatabaseSettings {
        url: url.clone(),
        sqlite_pages_max: Some(80),
    };
    let db = Database::open(&settings).await.unwrap();
    let run = run_id(item, "LOT-A", 0);
    let (block, refused) = chain.block(vec![(Actor::Maker, commission_run(run, 0, 30_000).into())]);
    assert!(refused.is_empty());
    let Err(FoldError::Storage(error)) = block.fold(&db).await else {
        panic!("the block was folded");
    };
    assert!(matches!(error, StorageError::Full { .. }), "{error:?}");
    assert!(packs::list_spans(&db, &run).await.unwrap().is_empty());
    db.close().await.unwrap();
    let db = Database::open(&DatabaseSettings::new(url)).await.unwrap();
    assert_eq!(block.fold(&db).await.unwrap(), 1);
    assert_eq!(packs::list_spans(&db, &run).await.unwrap().len(), 1);
}

async fn a_block_is_folded_once(kind: Kind) {
    let mut chain = TestChain::new(3);
    let database = database(kind, &chain).await;
    let action = product(gtin("9506000", 7));
    let (block, _) = chain.block(vec![(Actor::Maker, action.into())]);
    assert_eq!(block.fold(&database.db).await.unwrap(), 1);
    assert_eq!(block.fold(&database.db).await.unwrap(), 0);
}

async fn a_block_that_does_not_follow_is_refused(kind: Kind) {
    let mut chain = TestChain::new(4);
    let database = database(kind, &chain).await;
    let _ = chain.block(Vec::new());
    let (second, _) = chain.block(Vec::new());
    let refused = second.fold(&database.db).await;
    assert!(matches!(refused, Err(FoldError::Block(_))), "{refused:?}");
}

async fn a_database_of_another_chain_is_refused(kind: Kind) {
    let chain = TestChain::new(5);
    let database = database(kind, &chain).await;
    let other = TestChain::new(6);
    let refused = store_genesis(&database.db, &other.anchor, &other.consortium.records).await;
    assert!(matches!(refused, Err(GenesisError::AnotherChain { .. })));
    store_genesis(&database.db, &chain.anchor, &chain.consortium.records)
        .await
        .unwrap();
}

async fn a_block_before_the_genesis_is_refused(kind: Kind) {
    let mut chain = TestChain::new(7);
    let place = Place::new(kind);
    let db = Database::open(&place.settings).await.unwrap();
    let (block, _) = chain.block(Vec::new());
    assert!(matches!(block.fold(&db).await, Err(FoldError::NoGenesis)));
}

#[tokio::test]
async fn what_is_no_database_is_named_so() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("records.sqlite");
    std::fs::write(&path, vec![7u8; 8_192]).unwrap();
    let settings = DatabaseSettings::new(sqlite_url(&folder, "rwc"));
    let error = Database::open(&settings).await.unwrap_err();
    assert!(matches!(error, StorageError::Damaged { .. }), "{error:?}");
    let settings = DatabaseSettings::new("sqlite:///nowhere/at/all.sqlite?mode=rw");
    let error = Database::open(&settings).await.unwrap_err();
    assert!(
        matches!(error, StorageError::Unavailable { .. }),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_server_or_database_that_is_not_there_is_named_so() {
    let place = Place::new(Kind::Postgres);
    let url = &place.settings.url;
    let (_, host) = url.split_once("?host=").unwrap();
    for elsewhere in [
        format!("postgres://postgres@localhost/nowhere?host={host}"),
        "postgres://postgres@localhost/records?host=/nowhere/at/all".to_owned(),
    ] {
        let settings = DatabaseSettings::new(elsewhere);
        let error = Database::open(&settings).await.unwrap_err();
        assert!(
            matches!(error, StorageError::Unavailable { .. }),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn a_server_that_may_lose_commits_is_refused() {
    let place = Place::new(Kind::Postgres);
    let lax = "&options=-c%20synchronous_commit%3Doff";
    let settings = DatabaseSettings::new(format!("{}{lax}", place.settings.url));
    let error = Database::open(&settings).await.unwrap_err();
    assert!(matches!(error, StorageError::Unsafe { .. }), "{error:?}");
}
