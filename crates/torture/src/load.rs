//! Pharmacies that dispense pack after pack, whatever happens to the network, and write down every
//! answer.
//!
//! A worker does what a careful service does: it sends the same bytes again, to another node, until
//! they are final, refused or past their time. Now and then two of them dispense one pack at two
//! nodes at once, and now and then one sends again what is final already.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use theriac_client::wire::{TransactionAnswer, TransactionState};
use theriac_client::{NodeClient, NodeError};
use theriac_http::clock::Stopwatch;
use theriac_ledger::identifier::{Height, TransactionId};
use theriac_testkit::actor::Signed;
use theriac_testkit::load::Acknowledged;
use theriac_testkit::stock::dispense;
use tokio::task::JoinSet;

use crate::cluster::Cluster;
use crate::dice::{Dice, Permille};

mod shelf;

use shelf::Shelf;

/// Time between two submissions of a worker.
const PACE_MS: (u32, u32) = (10, 120);
/// Time before a node is asked again after one that did not answer.
const AGAIN: Duration = Duration::from_millis(50);
/// How often two workers want the same pack.
const CONTESTED: Permille = 60;
/// How often something final is sent once more.
const REPEATED: Permille = 60;
/// Final transactions from which one is sent once more; all of them are still in their time.
const RECENT: usize = 64;
/// Time in which a healed network must carry what is still on its way when the load ends.
const LAST: Duration = Duration::from_secs(90);

/// What became of everything that was sent.
#[derive(Debug, Clone, Default)]
pub struct Records {
    /// Acknowledged as final.
    pub acknowledged: Vec<Acknowledged>,
    /// Legal, and refused by more nodes than may be wrong; with the code.
    pub refused: Vec<(TransactionId, String)>,
    /// Its time passed: it must not be on the chain.
    pub expired: Vec<TransactionId>,
    /// Not known when the load ended.
    pub open: Vec<TransactionId>,
    /// Answered twice as final, at different places.
    pub moved: Vec<TransactionId>,
    /// Packs that two wanted.
    pub contests: Contests,
}

/// Packs that two transactions wanted to dispense at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Contests {
    /// One got it and the other was refused.
    pub decided: u64,
    /// Neither is known to have got it.
    pub undecided: u64,
    /// Both were told that they have.
    pub both: u64,
}

/// What became of one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Final { height: Height, index: u32 },
    Refused { code: String },
    Expired,
    Open,
}

/// Workers under way.
#[derive(Debug)]
pub struct Load {
    workers: JoinSet<()>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    stop: AtomicBool,
    stopping: Mutex<Option<Stopwatch>>,
    /// Counts both begins and answers.
    order: AtomicU64,
    acknowledged: AtomicU64,
    clients: Vec<NodeClient>,
    /// Refusals by so many nodes are believed: more than may be wrong at once.
    believed: usize,
    shelf: Shelf,
    recent: Mutex<VecDeque<(Signed, (Height, u32))>>,
    records: Mutex<Records>,
}

impl Load {
    /// Starts `workers`; the first who needs a pack stocks the shelf.
    pub fn start(cluster: &Cluster, seed: u64, workers: u64) -> Self {
        let shared = Arc::new(Shared {
            stop: AtomicBool::new(false),
            stopping: Mutex::new(None),
            order: AtomicU64::new(0),
            acknowledged: AtomicU64::new(0),
            clients: cluster.clients().to_vec(),
            believed: cluster.len().div_ceil(3),
            shelf: Shelf::new(cluster),
            recent: Mutex::default(),
            records: Mutex::default(),
        });
        let mut set = JoinSet::new();
        for worker in 0..workers {
            let dice = Dice::new(seed.wrapping_mul(1_000).wrapping_add(worker));
            set.spawn(Arc::clone(&shared).work(dice));
        }
        Self {
            workers: set,
            shared,
        }
    }

    /// Transactions acknowledged so far.
    pub fn acknowledged(&self) -> u64 {
        self.shared.acknowledged.load(Ordering::SeqCst)
    }

    /// What is known so far.
    pub fn records(&self) -> Records {
        self.shared.records().clone()
    }

    /// Dispenses a fresh pack, asking every node at once; how long it took until one said that it
    /// is final, and at which height. None when that did not happen within the limit.
    pub async fn probe(&self, limit: Duration) -> Option<(Duration, Height)> {
        let watch = Stopwatch::start();
        let probing = self.shared.probe();
        let height = tokio::time::timeout(limit, probing).await.ok()??;
        Some((watch.elapsed(), height))
    }

    /// Ends the load, waits for what is on its way, and gives everything that was written down.
    pub async fn stop(mut self) -> Records {
        *self.shared.stopping() = Some(Stopwatch::start());
        self.shared.stop.store(true, Ordering::SeqCst);
        while self.workers.join_next().await.is_some() {}
        self.records()
    }
}

impl Shared {
    async fn work(self: Arc<Self>, mut dice: Dice) {
        while !self.is_stopping() {
            let Some((run, position)) = self.shelf.next(&self).await else {
                return;
            };
            let action = dispense(run, position);
            let node = dice.index(self.clients.len());
            if dice.chance(CONTESTED) {
                let two = [
                    self.shelf.pharmacy.sign(action.clone()),
                    self.shelf.pharmacy.sign(action),
                ];
                self.contest(two, node).await;
            } else {
                let signed = self.shelf.pharmacy.sign(action);
                self.carry(&signed, node).await;
            }
            if dice.chance(REPEATED) {
                self.repeat(&mut dice).await;
            }
            tokio::time::sleep(dice.milliseconds(PACE_MS.0, PACE_MS.1)).await;
        }
    }

    /// Sends the same bytes until it is known what becomes of them, and writes that down.
    async fn carry(&self, signed: &Signed, first_node: usize) -> Outcome {
        let outcome = self.settle(signed, first_node).await;
        if let Outcome::Refused { code } = &outcome {
            let refusal = (signed.id, code.clone());
            self.records().refused.push(refusal);
        }
        outcome
    }

    /// Like [`Shared::carry`], for transactions that may be refused.
    async fn settle(&self, signed: &Signed, first_node: usize) -> Outcome {
        let began = self.order.fetch_add(1, Ordering::SeqCst);
        let outcome = self.insist(signed, first_node).await;
        let answered = self.order.fetch_add(1, Ordering::SeqCst);
        let id = signed.id;
        match &outcome {
            Outcome::Final { height, index } => {
                self.acknowledged.fetch_add(1, Ordering::SeqCst);
                let (height, index) = (*height, *index);
                self.records().acknowledged.push(Acknowledged {
                    id,
                    height,
                    index,
                    began,
                    answered,
                });
                let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
                recent.push_back((signed.clone(), (height, index)));
                if recent.len() > RECENT {
                    recent.pop_front();
                }
            }
            Outcome::Expired => self.records().expired.push(id),
            Outcome::Open => self.records().open.push(id),
            Outcome::Refused { .. } => {}
        }
        outcome
    }

    async fn insist(&self, signed: &Signed, first_node: usize) -> Outcome {
        let mut refusals: Vec<usize> = Vec::new();
        for attempt in 0.. {
            let node = (first_node + attempt) % self.clients.len();
            let answer = self.clients[node].submit_and_wait(&signed.bytes).await;
            match meaning(answer) {
                Some(outcome @ (Outcome::Refused { .. } | Outcome::Expired)) => {
                    // A node that is cut off refuses by what it knew, or by a clock that is wrong.
                    if !refusals.contains(&node) {
                        refusals.push(node);
                    }
                    if refusals.len() >= self.believed {
                        return outcome;
                    }
                }
                Some(outcome) => return outcome,
                None if self.is_over() => return Outcome::Open,
                None => {}
            }
            tokio::time::sleep(AGAIN).await;
        }
        Outcome::Open
    }

    /// Two transactions want the same pack, at two nodes at once.
    async fn contest(&self, two: [Signed; 2], node: usize) {
        let outcomes = join_all([self.settle(&two[0], node), self.settle(&two[1], node + 1)]);
        let finals = outcomes.await;
        let winners = finals
            .iter()
            .filter(|outcome| matches!(outcome, Outcome::Final { .. }));
        let mut records = self.records();
        match winners.count() {
            0 => records.contests.undecided += 1,
            1 => records.contests.decided += 1,
            _ => records.contests.both += 1,
        }
    }

    /// Sends again what is final: it must be said to be where it was.
    async fn repeat(&self, dice: &mut Dice) {
        let known = {
            let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
            recent.get(dice.index(recent.len())).cloned()
        };
        let Some((signed, (height, index))) = known else {
            return;
        };
        let outcome = self.insist(&signed, dice.index(self.clients.len())).await;
        let is_known = outcome == Outcome::Final { height, index };
        if !is_known && !matches!(outcome, Outcome::Open | Outcome::Expired) {
            self.records().moved.push(signed.id);
        }
    }

    async fn probe(&self) -> Option<Height> {
        let (run, position) = self.shelf.next(self).await?;
        let signed = self.shelf.pharmacy.sign(dispense(run, position));
        let everywhere = (0..self.clients.len()).map(|node| Box::pin(self.settle(&signed, node)));
        let (outcome, _, _) = futures::future::select_all(everywhere).await;
        match outcome {
            Outcome::Final { height, .. } => Some(height),
            _ => None,
        }
    }

    fn is_stopping(&self) -> bool {
        self.stop.load(Ordering::SeqCst)
    }

    /// Whether even what was on its way when the load ended has had its time.
    fn is_over(&self) -> bool {
        let since = *self.stopping();
        since.is_some_and(|watch| watch.elapsed() > LAST)
    }

    fn stopping(&self) -> MutexGuard<'_, Option<Stopwatch>> {
        self.stopping.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.records.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an answer says of the transaction; none when nothing is known.
fn meaning(answer: Result<TransactionAnswer, NodeError>) -> Option<Outcome> {
    match answer {
        Ok(answer) => match (answer.status, answer.height, answer.index) {
            (TransactionState::Final, Some(height), Some(index)) => {
                Some(Outcome::Final { height, index })
            }
            (TransactionState::Expired, ..) => Some(Outcome::Expired),
            _ => None,
        },
        Err(error) => {
            let problem = error.problem()?;
            // Anything else is about the request or the node: another may do.
            let is_of_the_rules = [409, 422].contains(&problem.status);
            match problem.code.as_str() {
                "transaction_expired" => Some(Outcome::Expired),
                code if is_of_the_rules => Some(Outcome::Refused {
                    code: code.to_owned(),
                }),
                _ => None,
            }
        }
    }
}
