//! Hands transactions to the other validators, so that whoever proposes next has them.
//!
//! Invariants: what a client sent here is passed on once, in order, to every peer, and some of what
//! waits once more whenever the proposer seems to lack it; each peer has its own bounded queue, whose
//! oldest batch gives way, so that a dead peer costs nothing but its share of memory. Losing a batch
//! loses no transaction: it stays in this node's pool.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use bytes::Bytes;
use theriac_client::NodeClient;
use theriac_client::wire::{PEER_TRANSACTIONS_BYTES_MAX, PEER_TRANSACTIONS_MAX, PeerTransactions};
use theriac_http::problem::{ProblemBody, chain};
use theriac_http::task::{Supervisor, TaskKind};
use theriac_ledger::encoding::{BoundedBytes, BoundedList};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinError;

use crate::neighbours::Neighbours;
use crate::pool::Pool;

mod queue;

use queue::Queue;

/// Time between two batches. The first after a pause leaves at once. Under load batches fill: a request,
/// signed and checked, takes as long as a few transactions.
const PACE: Duration = Duration::from_millis(30);
/// After a batch of so few, which is no load, and whose next may be somebody's only one.
const FEW: usize = 2;
const PACE_OF_FEW: Duration = Duration::from_millis(5);
/// First and longest pause after a peer did not answer.
const RETRY_MIN: Duration = Duration::from_millis(50);
const RETRY_MAX: Duration = Duration::from_secs(2);
/// Room in a batch for its own counts and lengths.
const COUNT_BYTES: usize = 4 * (PEER_TRANSACTIONS_MAX + 1);

/// Starts passing on what clients send to this node's pool; ends with the supervisor's shutdown.
pub fn start(pool: Arc<Pool>, neighbours: watch::Receiver<Neighbours>, supervisor: &Supervisor) {
    let outlets = Outlets {
        by_url: BTreeMap::new(),
        neighbours,
        supervisor: supervisor.clone(),
    };
    let token = supervisor.token();
    supervisor.spawn("gossip", TaskKind::Critical, async move {
        tokio::select! {
            ended = collect(&pool, outlets) => ended,
            () = token.cancelled() => Ok(()),
        }
    });
}

/// A queue for each neighbour, and the task that empties it.
struct Outlets {
    by_url: BTreeMap<String, Outlet>,
    neighbours: watch::Receiver<Neighbours>,
    supervisor: Supervisor,
}

struct Outlet {
    queue: Arc<Queue>,
    /// Ends the task when the neighbour is none any more.
    _held: oneshot::Sender<Infallible>,
}

impl Outlets {
    fn push(&mut self, batch: &Bytes) {
        for outlet in self.by_url.values() {
            outlet.queue.push(batch.clone());
        }
    }

    /// Looks who the neighbours are now.
    fn refresh(&mut self) {
        if !self.by_url.is_empty() && !self.neighbours.has_changed().unwrap_or(false) {
            return;
        }
        let now = Arc::clone(&self.neighbours.borrow_and_update());
        let urls: Vec<String> = now.iter().map(|one| one.client.url().to_string()).collect();
        self.by_url.retain(|url, _| urls.contains(url));
        for (url, neighbour) in urls.into_iter().zip(now.iter()) {
            let supervisor = &self.supervisor;
            let client = &neighbour.client;
            let new = || open(client.clone(), supervisor);
            self.by_url.entry(url).or_insert_with(new);
        }
    }
}

/// Starts the task that hands a neighbour what is queued for it.
fn open(client: NodeClient, supervisor: &Supervisor) -> Outlet {
    let queue = Arc::new(Queue::default());
    let (held, gone) = oneshot::channel();
    let (outgoing, token) = (Arc::clone(&queue), supervisor.token());
    supervisor.spawn("gossip to a peer", TaskKind::Auxiliary, async move {
        tokio::select! {
            never = send(&client, &outgoing) => match never {},
            _ = gone => {}
            () = token.cancelled() => {}
        }
        Ok::<(), Infallible>(())
    });
    Outlet { queue, _held: held }
}

/// Takes fresh transactions from the pool, batch by batch, until the pool is gone.
async fn collect(pool: &Arc<Pool>, mut outlets: Outlets) -> Result<(), JoinError> {
    let mut size = pool.watch();
    while size.wait_for(|size| size.fresh > 0).await.is_ok() {
        let source = Arc::clone(pool);
        // Encoding a batch of large transactions takes milliseconds.
        let (count, batches) = tokio::task::spawn_blocking(move || batches(&source)).await?;
        outlets.refresh();
        for batch in &batches {
            outlets.push(batch);
        }
        let pace = if count <= FEW { PACE_OF_FEW } else { PACE };
        tokio::time::sleep(pace).await;
    }
    Ok(())
}

/// How many transactions are taken, and the batches of them.
fn batches(pool: &Pool) -> (usize, Vec<Bytes>) {
    let fresh = pool.fresh(PEER_TRANSACTIONS_BYTES_MAX - COUNT_BYTES);
    let count = fresh.len();
    let mut transactions = fresh
        .into_iter()
        .filter_map(|bytes| BoundedBytes::new(bytes).ok())
        .peekable();
    let mut batches = Vec::new();
    while transactions.peek().is_some() {
        let batch: Vec<_> = transactions.by_ref().take(PEER_TRANSACTIONS_MAX).collect();
        let batch = PeerTransactions {
            transactions: BoundedList::new(batch).expect("taken up to the bound"),
        };
        batches.push(Bytes::from(batch.encode()));
    }
    (count, batches)
}

/// Whether a peer will answer the same again: not where it is only busy, or starting.
fn is_lasting(problem: &ProblemBody) -> bool {
    let passing = [StatusCode::TOO_MANY_REQUESTS, StatusCode::REQUEST_TIMEOUT];
    problem.status < 500 && !passing.iter().any(|status| *status == problem.status)
}

/// Sends a peer what is queued for it, in order, again and again until it answers.
async fn send(peer: &NodeClient, queue: &Queue) -> Infallible {
    let mut pause = RETRY_MIN;
    loop {
        let batch = queue.front().await;
        match peer.send_peer_transactions(batch.bytes.to_vec()).await {
            Ok(_) => {
                pause = RETRY_MIN;
                queue.done(&batch);
            }
            Err(error) if error.problem().is_some_and(is_lasting) => {
                tracing::warn!(peer = %peer.url(), error = chain(&error), "a peer refused transactions");
                queue.done(&batch);
                tokio::time::sleep(pause).await;
            }
            Err(error) => {
                tracing::debug!(peer = %peer.url(), error = chain(&error), "a peer takes nothing now");
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(RETRY_MAX);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use theriac_http::problem::{Problem, ProblemCode};

    use super::is_lasting;

    #[test]
    fn a_batch_is_given_up_only_where_a_peer_will_always_refuse_it() {
        let lasts = |code| is_lasting(&Problem::new(code, "test").body(None));
        assert!(lasts(ProblemCode::PayloadTooLarge));
        assert!(lasts(ProblemCode::Forbidden));
        assert!(!lasts(ProblemCode::RateLimited));
        assert!(!lasts(ProblemCode::NotReady));
        assert!(!lasts(ProblemCode::Internal));
    }
}
