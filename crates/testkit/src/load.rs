//! Background load whose history is kept, so that the oracle can hold the network to its word.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use theriac_client::wire::TransactionState;
use theriac_client::{NodeClient, NodeError};
use theriac_http::clock::Stopwatch;
use theriac_ledger::identifier::{Height, TransactionId};
use theriac_ledger::testing::Actor;
use tokio::task::JoinSet;

use crate::actor::{Pen, Signed};
use crate::network::Network;
use crate::stock::{Stock, dispense};

/// A transaction that a node acknowledged as final.
#[derive(Debug, Clone)]
pub struct Acknowledged {
    /// Its id.
    pub id: TransactionId,
    /// Where the node says it is.
    pub height: Height,
    /// Its position in the block.
    pub index: u32,
    /// Order in which submissions began, on the clock that counts both begins and answers.
    pub began: u64,
    /// Order in which answers came, on the same clock.
    pub answered: u64,
}

/// What became of every submission.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// Acknowledged as final.
    pub acknowledged: Vec<Acknowledged>,
    /// No answer, or not final in time: the network may have them or not.
    pub open: Vec<Signed>,
    /// Refused, with the code. A load of legal transactions expects none.
    pub refused: Vec<(TransactionId, String)>,
    /// The longest time between two acknowledgements, or before the first.
    pub longest_pause: Duration,
}

/// Pharmacy workers that dispense pack after pack until told to stop.
#[derive(Debug)]
pub struct Load {
    workers: JoinSet<History>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    stop: AtomicBool,
    next_pack: AtomicU32,
    order: AtomicU64,
    acknowledged: AtomicU64,
    pauses: Mutex<Pauses>,
    clients: Vec<NodeClient>,
    pen: Pen,
    stock: Stock,
}

/// Times between acknowledgements.
#[derive(Debug)]
struct Pauses {
    since_last: Stopwatch,
    longest: Duration,
}

impl Pauses {
    fn acknowledged(&mut self) {
        self.longest = self.longest.max(self.since_last.elapsed());
        self.since_last = Stopwatch::start();
    }
}

impl Load {
    /// Starts `workers`, each with one submission in flight; worker n begins at node n and moves
    /// on to the next node whenever one does not answer.
    pub fn start(network: &Network, stock: Stock, workers: usize) -> Self {
        let shared = Arc::new(Shared {
            stop: AtomicBool::new(false),
            next_pack: AtomicU32::new(0),
            order: AtomicU64::new(0),
            acknowledged: AtomicU64::new(0),
            pauses: Mutex::new(Pauses {
                since_last: Stopwatch::start(),
                longest: Duration::ZERO,
            }),
            clients: network.clients().to_vec(),
            pen: network.pen(Actor::Pharmacy),
            stock,
        });
        let mut set = JoinSet::new();
        for worker in 0..workers {
            set.spawn(Arc::clone(&shared).work(worker));
        }
        Self {
            workers: set,
            shared,
        }
    }

    /// Submissions acknowledged so far.
    pub fn acknowledged(&self) -> u64 {
        self.shared.acknowledged.load(Ordering::SeqCst)
    }

    /// Ends the load and waits for the answers that are still due.
    pub async fn stop(mut self) -> History {
        self.shared.stop.store(true, Ordering::SeqCst);
        let mut history = History::default();
        while let Some(part) = self.workers.join_next().await {
            let part = part.expect("a worker does not panic");
            history.acknowledged.extend(part.acknowledged);
            history.open.extend(part.open);
            history.refused.extend(part.refused);
        }
        history.longest_pause = self.shared.lock_pauses().longest;
        history
    }
}

impl Shared {
    fn lock_pauses(&self) -> std::sync::MutexGuard<'_, Pauses> {
        // Each change is one call.
        self.pauses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn work(self: Arc<Self>, first_node: usize) -> History {
        let mut history = History::default();
        let mut node = first_node;
        while !self.stop.load(Ordering::SeqCst) {
            let position = self.next_pack.fetch_add(1, Ordering::SeqCst);
            if position >= self.stock.count {
                break;
            }
            let signed = self.pen.sign(dispense(self.stock.run, position));
            let client = &self.clients[node % self.clients.len()];
            let began = self.order.fetch_add(1, Ordering::SeqCst);
            let answer = client.submit_and_wait(&signed.bytes).await;
            let answered = self.order.fetch_add(1, Ordering::SeqCst);
            if history.take_down(signed, answer, (began, answered)) {
                self.acknowledged.fetch_add(1, Ordering::SeqCst);
                self.lock_pauses().acknowledged();
            } else {
                node += 1;
                // A node that is down refuses at once: leave the others the processor.
                tokio::task::yield_now().await;
            }
        }
        history
    }
}

impl History {
    /// Keeps an answer; whether it was an acknowledgement.
    fn take_down(
        &mut self,
        signed: Signed,
        answer: Result<theriac_client::wire::TransactionAnswer, NodeError>,
        (began, answered): (u64, u64),
    ) -> bool {
        match answer {
            Ok(answer) if answer.status == TransactionState::Final => {
                let (Some(height), Some(index)) = (answer.height, answer.index) else {
                    self.refused
                        .push((signed.id, "final without a place".to_owned()));
                    return false;
                };
                let id = signed.id;
                self.acknowledged.push(Acknowledged {
                    id,
                    height,
                    index,
                    began,
                    answered,
                });
                true
            }
            Err(error) if !error.may_have_been_carried_out() && error.problem().is_some() => {
                let code = error
                    .problem()
                    .map(|problem| problem.code.clone())
                    .unwrap_or_default();
                self.refused.push((signed.id, code));
                false
            }
            Ok(_) | Err(_) => {
                self.open.push(signed);
                false
            }
        }
    }
}
