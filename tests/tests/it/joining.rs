//! Nodes that lost their chain, and begin again from a snapshot or a backup.

use std::process::{Command, Output};

use theriac_testkit::load::Load;
use theriac_testkit::network::Network;
use theriac_testkit::oracle;
use theriac_testkit::program::theriac;
use theriac_testkit::stock::Stock;

use crate::alone;
use crate::crash::{BETWEEN, PACKS, WORKERS, business_goes_on, settle};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn validators_that_lost_their_chain_join_or_are_restored_under_load_and_vote_again() {
    let _alone = alone().await;
    let mut network = Network::start(61).await;
    let stock = Stock::at_pharmacy(&network, "JOIN", PACKS).await;
    let load = Load::start(&network, stock, WORKERS);
    business_goes_on(&load, BETWEEN).await;

    let backup = network.folder().join("authority.backup");
    let file = backup.to_str().unwrap();
    done(&node(&network, 2, &["backup", "--to", file]));
    let taken = backup.metadata().unwrap().len();
    let refused = node(&network, 2, &["backup", "--to", file]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        said(&refused).contains("choose another name"),
        "{refused:?}"
    );
    assert_eq!(backup.metadata().unwrap().len(), taken);

    let refused = node(&network, 1, &["join"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        said(&refused).contains("holds a chain already"),
        "{refused:?}"
    );

    for (index, arguments) in [(1, vec!["join"]), (2, vec!["restore", "--backup", file])] {
        network.nodes[index].kill();
        let chain = network.nodes[index].folder().join("data/chain");
        std::fs::remove_dir_all(chain).unwrap();
        business_goes_on(&load, BETWEEN).await;
        done(&node(&network, index, &arguments));
        network.nodes[index].start();
        network.wait_until_ready(index).await;
        business_goes_on(&load, BETWEEN).await;
    }
    // Without both of them there is no majority.
    network.nodes[3].kill();
    business_goes_on(&load, BETWEEN).await;
    network.nodes[3].start();
    network.wait_until_ready(3).await;

    let history = settle(&network, load.stop().await).await;
    let chain = oracle::check(&network, &history).await;
    assert!(chain.blocks.len() > 3);
}

/// Runs a subcommand of `theriac node` with a node's configuration.
fn node(network: &Network, index: usize, arguments: &[&str]) -> Output {
    Command::new(theriac())
        .arg("node")
        .args(arguments)
        .arg("--config")
        .arg(network.nodes[index].folder().join("node.toml"))
        .output()
        .expect("the program runs")
}

fn done(output: &Output) {
    assert!(output.status.success(), "{}", said(output));
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
