//! Where the chain stands, for choosing and judging times of validity.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use theriac_http::clock::SharedClock;
use theriac_http::problem::chain;
use theriac_ledger::block::Header;
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::{Height, Timestamp};
use theriac_ledger::validator::ValidatorSet;
use tokio::time::Instant;

use crate::head::HeadRefusal;
use crate::head_watch::HeadWatch;
use crate::node_client::{NodeClient, NodeError};
use crate::trusted::TrustedSets;
use crate::wire::Head;

/// No node shows a believable head of the chain.
#[derive(Debug, thiserror::Error)]
#[error("no node shows where the chain stands: {}", reasons.join("; "))]
pub struct NoHead {
    /// What each node answered.
    pub reasons: Vec<String>,
}

/// Why one node's head is of no use.
#[derive(Debug, thiserror::Error)]
pub(super) enum HeadError {
    #[error(transparent)]
    Node(#[from] NodeError),
    #[error("the head of {node} is refused")]
    Refused { node: String, source: HeadRefusal },
}

#[derive(Debug)]
pub(super) struct HeadTracker {
    genesis: Timestamp,
    sets: Arc<TrustedSets>,
    clock: SharedClock,
    watch: HeadWatch,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    height: Height,
    time: Option<Timestamp>,
    at: Option<Instant>,
}

impl HeadTracker {
    pub(super) fn new(anchor: &Anchor, clock: SharedClock) -> Self {
        let sets = Arc::new(TrustedSets::new(anchor));
        Self {
            genesis: anchor.time,
            watch: HeadWatch::new(Arc::clone(&sets)),
            sets,
            clock,
            known: Mutex::default(),
        }
    }

    pub(super) fn watch_with(&mut self, watch: HeadWatch) {
        self.watch = watch;
    }

    /// Who signs the next height, as far as is known.
    pub(super) fn validators(&self) -> Arc<ValidatorSet> {
        let height = self.known().height;
        self.sets.at(height.saturating_add(1))
    }

    pub(super) fn observe(&self, header: &Header) {
        let mut known = self.known();
        if header.height >= known.height {
            *known = Known {
                height: header.height,
                time: Some(header.time),
                at: Some(Instant::now()),
            };
        }
    }

    /// The time of the latest block known, asked for when it is older than `age`.
    pub(super) async fn time(
        &self,
        nodes: &[NodeClient],
        age: Duration,
    ) -> Result<Timestamp, NoHead> {
        if let Some(time) = self.recent(age) {
            return Ok(time);
        }
        let mut reasons = Vec::new();
        for node in nodes {
            match self.of_node(node).await {
                Ok(Some(head)) => return Ok(head.time),
                // Before block 1 there is no time but ours: block 1 will have the validators' own.
                Ok(None) => return Ok(self.genesis.max(self.now())),
                Err(error) => reasons.push(chain(&error)),
            }
        }
        Err(NoHead { reasons })
    }

    /// The checked head of one node; none before block 1.
    pub(super) async fn of_node(&self, node: &NodeClient) -> Result<Option<Head>, HeadError> {
        let answer = match node.header(None).await {
            Ok(answer) => answer,
            Err(error) if error.problem().is_some_and(|problem| problem.status == 404) => {
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        let refuse = |source| HeadError::Refused {
            node: node.url().to_string(),
            source,
        };
        let header = &answer.header;
        let verified = self.sets.verify(node, header, &answer.certificate).await;
        verified.map_err(refuse)?;
        if self.watch.verified(header, &answer.certificate).is_some() {
            let height = header.height;
            return Err(refuse(HeadRefusal::TwoHeads { height }));
        }
        let known = self.known().height;
        // A node may lag by a few blocks; one that shows an old head for good is of no use here.
        if header.height.saturating_add(LAG_BLOCKS_MAX) < known {
            let found = header.height;
            return Err(refuse(HeadRefusal::Old { found, known }));
        }
        self.observe(header);
        Ok(Some(Head {
            height: header.height,
            time: header.time,
        }))
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp(self.clock.now_ms())
    }

    fn recent(&self, age: Duration) -> Option<Timestamp> {
        let known = self.known();
        known
            .time
            .filter(|_| known.at.is_some_and(|at| at.elapsed() < age))
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How far a node may be behind the best head seen and still be asked.
const LAG_BLOCKS_MAX: u64 = 16;
