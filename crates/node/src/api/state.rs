//! What the endpoints share.

use std::fmt::Debug;
use std::sync::Arc;

use actix_web::web;
use theriac_client::NodeClient;
use theriac_client::wire::{NodeRole, PeerStatus};
use theriac_crypto::PublicKey;
use theriac_http::clock::SharedClock;
use theriac_http::health::Readiness;
use theriac_http::problem::{Problem, ProblemCode};
use theriac_http::task::Supervisor;
use theriac_ledger::identifier::Timestamp;

use super::admission::Admission;
use super::get_history::HistoryPlaces;
use super::get_snapshot::SnapshotPlace;
use super::places::Places;
use super::recent::RecentBlocks;
use crate::chain::Chain;
use crate::pool::Pool;
use crate::store::{Store, StoreError};

/// What surrounds the chain in this process: an engine with peers, or a follower with its nodes.
pub trait Surroundings: Readiness {
    /// The peers, as far as they are known.
    fn peers(&self) -> Vec<PeerStatus>;
    /// Blocks that others have and this node not yet; none while it does not know what they have.
    fn lag_blocks(&self) -> Option<u64>;
    /// What the node does now.
    fn role(&self) -> NodeRole;
    /// For a node without a vote: where submissions are passed on to. Empty for a validator.
    fn relays(&self) -> Vec<NodeClient>;
}

/// What the interface serves.
#[derive(Debug)]
pub struct ApiSetup {
    /// The chain.
    pub chain: Arc<Chain>,
    /// The key it votes with, while it does.
    pub key: Option<PublicKey>,
    /// The engine or the follower.
    pub surroundings: Arc<dyn Surroundings>,
    /// The clock.
    pub clock: SharedClock,
    /// Starts the streams and ends them.
    pub supervisor: Supervisor,
}

/// Shared by all workers.
#[derive(Debug)]
pub struct ApiState {
    pub(super) setup: ApiSetup,
    pub(super) recent: RecentBlocks,
    pub(super) streams: Places,
    pub(super) histories: HistoryPlaces,
    pub(super) snapshots: SnapshotPlace,
    pub(super) admission: Admission,
}

impl ApiState {
    /// The state behind the endpoints.
    pub fn new(setup: ApiSetup) -> Self {
        Self {
            setup,
            recent: RecentBlocks::default(),
            streams: Places::default(),
            histories: HistoryPlaces::default(),
            snapshots: SnapshotPlace::default(),
            admission: Admission::start(),
        }
    }

    pub(super) fn chain(&self) -> &Arc<Chain> {
        &self.setup.chain
    }

    pub(super) fn store(&self) -> &Store {
        self.setup.chain.store()
    }

    pub(super) fn pool(&self) -> &Arc<Pool> {
        self.setup.chain.pool()
    }

    pub(super) fn now(&self) -> Timestamp {
        Timestamp(self.setup.clock.now_ms())
    }
}

/// Runs work that reads the disk or verifies signatures away from the worker's own thread.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, Problem> {
    match web::block(work).await {
        Ok(outcome) => outcome.map_err(|error| store_problem(&error)),
        Err(error) => Err(Problem::internal(&error)),
    }
}

/// A store that fails is this node's fault: the log has the cause, the caller tries another node.
pub(super) fn store_problem(error: &StoreError) -> Problem {
    Problem::hidden(ProblemCode::StorageUnavailable, error).with_hint("use another node")
}
