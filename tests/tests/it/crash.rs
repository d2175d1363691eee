//! Nodes that die without a word.

use std::time::Duration;

use theriac_client::wire::TransactionState;
use theriac_testkit::load::{History, Load};
use theriac_testkit::network::{Network, PATIENCE};
use theriac_testkit::oracle;
use theriac_testkit::stock::Stock;
use theriac_testkit::wait::eventually;

use crate::alone;

/// Packs in stock: more than any of these tests dispenses.
pub(crate) const PACKS: u32 = 4_000;

/// Submissions in flight.
pub(crate) const WORKERS: usize = 4;

/// Acknowledgements between two events, so that each falls into running business.
pub(crate) const BETWEEN: u64 = 12;

/// Kills in the test that aims at the proposer.
const KILLS: u64 = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_killed_under_load_rejoins_with_every_acknowledged_transaction() {
    let _alone = alone().await;
    let mut network = Network::start(11).await;
    let stock = Stock::at_pharmacy(&network, "CRASH", PACKS).await;
    let load = Load::start(&network, stock, WORKERS);
    business_goes_on(&load, BETWEEN).await;

    network.nodes[1].kill();
    business_goes_on(&load, 2 * BETWEEN).await;
    network.nodes[1].start();
    network.wait_until_ready(1).await;
    business_goes_on(&load, BETWEEN).await;

    let history = settle(&network, load.stop().await).await;
    let chain = oracle::check(&network, &history).await;
    assert!(chain.blocks.len() > 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proposer_killed_at_many_moments_loses_nothing_acknowledged() {
    let _alone = alone().await;
    let mut network = Network::start(12).await;
    let stock = Stock::at_pharmacy(&network, "MOMENTS", PACKS).await;
    let load = Load::start(&network, stock, WORKERS);

    for kill in 0..KILLS {
        // Different numbers of answers between kills put them at different moments of a height.
        business_goes_on(&load, 3 + 5 * kill % 7).await;
        let victim = next_proposer(&network).await;
        network.kill_and_restart(victim);
        network.wait_until_ready(victim).await;
    }
    business_goes_on(&load, BETWEEN).await;

    let history = settle(&network, load.stop().await).await;
    oracle::check(&network, &history).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_four_killed_at_once_resume_with_everything_acknowledged() {
    let _alone = alone().await;
    let mut network = Network::start(13).await;
    let stock = Stock::at_pharmacy(&network, "ALL", PACKS).await;
    let load = Load::start(&network, stock, WORKERS);
    business_goes_on(&load, BETWEEN).await;

    for node in &mut network.nodes {
        node.kill();
    }
    let before = load.stop().await;
    for node in &mut network.nodes {
        node.start();
    }
    for index in 0..network.nodes.len() {
        network.wait_until_ready(index).await;
    }

    let history = settle(&network, before).await;
    oracle::check(&network, &history).await;
}

/// Waits for more acknowledgements.
pub(crate) async fn business_goes_on(load: &Load, more: u64) {
    let until = load.acknowledged() + more;
    let what = format!("{more} more acknowledgements");
    eventually(&what, 2 * PATIENCE, || async {
        (load.acknowledged() >= until).then_some(())
    })
    .await;
}

/// The validator after the one that proposed last, in the order of the set.
async fn next_proposer(network: &Network) -> usize {
    let mut last = None;
    for client in network.clients() {
        if let Ok(answer) = client.header(None).await {
            last = last.max(Some((answer.header.height, answer.header.proposer)));
        }
    }
    let (_, proposer) = last.expect("some node runs");
    let members = network.anchor.validators.members();
    let index = members.iter().position(|member| member.key == proposer);
    (index.expect("a validator proposed") + 1) % members.len()
}

/// Submits again what nobody answered for, as a service would: the same bytes are safe to repeat.
pub(crate) async fn settle(network: &Network, mut history: History) -> History {
    for signed in std::mem::take(&mut history.open) {
        let what = format!("{} is final", signed.id);
        eventually(&what, PATIENCE + Duration::from_secs(10), || async {
            let answer = network.client(0).submit_and_wait(&signed.bytes).await;
            answer
                .ok()
                .filter(|answer| answer.status == TransactionState::Final)
        })
        .await;
    }
    history
}
