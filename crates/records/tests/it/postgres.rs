//! The same on PostgreSQL; THERIAC_TEST_POSTGRES is the address of an empty database.

use theriac_records::genesis::store_genesis;
use theriac_records::{Database, DatabaseSettings};

use crate::chain::TestChain;
use crate::same_as_ledger::play;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_pack_unit_and_shipment_is_what_the_ledger_says_on_postgresql() {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test has no configuration file"
    )]
    let url = std::env::var("THERIAC_TEST_POSTGRES").expect("THERIAC_TEST_POSTGRES is set");
    let db = Database::open(&DatabaseSettings::new(url)).await.unwrap();
    let chain = TestChain::new(99);
    store_genesis(&db, &chain.anchor, &chain.consortium.records)
        .await
        .unwrap();
    let seen = play(99, &db, chain).await;
    assert!(seen.len() > 8);
}
