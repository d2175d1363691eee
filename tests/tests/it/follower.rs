//! Nodes without a vote.

use theriac_client::wire::{NodeRole, TransactionState};
use theriac_ledger::testing::Actor;
use theriac_testkit::network::{Network, PATIENCE, wait_until_ready};
use theriac_testkit::oracle::{Chain, assert_same};
use theriac_testkit::stock::{Stock, accept, dispense};
use theriac_testkit::wait::eventually;

use crate::alone;

/// Blocks that exist before the follower does.
const BLOCKS: u32 = 12;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_follower_catches_up_from_genesis() {
    let _alone = alone().await;
    let network = Network::start(31).await;
    let stock = Stock::at_pharmacy(&network, "FOLLOW", BLOCKS + 2).await;
    let pen = network.pen(Actor::Pharmacy);
    let mut height = 0;
    for position in 0..BLOCKS {
        height = accept(&network, &pen, dispense(stock.run, position)).await;
    }

    let (mut node, client) = network.follower();
    node.start();
    wait_until_ready(&mut node, &client).await;
    let status = eventually("the follower has caught up", PATIENCE, || async {
        client
            .status()
            .await
            .ok()
            .filter(|status| status.height >= height)
    })
    .await;
    assert_eq!(status.role, NodeRole::Follower);
    let own = Chain::read(&client, &network.anchor, height).await;
    let theirs = Chain::read(network.client(0), &network.anchor, height).await;
    assert_same(&theirs, &own, network.nodes.len());

    // What it is handed goes on to the authorities, and comes back in a block.
    let signed = pen.sign(dispense(stock.run, BLOCKS));
    let answer = client.submit_and_wait(&signed.bytes).await.unwrap();
    assert_eq!(answer.status, TransactionState::Final);
    assert!(node.stop().unwrap().success());
}
