//! The task that answers the engine.

use std::collections::BTreeSet;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use theriac_consensus::engine::{
    AppMsg, CommitCertificate, HeightParams, LocallyProposedValue, MisbehaviorEvidence, NetworkMsg,
    Next, PeerId, ProposedValue, Round, StreamContent, StreamMessage, SyncedValueOutcome, Validity,
};
use theriac_consensus::parts::{Assembler, ProposalHead, split};
use theriac_consensus::{
    Address, Engine, EngineHeight, EngineValidators, EngineValue, ProposalPart, TheriacContext,
    certificate, height_params, misbehaviour,
};
use theriac_crypto::PublicKey;
use theriac_http::clock::SharedClock;
use theriac_ledger::identifier::{BlockDigest, Height, Timestamp};
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use super::bodies::{Bodies, Judged};
use super::gate::{Claim, Gate};
use super::hold::{Hold, Signs};
use super::{EngineError, EngineRole};
use crate::chain::Chain;
use crate::pool::PoolSize;

type Message = AppMsg<TheriacContext>;

/// How long an engine may take to end: it writes its log and closes its port, some milliseconds.
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// How long an engine may take to end that has failed: after a failed write to its log it hangs on
/// purpose, so that it signs nothing more.
const FAILED_STOP_LIMIT: Duration = Duration::from_secs(1);

/// A block that is this old when it is decided was decided without this node: others are ahead,
/// and there is nothing to wait for.
const BEHIND_MS: u64 = 2_000;

/// Answers the engine until one of them ends.
#[derive(Debug)]
pub(super) struct Task {
    engine: Engine,
    answers: Answers,
}

/// What answers are made of.
#[derive(Debug)]
struct Answers {
    bodies: Arc<Bodies>,
    clock: SharedClock,
    key: PublicKey,
    role: EngineRole,
    validators: EngineValidators,
    idle: Duration,
    assembler: Assembler,
    gate: Gate,
    /// Number of the next stream of parts.
    serial: u64,
    /// Heights ahead of which a part or the decided block has come: others have begun them.
    begun: BTreeSet<Height>,
    /// Whether the height that is being decided came from a peer's archive.
    is_synced: bool,
    held: Option<Held>,
    pool: watch::Receiver<PoolSize>,
}

/// An unanswered `Finalized`.
#[derive(Debug)]
struct Held {
    hold: Hold,
    next: Height,
    reply: oneshot::Sender<Next<TheriacContext>>,
}

impl Task {
    pub(super) fn new(
        engine: Engine,
        chain: Arc<Chain>,
        clock: SharedClock,
        key: PublicKey,
        role: EngineRole,
    ) -> Self {
        let pool = chain.pool().watch();
        let idle_ms = chain.anchor().parameters.idle_block_ms;
        let validators = EngineValidators::from(chain.validators());
        // Two streams of one body must not have one name, also over a restart.
        let serial = clock.now_ms().saturating_mul(1 << 16);
        let answers = Answers {
            bodies: Arc::new(Bodies::new(chain)),
            clock,
            key,
            role,
            validators,
            idle: Duration::from_millis(u64::from(idle_ms)),
            assembler: Assembler::default(),
            gate: Gate::default(),
            serial,
            begun: BTreeSet::new(),
            is_synced: false,
            held: None,
            pool,
        };
        Self { engine, answers }
    }

    /// Runs until `stop`; then the engine is stopped, its port and log free.
    pub(super) async fn run(self, stop: impl Future<Output = ()>) -> Result<(), EngineError> {
        let Self {
            mut engine,
            mut answers,
        } = self;
        let mut stop = std::pin::pin!(stop);
        let outcome = loop {
            let due = answers.release();
            tokio::select! {
                () = &mut stop => break Ok(()),
                message = engine.messages.recv() => {
                    let Some(message) = message else {
                        break Err(EngineError::Ended);
                    };
                    if let Err(error) = answers.answer(&engine, message).await {
                        break Err(error);
                    }
                }
                () = wait(due), if due.is_some() => {}
                Ok(()) = answers.pool.changed(), if due.is_some() => {}
            }
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
        // An answer that nobody waits for any more means that the engine ends; the loop will see.
        match message {
            AppMsg::ConsensusReady { reply } => {
                let _ = reply.send(self.next_height());
            }
            AppMsg::StartedRound {
                height,
                round,
                reply_value,
                ..
            } => {
                self.gate.enter(height.0, round);
                let _ = reply_value.send(self.undecided(height, round).await?);
            }
            AppMsg::GetValue {
                height,
                round,
                reply,
                ..
            } => self.propose(engine, height, round, reply).await?,
            AppMsg::ReceivedProposalPart {
                from,
                published_by,
                part,
                reply,
            } => {
                let value = self.part(published_by.unwrap_or(from), part).await?;
                let _ = reply.send(value);
            }
            AppMsg::Decided {
                certificate, reply, ..
            } => {
                self.decide(&certificate).await?;
                let _ = reply.send(());
            }
            AppMsg::Finalized {
                certificate,
                evidence,
                reply,
                ..
            } => {
                self.report(&evidence).await?;
                self.hold(&certificate, reply);
            }
            AppMsg::ProcessSyncedValue {
                height,
                round,
                proposer,
                value_bytes,
                reply,
            } => {
                let outcome = self.synced(height, round, proposer, value_bytes).await?;
                let _ = reply.send(outcome);
            }
            AppMsg::GetDecidedValues { range, reply } => {
                let (first, last) = (range.start().0, range.end().0);
                let values = self.work(move |bodies| bodies.decided(first, last)).await?;
                let _ = reply.send(values);
            }
            AppMsg::GetHistoryMinHeight { reply } => {
                let _ = reply.send(EngineHeight(1));
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
                self.restream(engine, head).await?;
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

    fn next_height(&self) -> (EngineHeight, HeightParams<TheriacContext>) {
        let chain = self.bodies.chain();
        let next = chain.parent().height.saturating_add(1);
        let params = height_params(chain.validators(), &chain.anchor().parameters);
        (EngineHeight(next), params)
    }

    async fn undecided(
        &self,
        height: EngineHeight,
        round: Round,
    ) -> Result<Vec<ProposedValue<TheriacContext>>, EngineError> {
        let (number, now) = (round.as_u32().unwrap_or(0), self.now());
        let undecided = self
            .work(move |bodies| bodies.undecided(height.0, number, now))
            .await?;
        Ok(undecided
            .into_iter()
            .map(|block| {
                let round = Round::new(block.round);
                let proposer = *self.proposer(height, round);
                proposed(height, round, proposer, block.digest, block.is_valid)
            })
            .collect())
    }

    async fn propose(
        &mut self,
        engine: &Engine,
        height: EngineHeight,
        round: Round,
        reply: oneshot::Sender<LocallyProposedValue<TheriacContext>>,
    ) -> Result<(), EngineError> {
        let (key, now, number) = (self.key, self.now(), round.as_u32().unwrap_or(0));
        let (block, body) = self
            .work(move |bodies| bodies.propose(height.0, number, key, now))
            .await?;
        let value = EngineValue(block);
        let _ = reply.send(LocallyProposedValue::new(height, round, value));
        let head = ProposalHead {
            height,
            round,
            pol_round: Round::Nil,
            proposer: Address(self.key),
            block,
        };
        self.publish(engine, &head, &body).await
    }

    async fn restream(&mut self, engine: &Engine, head: ProposalHead) -> Result<(), EngineError> {
        let (height, block) = (head.height.0, head.block);
        let body = self.work(move |bodies| bodies.find(height, &block)).await?;
        match body {
            Some(body) => self.publish(engine, &head, &body).await,
            // It was decided meanwhile; whoever lacks it gets it from the archive.
            None => Ok(()),
        }
    }

    async fn publish(
        &mut self,
        engine: &Engine,
        head: &ProposalHead,
        body: &Bytes,
    ) -> Result<(), EngineError> {
        self.serial = self.serial.wrapping_add(1);
        for part in split(head, body, self.serial) {
            let sent = engine.network.send(NetworkMsg::PublishProposalPart(part));
            sent.await.map_err(|_| EngineError::Ended)?;
        }
        Ok(())
    }

    async fn part(
        &mut self,
        publisher: PeerId,
        part: StreamMessage<ProposalPart>,
    ) -> Result<Option<ProposedValue<TheriacContext>>, EngineError> {
        let committed = self.bodies.chain().parent().height;
        if let StreamContent::Data(ProposalPart::Init {
            height,
            round,
            proposer,
            ..
        }) = &part.content
        {
            let claim = Claim {
                height: height.0,
                round: *round,
                proposer: proposer.0,
                publisher,
            };
            let in_turn = self.proposer(*height, *round).0;
            if !self.gate.admits(committed, &in_turn, &claim) {
                return Ok(None);
            }
            // A later round says nothing of the first: whoever is in turn in one could begin any height.
            if *round == Round::ZERO {
                self.begun.insert(height.0);
            }
        }
        let joined = match self.assembler.add(publisher, part) {
            Ok(Some(joined)) => joined,
            Ok(None) => return Ok(None),
            Err(error) => {
                tracing::warn!(peer = %publisher, %error, "dropped a proposal: {error}");
                return Ok(None);
            }
        };
        let (head, now) = (joined.head, self.now());
        let judged = self
            .work(move |bodies| bodies.receive(&head, &joined.body, now))
            .await?;
        Ok(match judged {
            Judged::Executed { is_valid } => Some(ProposedValue {
                valid_round: head.pol_round,
                ..proposed(head.height, head.round, head.proposer, head.block, is_valid)
            }),
            Judged::Early | Judged::Dropped => None,
        })
    }

    async fn synced(
        &mut self,
        height: EngineHeight,
        round: Round,
        proposer: Address,
        body: Bytes,
    ) -> Result<SyncedValueOutcome<TheriacContext>, EngineError> {
        let received = self
            .work(move |bodies| bodies.receive_decided(height.0, round, &body))
            .await?;
        self.is_synced = true;
        if received.is_some() {
            self.begun.insert(height.0);
        }
        Ok(match received {
            Some((block, is_valid)) => {
                SyncedValueOutcome::Verdict(proposed(height, round, proposer, block, is_valid))
            }
            None => SyncedValueOutcome::PeerFault,
        })
    }

    async fn decide(
        &mut self,
        certificate: &CommitCertificate<TheriacContext>,
    ) -> Result<(), EngineError> {
        let ours = certificate::from_engine(certificate)?;
        let block = ours.block;
        self.work(move |bodies| bodies.commit(&block, ours)).await?;
        self.assembler.prune(certificate.height);
        self.begun.retain(|height| *height > certificate.height.0);
        Ok(())
    }

    /// Keeps what the engine saw of validators that signed two things at once.
    async fn report(
        &self,
        evidence: &MisbehaviorEvidence<TheriacContext>,
    ) -> Result<(), EngineError> {
        if evidence.is_empty() {
            return Ok(());
        }
        let seen = misbehaviour::from_engine(self.bodies.chain().anchor().chain_id(), evidence);
        self.work(move |bodies| bodies.record_misbehaviour(&seen))
            .await
    }

    /// Keeps the answer to `Finalized` until there is something to do.
    fn hold(
        &mut self,
        certificate: &CommitCertificate<TheriacContext>,
        reply: oneshot::Sender<Next<TheriacContext>>,
    ) {
        let parent = self.bodies.chain().parent();
        let is_old = parent.time.saturating_add(BEHIND_MS) < self.now();
        let is_behind = std::mem::take(&mut self.is_synced) && is_old;
        let waits = self.role == EngineRole::Voting && !is_behind;
        let idle = if waits { self.idle } else { Duration::ZERO };
        self.held = Some(Held {
            hold: Hold::new(Instant::now(), idle),
            next: certificate.height.0.saturating_add(1),
            reply,
        });
    }

    /// Answers `Finalized` when it is time; says when it will be at the latest.
    fn release(&mut self) -> Option<Instant> {
        let mut held = self.held.take()?;
        let now = Instant::now();
        let first = self.proposer(EngineHeight(held.next), Round::ZERO);
        let signs = Signs {
            is_proposer: first.0 == self.key,
            has_work: self.pool.borrow_and_update().transactions > 0,
            has_begun: self.begun.contains(&held.next),
        };
        let due = held.hold.due(now, signs);
        if due > now {
            self.held = Some(held);
            return Some(due);
        }
        let (height, params) = self.next_height();
        let _ = held.reply.send(Next::Start(height, params));
        None
    }

    fn proposer(&self, height: EngineHeight, round: Round) -> &Address {
        use theriac_consensus::engine::Validator as _;
        self.validators.proposer(height, round).address()
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.clock.now_ms())
    }

    /// Runs work that blocks where it does not hold up the reactor.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Bodies) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, EngineError> {
        let bodies = Arc::clone(&self.bodies);
        tokio::task::spawn_blocking(move || work(&bodies))
            .await
            .map_err(|_| EngineError::Panicked)?
    }
}

fn proposed(
    height: EngineHeight,
    round: Round,
    proposer: Address,
    block: BlockDigest,
    is_valid: bool,
) -> ProposedValue<TheriacContext> {
    ProposedValue {
        height,
        round,
        valid_round: Round::Nil,
        proposer,
        value: EngineValue(block),
        validity: Validity::from_bool(is_valid),
    }
}
