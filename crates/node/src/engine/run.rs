//! The task that hands the engine's questions to the desk, and its answers back.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use theriac_consensus::engine::{AppMsg, NetworkMsg, Next};
use theriac_consensus::guard::GuardError;
use theriac_consensus::parts::ProposalHead;
use theriac_consensus::publish::Refusal;
use theriac_consensus::signing::{KeyError, KeyHolder};
use theriac_consensus::{Engine, TheriacContext};
use theriac_http::clock::SharedClock;
use theriac_ledger::identifier::{Height, Timestamp};
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use super::desk::{Beginning, Desk, Parts};
use super::stall::Stall;
use super::{EngineError, EngineRole};
use crate::chain::Chain;
use crate::neighbours::{Neighbour, Neighbours};
use crate::peer_heights::PeerHeights;
use crate::pool::PoolSize;

type Message = AppMsg<TheriacContext>;

/// How long an engine may take to end: it writes its log and closes its port, some milliseconds, and longer
/// than `theriac_consensus` waits for its parts.
const STOP_LIMIT: Duration = Duration::from_secs(15);

/// How long an engine may take to end that has failed: after a failed write to its log it hangs on
/// purpose, so that it signs nothing more.
const FAILED_STOP_LIMIT: Duration = Duration::from_secs(1);

/// Time between two looks for a holder of the key that is away.
const KEY_LOOK: Duration = Duration::from_secs(1);

/// Answers the engine until one of them ends. It has a thread of its own: the desk waits for the disk and
/// verifies signatures, and an answer that changed threads twice would wait twice where processors are busy.
#[derive(Debug)]
pub(super) struct Task {
    engine: Engine,
    surroundings: Surroundings,
    answers: Answers,
    role: EngineRole,
    key: Arc<dyn KeyHolder>,
    /// How long the others may have blocks that do not come.
    patience: Duration,
}

/// What is known of the other validators.
#[derive(Debug)]
pub(super) struct Surroundings {
    pub(super) neighbours: watch::Receiver<Neighbours>,
    pub(super) heights: watch::Receiver<PeerHeights>,
}

/// How a task ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It was told to.
    Stopped,
    /// The validator waited, and may vote now.
    MayVote,
    /// The signing guard, or the holder of the key, refused something of that height: the validator
    /// must wait.
    MustWait(Height),
    /// The others go on without it.
    LeftBehind,
    /// They told it nothing over HTTP either.
    Unheard,
    /// The set of the next height does not have this validator's key.
    Removed,
    /// It has, and did not before.
    Added,
    /// The holder of the key is away: the validator must wait for it.
    KeyAway,
}

/// Who answers.
#[derive(Debug)]
struct Answers {
    /// None while it works, and for good when it panicked.
    desk: Option<Box<Desk>>,
    clock: SharedClock,
    /// What the desk's steady time counts from.
    start: Instant,
    /// An unanswered `Finalized`.
    held: Option<oneshot::Sender<Next<TheriacContext>>>,
    pool: watch::Receiver<PoolSize>,
}

impl Task {
    pub(super) fn new(
        engine: Engine,
        surroundings: Surroundings,
        chain: Arc<Chain>,
        clock: SharedClock,
        key: Arc<dyn KeyHolder>,
        role: EngineRole,
        patience: Duration,
    ) -> Self {
        let pool = chain.pool().watch();
        let serial = clock.now_ms().saturating_mul(1 << 16);
        let mut answers = Answers {
            desk: Some(Box::new(Desk::new(chain, key.public_key(), role, serial))),
            clock,
            start: Instant::now(),
            held: None,
            pool,
        };
        answers.know(&surroundings.neighbours.borrow());
        Self {
            engine,
            surroundings,
            answers,
            role,
            key,
            patience,
        }
    }

    /// Runs until `stop`; then the engine is stopped, its port and log free.
    pub(super) async fn run(self, stop: impl Future<Output = ()>) -> Result<End, EngineError> {
        let Self {
            mut engine,
            surroundings,
            mut answers,
            role,
            key,
            patience,
        } = self;
        let Surroundings {
            mut neighbours,
            mut heights,
        } = surroundings;
        let mut stall = Stall::new(patience, answers.height());
        let mut stop = std::pin::pin!(stop);
        let mut is_back = std::pin::pin!(is_back(&*key, role));
        let mut refusal = engine.refusal.clone();
        let outcome = loop {
            let due = match answers.release() {
                Ok(due) => due,
                Err(error) => break Err(error),
            };
            tokio::select! {
                () = &mut stop => break Ok(End::Stopped),
                message = engine.messages.recv() => {
                    let Some(message) = message else {
                        break Err(EngineError::Ended);
                    };
                    if let Err(error) = answers.answer(&engine, message).await {
                        break Err(error);
                    }
                    if answers.has_waited(role) {
                        break Ok(End::MayVote);
                    }
                    if answers.is_removed() {
                        break Ok(End::Removed);
                    }
                }
                refused = refused(&mut refusal) => break refused,
                () = &mut is_back => break Ok(End::MayVote),
                Ok(()) = neighbours.changed() => {
                    let found = Arc::clone(&neighbours.borrow_and_update());
                    engine.set_peers(&super::peers(&found));
                    answers.know(&found);
                }
                Ok(()) = heights.changed() => {
                    let elsewhere = heights.borrow_and_update().credible;
                    if stall.is_left_behind(answers.height(), elsewhere, Instant::now()) {
                        break Ok(End::LeftBehind);
                    }
                }
                () = wait(due), if due.is_some() => {}
                Ok(()) = answers.pool.changed(), if due.is_some() => {}
            }
        };
        // An engine that nothing is signed for ends: what was told before says why.
        let told = engine.refusal.borrow().as_ref().map(end_by);
        let outcome = match (outcome, told) {
            (Err(EngineError::Ended), Some(told)) => told,
            (outcome, _) => outcome,
        };
        // An engine that failed may never end; whoever waited for it would keep the process alive.
        let limit = if outcome.is_ok() {
            STOP_LIMIT
        } else {
            FAILED_STOP_LIMIT
        };
        if tokio::time::timeout(limit, engine.stop()).await.is_err() {
            tracing::error!("the consensus engine does not end; the process ends without it");
        }
        outcome
    }
}

/// Waits until something is refused, and says what follows.
async fn refused(refusal: &mut watch::Receiver<Option<Refusal>>) -> Result<End, EngineError> {
    // An engine that ends closes its messages, too.
    let Ok(refused) = refusal.wait_for(Option::is_some).await else {
        return std::future::pending().await;
    };
    refused.as_ref().map_or(Err(EngineError::Ended), end_by)
}

/// What follows a refusal: a vote that contradicts another does not leave, and the validator waits; so
/// it does for a holder of its key that is away. One that cannot be made durable ends the process.
fn end_by(refusal: &Refusal) -> Result<End, EngineError> {
    match refusal {
        Refusal::Guard(GuardError::Conflict { signed, .. }) => Ok(End::MustWait(signed.height)),
        Refusal::Guard(_) => Err(EngineError::Guard),
        Refusal::Key(error) => match &**error {
            KeyError::Signed { height, .. } => Ok(End::MustWait(*height)),
            KeyError::Away(_) => Ok(End::KeyAway),
            KeyError::Refused { .. } | KeyError::Log(_) => Err(EngineError::Key(Arc::clone(error))),
        },
    }
}

/// Waits until the holder of the key answers, where it was away.
async fn is_back(key: &dyn KeyHolder, role: EngineRole) {
    if role != EngineRole::KeyAway {
        return std::future::pending().await;
    }
    loop {
        tokio::time::sleep(KEY_LOOK).await;
        if key.last_signed().await.is_ok() {
            return;
        }
    }
}

async fn wait(due: Option<Instant>) {
    if let Some(due) = due {
        tokio::time::sleep_until(due).await;
    }
}

impl Answers {
    #[expect(
        clippy::too_many_lines,
        reason = "one arm for each of the engine's questions, most of them a single call"
    )]
    async fn answer(&mut self, engine: &Engine, message: Message) -> Result<(), EngineError> {
        let now = Timestamp(self.clock.now_ms());
        // An answer that nobody waits for any more means that the engine ends; the loop will see.
        match message {
            AppMsg::ConsensusReady { reply } => {
                let next = self.work(|desk| desk.next_height())?;
                let _ = reply.send(next);
            }
            AppMsg::StartedRound {
                height,
                round,
                reply_value,
                ..
            } => {
                let undecided = self.work(|desk| desk.started_round(height, round, now))?;
                let _ = reply_value.send(undecided);
            }
            AppMsg::GetValue {
                height,
                round,
                reply,
                ..
            } => {
                let (value, parts) = self.work(|desk| desk.propose(height, round, now))?;
                let _ = reply.send(value);
                publish(engine, parts).await?;
            }
            AppMsg::ReceivedProposalPart {
                from,
                published_by,
                part,
                reply,
            } => {
                let publisher = published_by.unwrap_or(from);
                let value = self.work(|desk| desk.part(publisher, part, now))?;
                let _ = reply.send(value);
            }
            AppMsg::Decided {
                certificate, reply, ..
            } => {
                self.work(|desk| desk.decided(&certificate))?;
                let _ = reply.send(());
            }
            AppMsg::Finalized {
                certificate,
                evidence,
                reply,
                ..
            } => {
                let steady = self.start.elapsed();
                self.work(|desk| desk.finalized(&certificate, &evidence, now, steady))?;
                self.held = Some(reply);
            }
            AppMsg::ProcessSyncedValue {
                height,
                round,
                proposer,
                value_bytes,
                reply,
            } => {
                let outcome =
                    self.work(|desk| desk.synced(height, round, proposer, &value_bytes))?;
                let _ = reply.send(outcome);
            }
            AppMsg::GetDecidedValues { range, reply } => {
                let (first, last) = (range.start().0, range.end().0);
                let values = self.work(|desk| desk.decided_values(first, last))?;
                let _ = reply.send(values);
            }
            AppMsg::GetHistoryMinHeight { reply } => {
                let oldest = self.work(|desk| Ok(desk.oldest()))?;
                let _ = reply.send(oldest);
            }
            AppMsg::RestreamProposal {
                height,
                round,
                valid_round,
                address,
                value_id,
            } => {
                let head = ProposalHead {
                    height,
                    round,
                    pol_round: valid_round,
                    proposer: address,
                    block: value_id,
                };
                let parts = self.work(|desk| desk.restream(&head))?;
                publish(engine, parts).await?;
            }
            AppMsg::ExtendVote { reply, .. } => {
                let _ = reply.send(None);
            }
            AppMsg::VerifyVoteExtensions {
                extensions, reply, ..
            } => {
                let verdicts = extensions
                    .into_iter()
                    .map(|(_, extension)| match extension {})
                    .collect();
                let _ = reply.send(verdicts);
            }
        }
        Ok(())
    }

    /// Takes note of the keys by which the others are known in the validators' network.
    fn know(&mut self, neighbours: &[Neighbour]) {
        if let Some(desk) = &mut self.desk {
            let keys = neighbours.iter().map(|one| (one.key, one.peer.key));
            desk.set_network_keys(keys);
        }
    }

    /// Height of the last block; 0 where the desk is gone.
    fn height(&self) -> Height {
        let desk = self.desk.as_ref();
        desk.map_or(0, |desk| desk.chain().parent().height)
    }

    /// Whether a validator that waits has waited long enough.
    fn has_waited(&self, role: EngineRole) -> bool {
        matches!(role, EngineRole::Waiting(until) if self.height() >= until)
    }

    /// Whether the set of the next height does not have this validator.
    fn is_removed(&self) -> bool {
        let desk = self.desk.as_ref();
        desk.is_some_and(|desk| !desk.has_vote())
    }

    /// Answers `Finalized` when it is time; says when it will be at the latest.
    fn release(&mut self) -> Result<Option<Instant>, EngineError> {
        let has_work = self.pool.borrow_and_update().transactions > 0;
        let steady = self.start.elapsed();
        let desk = self.desk.as_mut().ok_or(EngineError::Panicked)?;
        match desk.begin(steady, has_work)? {
            Beginning::None => Ok(None),
            Beginning::At(due) => Ok(Some(self.start + due)),
            Beginning::Now(height, params) => {
                if let Some(reply) = self.held.take() {
                    let _ = reply.send(Next::Start(height, params));
                }
                Ok(None)
            }
        }
    }

    /// Lets the desk work; one that panics is never asked again.
    fn work<T>(
        &mut self,
        work: impl FnOnce(&mut Desk) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let mut desk = self.desk.take().ok_or(EngineError::Panicked)?;
        let work = AssertUnwindSafe(|| work(&mut desk));
        let done = catch_unwind(work).map_err(|_| EngineError::Panicked)?;
        self.desk = Some(desk);
        done
    }
}

async fn publish(engine: &Engine, parts: Parts) -> Result<(), EngineError> {
    for part in parts {
        let sent = engine.network.send(NetworkMsg::PublishProposalPart(part));
        sent.await.map_err(|_| EngineError::Ended)?;
    }
    Ok(())
}
