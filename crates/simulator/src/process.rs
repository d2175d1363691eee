//! A running node: Malachite's consensus core, and the same desk, pool, chain, store, signer and
//! guard that `theriac node` runs.
//!
//! What the engine's actors do around the core is done here in the same order: the log is flushed
//! before a message leaves and before a decision is told, what was signed leaves past the guard,
//! undecided values are asked for at the start of a round, the log is replayed at the start of a
//! height.

use std::collections::{BTreeMap, VecDeque};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use arc_malachitebft_app_channel::app::consensus::{
    Input, LivenessMsg, ProposedValue, SignedConsensusMsg, State,
};
use arc_malachitebft_app_channel::app::metrics::Metrics;
use arc_malachitebft_app_channel::app::types::core::{LinearTimeouts, Timeout, ValueOrigin};
use theriac_consensus::engine::{
    CommitCertificate, HeightParams, MisbehaviorEvidence, PeerId, RawDecidedValue, Round,
    StreamMessage, SyncedValueOutcome,
};
use theriac_consensus::guard::{GuardError, SigningGuard, waits_for};
use theriac_consensus::parts::ProposalHead;
use theriac_consensus::peer::peer_id;
use theriac_consensus::publish::PublishGuard;
use theriac_consensus::signing::{EngineSigner, FileKey, StrictVerifier};
use theriac_consensus::{Address, EngineHeight, ProposalPart, TheriacContext};
use theriac_crypto::{PublicKey, SigningKey};
use theriac_ledger::block::Block;
use theriac_ledger::identifier::{Height, Timestamp};
use theriac_ledger::planted::{Bug, is_planted};
use theriac_node::chain::{Chain, check_time};
use theriac_node::engine::desk::{Beginning, Desk};
use theriac_node::engine::{EngineError, EngineRole};
use theriac_node::genesis::Genesis;
use theriac_node::pool::{Pool, PoolLimits};
use theriac_node::store::Store;
use theriac_testkit::oracle::SignedStep;

use crate::liar::Lie;
use crate::machine::{Log, Machine};
use crate::wire::Wire;

mod core;
mod effects;
mod outside;

/// The engine's own bound on messages of heights ahead.
const QUEUE_HEIGHTS: usize = 10;
const QUEUE_PER_HEIGHT: usize = 100;

/// Why a process ended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Death {
    /// The machine died on a durable step.
    #[error("the machine died")]
    Machine,
    /// The guard refused: the engine is started again, to follow until that height is over.
    #[error("the guard refused: {0}")]
    Guard(GuardError, Height),
    /// A validator that waited may vote: its engine starts again.
    #[error("it may vote again")]
    MayVote,
    /// A block gives the node a vote, or takes it away: it goes on the other way.
    #[error("its vote comes or goes")]
    OtherPart,
    /// Something failed that must not.
    #[error("{0}")]
    Fatal(String),
}

impl From<EngineError> for Death {
    fn from(error: EngineError) -> Self {
        let mut chain = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            if cause.is::<theriac_testkit::disk::Died>() {
                return Self::Machine;
            }
            chain = format!("{chain}: {cause}");
            source = cause.source();
        }
        Self::Fatal(chain)
    }
}

/// What a node of the simulation is started with.
#[derive(Debug, Clone)]
pub(crate) struct Setup {
    pub(crate) genesis: Rc<Genesis>,
    pub(crate) key: SigningKey,
    /// Whether the key is behind a signer of the same machine, which guards when it signs.
    pub(crate) has_signer: bool,
}

/// The clocks of a node.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Now {
    pub(crate) wall: Timestamp,
    pub(crate) steady: Duration,
}

/// What a process wants from the world.
#[derive(Debug, Default)]
pub(crate) struct Out {
    /// To every other node.
    pub(crate) sends: Vec<Wire>,
    pub(crate) timers: Vec<(Timeout, u64, Duration)>,
    pub(crate) signed: Vec<SignedStep>,
    pub(crate) decided: Vec<(Height, Round)>,
    /// Blocks of validators that were judged, and were not valid.
    pub(crate) refused: Vec<(Height, Address)>,
}

/// Work for later in the same event, in order: what the engine's actors send each other.
#[derive(Debug)]
enum Task {
    Input(Input<TheriacContext>),
    StartHeight(EngineHeight, HeightParams<TheriacContext>),
    GetValue(EngineHeight, Round),
    Restream(ProposalHead),
    Decided(CommitCertificate<TheriacContext>),
    Finalized(
        CommitCertificate<TheriacContext>,
        MisbehaviorEvidence<TheriacContext>,
    ),
    Synced(RawDecidedValue<TheriacContext>, Address),
}

/// A running node.
pub(crate) struct Process {
    core: Option<State<TheriacContext>>,
    side: Side,
}

/// Everything but the core, which is borrowed while effects are handled.
struct Side {
    setup: Setup,
    desk: Desk,
    signer: EngineSigner,
    guard: PublishGuard,
    /// The guard of the signer that has the key.
    signer_guard: Option<SigningGuard>,
    verifier: StrictVerifier,
    log: Log,
    timeouts: LinearTimeouts,
    timers: Vec<(Timeout, u64)>,
    next_timer: u64,
    is_recovering: bool,
    tasks: VecDeque<Task>,
    now: Now,
    out: Out,
    lie: Option<Lie>,
    /// The height until which it only follows.
    waits_for: Option<Height>,
    /// Decided blocks that came for heights ahead.
    archive: BTreeMap<Height, (PeerId, RawDecidedValue<TheriacContext>)>,
    serial: u64,
    /// The core keeps its step in them, so each run has its own.
    metrics: Rc<Metrics>,
}

impl Process {
    /// Starts a node on a machine; it asks for its first height at once.
    pub(crate) fn start(
        setup: &Setup,
        machine: &Machine,
        incarnation: u64,
        lie: Option<Lie>,
        must_wait: Option<Height>,
    ) -> Result<Self, Death> {
        let fatal = |error: &dyn std::fmt::Display| Death::Fatal(error.to_string());
        let store = Store::initialise_on(machine.store(), &setup.genesis)
            .map_err(|error| Death::from(EngineError::from(error)))?
            .ok_or_else(|| fatal(&"the store holds another chain"))?;
        let pool = Arc::new(Pool::new(store.clone(), PoolLimits::default()));
        let chain = Arc::new(Chain::new(store, pool));
        let id = chain.anchor().chain_id();
        let key = setup.key.public_key();
        let slots = Box::new(machine.guard.clone());
        let guard = SigningGuard::over(slots, Path::new("guard"), id, key)
            .map_err(|error| fatal(&error))?;
        let holder = Arc::new(FileKey::new(setup.key.clone()));
        let serial = incarnation << 32;
        let next = chain.parent().height.saturating_add(1);
        let signer_guard = setup.has_signer.then(|| {
            let slots = Box::new(machine.signer.clone());
            SigningGuard::over(slots, Path::new("signer"), id, key)
        });
        let signer_guard = signer_guard.transpose().map_err(|error| fatal(&error))?;
        let head = machine.log.lock().head();
        let held = signer_guard.as_ref().and_then(SigningGuard::last);
        let held = held.and_then(|last| waits_for(last.height, next, head));
        let waits = [must_wait, guard.waits_for(next, head), held];
        let waits_for = waits.into_iter().flatten().max();
        let role = waits_for.map_or(EngineRole::Voting, EngineRole::Waiting);
        let desk = Desk::new(chain, key, role, serial);
        let has_vote = desk.has_vote();
        let (height, params) = desk.next_height().map_err(Death::from)?;
        let mut process = Self {
            core: None,
            side: Side {
                setup: setup.clone(),
                desk,
                signer: EngineSigner::new(id, holder),
                guard: PublishGuard::new(id, guard),
                signer_guard,
                verifier: StrictVerifier::new(id),
                log: machine.log.clone(),
                timeouts: params.timeouts,
                timers: Vec::new(),
                next_timer: 0,
                is_recovering: false,
                tasks: VecDeque::new(),
                now: Now {
                    wall: Timestamp(0),
                    steady: Duration::ZERO,
                },
                out: Out::default(),
                lie,
                waits_for,
                archive: BTreeMap::new(),
                serial: serial + (1 << 31),
                metrics: Rc::new(Metrics::new()),
            },
        };
        if has_vote {
            process
                .side
                .tasks
                .push_back(Task::StartHeight(height, params));
        }
        Ok(process)
    }

    pub(crate) fn chain(&self) -> &Chain {
        self.side.desk.chain()
    }

    /// Decided blocks for a peer that catches up.
    pub(crate) fn decided_values(
        &self,
        first: Height,
        last: Height,
    ) -> Result<Vec<RawDecidedValue<TheriacContext>>, EngineError> {
        self.side.desk.decided_values(first, last)
    }

    pub(crate) fn key(&self) -> PublicKey {
        self.side.setup.key.public_key()
    }

    /// What the process wants since the last time.
    pub(crate) fn take_out(&mut self) -> Out {
        std::mem::take(&mut self.side.out)
    }

    /// The height that is being decided.
    pub(crate) fn height(&self) -> Height {
        let next = || self.chain().parent().height.saturating_add(1);
        self.core.as_ref().map_or_else(next, |core| core.height().0)
    }

    /// Whether it has no vote, and only follows.
    pub(crate) fn is_outside(&self) -> bool {
        self.core.is_none()
    }

    /// The round that is being decided.
    pub(crate) fn round(&self) -> Option<Round> {
        self.core.as_ref().map(State::round)
    }

    /// Does what is to be done at this time; says when to come back if nothing happens before.
    pub(crate) fn work(&mut self, now: Now) -> Result<Option<Duration>, Death> {
        self.side.now = now;
        loop {
            while let Some(task) = self.side.tasks.pop_front() {
                self.perform(task)?;
            }
            let has_work = self.chain().pool().watch().borrow().transactions > 0;
            let beginning = self.side.desk.begin(now.steady, has_work);
            match beginning.map_err(Death::from)? {
                Beginning::None => return Ok(None),
                Beginning::At(due) => return Ok(Some(due)),
                Beginning::Now(height, params) => {
                    self.side.tasks.push_back(Task::StartHeight(height, params));
                }
            }
        }
    }

    /// A message came.
    pub(crate) fn receive(&mut self, wire: Wire, now: Now) -> Result<(), Death> {
        self.side.now = now;
        // The validators do not speak with whoever is none.
        if self.is_outside() {
            return Ok(());
        }
        let input = match wire {
            Wire::Consensus(SignedConsensusMsg::Vote(vote)) => Input::Vote(vote),
            Wire::Consensus(SignedConsensusMsg::Proposal(proposal)) => Input::Proposal(proposal),
            Wire::Liveness(liveness) => core::liveness(liveness),
            Wire::Part(publisher, part) => return self.part(publisher, part),
            // The world handles the rest.
            _ => return Ok(()),
        };
        self.side.tasks.push_back(Task::Input(input));
        Ok(())
    }

    fn part(&mut self, publisher: PeerId, part: StreamMessage<ProposalPart>) -> Result<(), Death> {
        use theriac_consensus::engine::StreamContent;
        if is_planted(Bug::DropEarlyParts)
            && let StreamContent::Data(ProposalPart::Init { height, .. }) = &part.content
            && height.0 > self.chain().parent().height.saturating_add(1)
        {
            return Ok(());
        }
        let now = self.side.now.wall;
        if let Some(value) = self.side.desk.part(publisher, part, now)? {
            if value.validity.is_invalid() {
                self.side.out.refused.push((value.height.0, value.proposer));
            }
            self.side.proposed(value);
        }
        Ok(())
    }

    /// A timer ran out.
    pub(crate) fn timeout(&mut self, timeout: Timeout, number: u64) {
        let place = (timeout, number);
        if let Some(index) = self.side.timers.iter().position(|known| *known == place) {
            self.side.timers.remove(index);
            self.side
                .tasks
                .push_back(Task::Input(Input::TimeoutElapsed(timeout)));
        }
    }

    /// Decided blocks came from a peer's archive.
    pub(crate) fn archive(
        &mut self,
        from: PublicKey,
        values: Vec<RawDecidedValue<TheriacContext>>,
    ) -> Result<(), Death> {
        if self.is_outside() {
            return self.follow(values);
        }
        for value in values {
            let height = value.certificate.height.0;
            self.side.archive.insert(height, (peer_id(&from), value));
        }
        self.take_from_archive();
        Ok(())
    }

    fn take_from_archive(&mut self) {
        let height = self.height();
        self.side.archive.retain(|known, _| *known >= height);
        if let Some((peer, value)) = self.side.archive.remove(&height) {
            let response = core::response(peer, value);
            self.side
                .tasks
                .push_back(Task::Input(Input::SyncValueResponse(response)));
        }
    }

    fn perform(&mut self, task: Task) -> Result<(), Death> {
        let now = self.side.now;
        match task {
            Task::Input(input) => self.process(input)?,
            Task::StartHeight(height, params) => self.start_height(height, params)?,
            Task::GetValue(height, round) => self.get_value(height, round)?,
            Task::Restream(head) => {
                let parts = self.side.desk.restream(&head)?;
                self.side.publish(parts);
            }
            Task::Decided(certificate) => {
                self.side.desk.decided(&certificate)?;
                let decided = (certificate.height.0, certificate.round);
                self.side.out.decided.push(decided);
                if self.side.waits_for.is_some_and(|until| decided.0 >= until) {
                    return Err(Death::MayVote);
                }
                if !self.side.desk.has_vote() {
                    return Err(Death::OtherPart);
                }
            }
            Task::Finalized(certificate, evidence) => {
                self.side
                    .desk
                    .finalized(&certificate, &evidence, now.wall, now.steady)?;
            }
            Task::Synced(value, proposer) => self.synced(&value, proposer)?,
        }
        Ok(())
    }

    fn get_value(&mut self, height: EngineHeight, round: Round) -> Result<(), Death> {
        let lie = self.side.lie;
        let (value, parts) = match lie.and_then(|lie| lie.propose(self, height, round)) {
            Some(lied) => lied,
            None => self.side.desk.propose(height, round, self.side.now.wall)?,
        };
        self.side
            .tasks
            .push_back(Task::Input(Input::Propose(value)));
        self.side.publish(parts);
        Ok(())
    }

    fn synced(
        &mut self,
        value: &RawDecidedValue<TheriacContext>,
        proposer: Address,
    ) -> Result<(), Death> {
        let certificate = &value.certificate;
        let (height, round) = (certificate.height, certificate.round);
        let outcome = self
            .side
            .desk
            .synced(height, round, proposer, &value.value_bytes)?;
        let SyncedValueOutcome::Verdict(mut proposed) = outcome else {
            return Ok(());
        };
        if is_planted(Bug::TimeBoundOnSync)
            && let Ok(block) = Block::decode(&value.value_bytes)
            && check_time(&block.header, self.side.now.wall).is_err()
        {
            return Ok(());
        }
        if proposed.value.0 == certificate.value_id {
            proposed.round = round;
            let input = Input::ProposedValue(proposed, ValueOrigin::Sync);
            self.side.tasks.push_back(Task::Input(input));
        }
        Ok(())
    }

    /// The next number of a stream of parts that the desk did not send.
    pub(crate) fn next_serial(&mut self) -> u64 {
        self.side.serial += 1;
        self.side.serial
    }

    pub(crate) fn wall(&self) -> Timestamp {
        self.side.now.wall
    }
}

impl Side {
    /// A block is known, and whether it is valid.
    fn proposed(&mut self, value: ProposedValue<TheriacContext>) {
        let input = Input::ProposedValue(value, ValueOrigin::Consensus);
        self.tasks.push_back(Task::Input(input));
    }

    fn publish(&mut self, parts: Vec<StreamMessage<ProposalPart>>) {
        let peer = peer_id(&self.setup.key.public_key());
        self.out
            .sends
            .extend(parts.into_iter().map(|part| Wire::Part(peer, part)));
    }
}
