//! Every operation, for every kind of caller, with what belongs to others.

use theriac_distributor::{openapi, start};
use theriac_ledger::testing::Actor;
use theriac_servicekit::desk::prepare;
use theriac_servicekit::refusals::{Played, check};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn callers_without_the_scope_and_foreign_objects_are_refused_everywhere() {
    let desk = prepare(Actor::Distributor).await;
    let application = start(desk.config.clone()).await.unwrap();
    let played = Played {
        url: format!("http://{}", application.address()),
        openapi: openapi(),
        reader_key: &desk.reader_key,
        blind_key: &desk.blind_key,
        database: &desk.database,
        foreign: &desk.foreign,
        own: &desk.own,
    };
    let count = check(&played).await;
    assert!(count > 200, "{count}");
    application.shutdown();
    application.stopped().await.unwrap();
}
