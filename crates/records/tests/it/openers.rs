//! Programs that open one new database at the same time.

use theriac_records::Database;
use theriac_records::genesis::store_genesis;
use theriac_records::repository::chain as chain_table;

use crate::chain::TestChain;
use crate::databases::{Kind, Place, on_both_databases};

on_both_databases!(
    two_that_open_a_new_database_at_once_both_have_its_tables,
    five_that_open_a_new_database_at_once_all_have_its_tables,
);

async fn two_that_open_a_new_database_at_once_both_have_its_tables(kind: Kind) {
    for seed in 0..5 {
        open_at_once(kind, seed, 2).await;
    }
}

async fn five_that_open_a_new_database_at_once_all_have_its_tables(kind: Kind) {
    for seed in 0..5 {
        open_at_once(kind, seed, 5).await;
    }
}

async fn open_at_once(kind: Kind, seed: u64, openers: usize) {
    let place = Place::new(kind);
    let mut opening = tokio::task::JoinSet::new();
    for _ in 0..openers {
        let settings = place.settings.clone();
        opening.spawn(async move { Database::open(&settings).await });
    }
    let opened = opening.join_all().await;
    let chain = TestChain::new(seed);
    let mut opened: Vec<Database> = opened.into_iter().map(Result::unwrap).collect();
    let first = opened.pop().unwrap();
    store_genesis(&first, &chain.anchor, &chain.consortium.records)
        .await
        .unwrap();
    for db in opened {
        let head = chain_table::find_head(&db).await.unwrap();
        assert_eq!(head, Some(chain.parent.clone()));
    }
}
