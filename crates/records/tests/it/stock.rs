//! Counts of the stock in a database that was there before they were kept.

use sea_orm::ConnectionTrait as _;
use theriac_ledger::identifier::AccountId;
use theriac_ledger::testing::Actor;
use theriac_records::Database;
use theriac_records::repository::inspection::count_miscounted_lots;
use theriac_records::repository::stock::StockPlace;

use crate::chain::TestChain;
use crate::databases::{Kind, database, on_both_databases};
use crate::same_as_ledger::checks::stock_by_pages;
use crate::same_as_ledger::play;

on_both_databases!(
    what_a_database_held_before_counts_were_kept_is_counted,
    a_batch_whose_stock_is_miscounted_is_noticed,
);

async fn what_a_database_held_before_counts_were_kept_is_counted(kind: Kind) {
    let mut is_any_in_transit = false;
    for seed in 0..3 {
        let test = database(kind, &TestChain::new(seed)).await;
        let chain = play(seed, &test.db, TestChain::new(seed)).await.chain;
        let accounts = Actor::ALL.map(|actor| chain.consortium.account(actor));
        let before = stocks(&test.db, &accounts).await;
        is_any_in_transit |= before.iter().flatten().any(|(place, _)| place.in_transit);
        forget_counts(&test.place.settings.url).await;
        let db = Database::open(&test.place.settings).await.unwrap();
        assert_eq!(stocks(&db, &accounts).await, before);
    }
    assert!(is_any_in_transit);
}

async fn a_batch_whose_stock_is_miscounted_is_noticed(kind: Kind) {
    let test = database(kind, &TestChain::new(1)).await;
    play(1, &test.db, TestChain::new(1)).await;
    assert_eq!(count_miscounted_lots(&test.db).await.unwrap(), 0);
    let raw = sea_orm::Database::connect(&test.place.settings.url)
        .await
        .unwrap();
    raw.execute_unprepared("UPDATE stock SET packs = packs + 1")
        .await
        .unwrap();
    raw.close().await.unwrap();
    assert_eq!(count_miscounted_lots(&test.db).await.unwrap(), 1);
}

async fn stocks(db: &Database, accounts: &[AccountId]) -> Vec<Vec<(StockPlace, u64)>> {
    let mut stocks = Vec::new();
    for account in accounts {
        stocks.push(stock_by_pages(db, account).await);
    }
    stocks
}

/// Takes a database back to before the migration that counts.
async fn forget_counts(url: &str) {
    let raw = sea_orm::Database::connect(url).await.unwrap();
    raw.execute_unprepared("DROP TABLE stock").await.unwrap();
    raw.execute_unprepared("DELETE FROM seaql_migrations WHERE version = 'm20261127_000050_stock'")
        .await
        .unwrap();
    raw.close().await.unwrap();
}
