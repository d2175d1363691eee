//! What a validator knows of its peers from their own HTTP interfaces: who answers, and how far
//! the chain is. For display and readiness only; nothing else rests on it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use theriac_client::NodeClient;
use theriac_client::wire::{NodeRole, PeerStatus};
use theriac_crypto::PublicKey;
use theriac_http::health::Readiness;
use theriac_http::task::{Supervisor, TaskKind};
use theriac_ledger::identifier::Height;
use tokio::sync::watch;

use crate::api::Surroundings;
use crate::chain::Chain;
use crate::engine::EngineRole;
use crate::neighbours::Neighbours;
use crate::replica::{LAG_BLOCKS_READY_MAX, Replica};

/// How often peers are asked.
const ASK_EVERY: Duration = Duration::from_secs(2);

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

/// Height of each peer, where it answered.
type Heard = BTreeMap<PublicKey, Option<Height>>;

/// A validator's peers.
#[derive(Clone, Debug)]
pub(crate) struct Peers {
    chain: Arc<Chain>,
    supervisor: Supervisor,
    role: watch::Receiver<EngineRole>,
    neighbours: watch::Receiver<Neighbours>,
    /// What each peer last said, none where it did not answer; nothing before all were asked.
    heard: Arc<Mutex<Option<Heard>>>,
}

impl Peers {
    /// Starts asking.
    pub(crate) fn start(
        chain: Arc<Chain>,
        neighbours: watch::Receiver<Neighbours>,
        role: watch::Receiver<EngineRole>,
        supervisor: &Supervisor,
    ) -> Self {
        let known = Self {
            chain,
            supervisor: supervisor.clone(),
            role,
            neighbours,
            heard: Arc::default(),
        };
        let (asking, token) = (known.clone(), supervisor.token());
        supervisor.spawn("peer-status", TaskKind::Critical, async move {
            loop {
                tokio::select! {
                    () = asking.ask() => {}
                    () = token.cancelled() => return Ok(()),
                }
                tokio::select! {
                    () = tokio::time::sleep(ASK_EVERY) => {}
                    () = token.cancelled() => return Ok::<(), std::convert::Infallible>(()),
                }
            }
        });
        known
    }

    async fn ask(&self) {
        let chain_id = self.chain.anchor().chain_id();
        let neighbours = Arc::clone(&self.neighbours.borrow());
        let answers = join_all(neighbours.iter().map(|neighbour| async move {
            let status = neighbour.client.status().await.ok();
            let height = status
                .filter(|status| status.chain_id == chain_id)
                .map(|status| status.height);
            (neighbour.key, height)
        }));
        let answers: Heard = answers.await.into_iter().collect();
        *self.heard.lock().unwrap_or_else(PoisonError::into_inner) = Some(answers);
    }

    fn heard(&self) -> Option<Heard> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.clone()
    }

    /// The height that more than a third of the voting power, so at least one honest validator,
    /// claims to have reached.
    fn credible_height(&self, heard: &Heard) -> Height {
        let validators = self.chain.validators();
        let mut claims: Vec<(Height, u64)> = heard
            .iter()
            .filter_map(|(key, height)| {
                let power = validators.find(key)?.power;
                height.map(|height| (height, power))
            })
            .collect();
        claims.sort_unstable_by(|left, right| right.cmp(left));
        let mut power = 0u64;
        for (height, more) in claims {
            power = power.saturating_add(more);
            if u128::from(power) * 3 > u128::from(validators.total_power()) {
                return height;
            }
        }
        0
    }
}

impl Surroundings for Peers {
    fn peers(&self) -> Vec<PeerStatus> {
        let heard = self.heard().unwrap_or_default();
        heard
            .into_iter()
            .map(|(key, height)| PeerStatus {
                key,
                is_reachable: Some(height.is_some()),
            })
            .collect()
    }

    fn lag_blocks(&self) -> Option<u64> {
        let heard = self.heard()?;
        let height = self.chain.parent().height;
        Some(self.credible_height(&heard).saturating_sub(height))
    }

    fn role(&self) -> NodeRole {
        match *self.role.borrow() {
            EngineRole::Outside => NodeRole::Follower,
            EngineRole::Voting | EngineRole::Waiting(_) | EngineRole::Following => {
                NodeRole::Validator
            }
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
