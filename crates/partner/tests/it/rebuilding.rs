//! A read model that is dropped and read again from a node.

use std::sync::{Arc, Mutex};

use theriac_client::NodeUrl;
use theriac_http::clock::FixedClock;
use theriac_ledger::testing::{Actor, Consortium};
use theriac_partner::rebuild::{Progress, RebuildFailure, RebuildSetup, rebuild_read_model};
use theriac_partner::settings::Ledger;
use theriac_records::repository::{chain as chain_table, intents, packs, serials};
use theriac_records::{Database, TenancyError, rebuild};

use crate::node_of_one::{Chain, Node, SharedChain};
use crate::outbox::Maker;

fn setup(chain: &SharedChain, node: &Node, maker: &Maker) -> RebuildSetup {
    let chain = chain.lock().unwrap();
    RebuildSetup {
        ledger: Ledger {
            anchor: chain.anchor.clone(),
            records: chain.consortium.records.clone(),
            nodes: vec![NodeUrl::parse(&format!("http://{}", node.address)).unwrap()],
        },
        key: chain.consortium.key(Actor::Maker).into(),
        database: maker.settings.clone(),
        clock: Arc::new(FixedClock::new(Consortium::START.0)),
    }
}

#[actix_web::test]
async fn a_rebuilt_read_model_says_what_it_said_and_keeps_the_service_s_own() {
    let chain = Chain::new(31);
    let node = Node::start(&chain, "127.0.0.1:0".parse().unwrap());
    let maker = Maker::start(&chain, node.address).await;
    let (made, runs) = maker.make().await;
    let spans = packs::list_spans(&maker.db, &runs[0]).await.unwrap();
    let head = chain_table::find_head(&maker.db).await.unwrap();
    let setup = setup(&chain, &node, &maker);
    let database = setup.database.clone();
    let folder = maker.stop().await;

    let reports: Mutex<Vec<Progress>> = Mutex::default();
    let report = |progress: &Progress| reports.lock().unwrap().push(progress.clone());
    let done = rebuild_read_model(setup, report).await.unwrap();
    assert_eq!((done.from, done.height), (0, done.target));
    assert_eq!(done.transactions, 3);
    let last = reports.lock().unwrap().last().unwrap().height;
    assert_eq!(last, done.target);

    let db = Database::open(&database).await.unwrap();
    assert_eq!(chain_table::find_head(&db).await.unwrap(), head);
    let again = packs::list_spans(&db, &runs[0]).await.unwrap();
    assert_eq!(again, spans);
    let numbers = serials::find_serials(&db, &runs[1]).await.unwrap();
    assert_eq!(numbers.unwrap().len(), 3);
    let intent = intents::find_intent(&db, &made[0].id).await.unwrap();
    assert!(intent.unwrap().position.is_some());
    node.stop().await;
    drop(folder);
}

#[actix_web::test]
async fn a_read_model_is_not_rebuilt_under_a_service_that_uses_it() {
    let chain = Chain::new(32);
    let node = Node::start(&chain, "127.0.0.1:0".parse().unwrap());
    let maker = Maker::start(&chain, node.address).await;
    let refused = rebuild_read_model(setup(&chain, &node, &maker), |_| ()).await;
    assert!(
        matches!(refused, Err(RebuildFailure::Tenancy(TenancyError::Taken))),
        "{refused:?}"
    );
    maker.stop().await;
    node.stop().await;
}

#[actix_web::test]
async fn a_rebuilding_that_was_cut_off_is_ended_by_the_next_and_the_one_after_it_begins_anew() {
    let chain = Chain::new(33);
    let node = Node::start(&chain, "127.0.0.1:0".parse().unwrap());
    let maker = Maker::start(&chain, node.address).await;
    maker.make().await;
    let setups = [0, 1, 2].map(|_| setup(&chain, &node, &maker));
    let database = maker.settings.clone();
    let folder = maker.stop().await;
    let [cut, second, third] = setups;

    let (stop, stopped) = tokio::sync::oneshot::channel();
    let stop = Mutex::new(Some(stop));
    let report = |_: &Progress| {
        if let Some(stop) = stop.lock().unwrap().take() {
            let _ = stop.send(());
        }
    };
    tokio::select! {
        biased;
        _ = stopped => {}
        done = rebuild_read_model(cut, report) => panic!("it was to be cut off: {done:?}"),
    }
    let unfinished = async || {
        let db = Database::open(&database).await.unwrap();
        let found = rebuild::find_unfinished(&db).await.unwrap();
        db.close().await.unwrap();
        found
    };
    assert!(unfinished().await.is_some());
    let ended = rebuild_read_model(second, |_| ()).await.unwrap();
    assert!(ended.from > 0);
    assert_eq!(ended.height, ended.target);
    assert_eq!(unfinished().await, None);
    let anew = rebuild_read_model(third, |_| ()).await.unwrap();
    assert_eq!((anew.from, anew.transactions), (0, 3));
    node.stop().await;
    drop(folder);
}
