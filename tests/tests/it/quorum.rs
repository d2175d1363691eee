//! Fewer validators than it takes.

use std::time::Duration;

use theriac_client::wire::TransactionState;
use theriac_ledger::testing::Actor;
use theriac_testkit::load::History;
use theriac_testkit::network::{Network, PATIENCE};
use theriac_testkit::oracle;
use theriac_testkit::stock::{Stock, dispense};
use theriac_testkit::wait::{always, eventually};

use crate::alone;

/// How long nothing must happen: several times what the network needs for a block.
const SILENCE: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_two_of_four_stopped_nothing_is_acknowledged_until_they_return() {
    let _alone = alone().await;
    let mut network = Network::start(21).await;
    let stock = Stock::at_pharmacy(&network, "QUORUM", 10).await;
    let pen = network.pen(Actor::Pharmacy);

    network.nodes[2].kill();
    network.nodes[3].kill();
    let first = pen.sign(dispense(stock.run, 0));
    let second = pen.sign(dispense(stock.run, 1));
    for (index, signed) in [(0, &first), (1, &second)] {
        let answer = network.client(index).submit(&signed.bytes).await.unwrap();
        assert_eq!(answer.status, TransactionState::Pending);
    }
    always("two of four acknowledge nothing", SILENCE, || async {
        for index in [0, 1] {
            for signed in [&first, &second] {
                let answer = network.client(index).transaction(&signed.id).await.unwrap();
                assert_ne!(answer.status, TransactionState::Final);
            }
        }
    })
    .await;

    network.nodes[2].start();
    network.nodes[3].start();
    for index in [2, 3] {
        network.wait_until_ready(index).await;
    }
    // One is waited for, the other is sent again: the same bytes, one place on the chain.
    eventually("the waiting transaction is final", PATIENCE, || async {
        let answer = network.client(0).transaction(&first.id).await.ok()?;
        (answer.status == TransactionState::Final).then_some(())
    })
    .await;
    let answer = network
        .client(3)
        .submit_and_wait(&second.bytes)
        .await
        .unwrap();
    assert_eq!(answer.status, TransactionState::Final);
    let again = network
        .client(2)
        .submit_and_wait(&second.bytes)
        .await
        .unwrap();
    assert_eq!((again.height, again.index), (answer.height, answer.index));

    let chain = oracle::check(&network, &History::default()).await;
    let places = chain.places();
    assert!(places.contains_key(&first.id) && places.contains_key(&second.id));
}
