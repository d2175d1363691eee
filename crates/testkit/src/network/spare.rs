//! The node of an authority that is not in the genesis.

use std::path::Path;

use serde_json::{Value, json};
use theriac_ledger::identifier::ChainId;
use theriac_node::engine::create_guard;

use super::{
    Node, REQUEST_KEY, common_config, p2p, request_key, url, write_another_key, write_key,
};
use crate::newcomer::Newcomer;
use crate::ports::free_ports;

/// Where a node is prepared, and what it is told.
pub(super) struct Place<'a> {
    /// The folder of everything.
    pub(super) run: &'a Path,
    /// Its own folder.
    pub(super) own: &'a Path,
    pub(super) chain: ChainId,
    /// Where the validators of the genesis are found.
    pub(super) peers: &'a [Value],
}

/// A node that follows until it has a vote; it is prepared, not started.
pub(super) fn node(newcomer: &Newcomer, place: &Place<'_>) -> Node {
    let Place { run, own, .. } = place;
    let vote = newcomer.vote_key();
    write_key(own, &vote);
    write_another_key(own, REQUEST_KEY, &newcomer.key());
    create_guard(&own.join("data/consensus"), place.chain, vote.public_key()).expect("a new guard");
    let ports = free_ports(2);
    let mut config = common_config(run, own, ports[0]);
    config["request_key"] = request_key(own);
    config["p2p"] = json!({ "listen": p2p(ports[1]) });
    config["peers"] = json!(place.peers);
    Node::prepare(own, &config, url(ports[0]))
}
