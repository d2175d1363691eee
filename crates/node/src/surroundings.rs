//! What a validator shows of its peers, and whether it is ready.

use std::sync::Arc;

use theriac_client::NodeClient;
use theriac_client::wire::{NodeRole, PeerStatus};
use theriac_http::health::Readiness;
use theriac_http::task::Supervisor;
use tokio::sync::watch;

use crate::api::Surroundings;
use crate::chain::Chain;
use crate::engine::EngineRole;
use crate::neighbours::Neighbours;
use crate::peer_heights::PeerHeights;
use crate::replica::{LAG_BLOCKS_READY_MAX, Replica};

impl Surroundings for Replica {
    fn peers(&self) -> Vec<PeerStatus> {
        Vec::new()
    }

    fn lag_blocks(&self) -> Option<u64> {
        Some(Replica::lag_blocks(self))
    }

    fn role(&self) -> NodeRole {
        NodeRole::Follower
    }

    fn relays(&self) -> Vec<NodeClient> {
        self.nodes().to_vec()
    }
}

/// A validator's peers.
#[derive(Clone, Debug)]
pub(crate) struct Peers {
    pub(crate) chain: Arc<Chain>,
    pub(crate) supervisor: Supervisor,
    pub(crate) role: watch::Receiver<EngineRole>,
    pub(crate) neighbours: watch::Receiver<Neighbours>,
    pub(crate) heights: watch::Receiver<PeerHeights>,
}

impl Surroundings for Peers {
    fn peers(&self) -> Vec<PeerStatus> {
        let heard = self.heights.borrow().heard.clone();
        heard
            .unwrap_or_default()
            .into_iter()
            .map(|(key, height)| PeerStatus {
                key,
                is_reachable: Some(height.is_some()),
            })
            .collect()
    }

    fn lag_blocks(&self) -> Option<u64> {
        let heights = self.heights.borrow();
        heights.heard.as_ref()?;
        Some(heights.credible.saturating_sub(self.chain.parent().height))
    }

    fn role(&self) -> NodeRole {
        match *self.role.borrow() {
            EngineRole::Outside => NodeRole::Follower,
            EngineRole::Voting
            | EngineRole::Waiting(_)
            | EngineRole::Following
            | EngineRole::KeyAway => NodeRole::Validator,
        }
    }

    /// Who takes no part in consensus passes on what it is given, as a follower does.
    fn relays(&self) -> Vec<NodeClient> {
        if self.role() == NodeRole::Validator {
            return Vec::new();
        }
        let validators = self.chain.validators();
        let neighbours = self.neighbours.borrow();
        // Two that have no vote would pass everything on to each other.
        let voting = neighbours
            .iter()
            .filter(|one| validators.find(&one.key).is_some());
        voting.map(|one| one.client.clone()).collect()
    }
}

impl Readiness for Peers {
    fn reasons_not_ready(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if self.supervisor.is_shutting_down() {
            reasons.push("shutting down".to_owned());
        }
        match *self.role.borrow() {
            EngineRole::Voting | EngineRole::Outside => {}
            EngineRole::Waiting(height) => reasons.push(format!(
                "follows without voting until height {height}: the engine's log lacks what was signed there"
            )),
            EngineRole::Following => reasons.push(
                "follows without voting: the signing guard is missing; see the log".to_owned(),
            ),
            EngineRole::KeyAway => reasons.push(
                "follows without voting: the signer of its key does not answer; see the log"
                    .to_owned(),
            ),
        }
        match self.lag_blocks() {
            None => reasons.push("asking the other validators how long the chain is".to_owned()),
            Some(lag) if lag > LAG_BLOCKS_READY_MAX => {
                reasons.push(format!("catching up: {lag} blocks behind"));
            }
            Some(_) => {}
        }
        reasons
    }
}
