//! The answers to the engine's questions, made of chain, pool and store.
//!
//! Nothing here knows a task, a clock or a network: time comes as an argument, what is to be sent
//! goes back as a value. So the node's part in consensus runs the same in a simulation as under the
//! engine.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use theriac_consensus::engine::{
    CommitCertificate, HeightParams, LocallyProposedValue, MisbehaviorEvidence, PeerId,
    ProposedValue, RawDecidedValue, Round, StreamContent, StreamMessage, SyncedValueOutcome,
    Validity,
};
use theriac_consensus::parts::{Assembler, ProposalHead, split};
use theriac_consensus::{
    Address, EngineHeight, EngineValidators, EngineValue, ProposalPart, TheriacContext,
    certificate, height_params, misbehaviour,
};
use theriac_crypto::PublicKey;
use theriac_ledger::identifier::{BlockDigest, Height, Timestamp};
use theriac_ledger::record::Parameters;

use super::attendance::Attendance;
use super::bodies::{Bodies, Judged};
use super::gate::{Claim, Gate};
use super::hold::{Hold, Signs};
use super::{EngineError, EngineRole};
use crate::chain::{Chain, ChainError};

/// A block that is this old when it is decided was decided without this node: others are ahead,
/// and there is nothing to wait for.
const BEHIND_MS: u64 = 2_000;

/// Messages that carry a body to the other validators.
pub type Parts = Vec<StreamMessage<ProposalPart>>;

/// A height, who decides it, and how long each step may take.
pub type NextHeight = (EngineHeight, HeightParams<TheriacContext>);

/// Whether the next height begins.
#[derive(Debug)]
pub enum Beginning {
    /// No height waits to begin.
    None,
    /// It begins when this node's steady clock shows that time, if nothing happens before.
    At(Duration),
    /// It begins now.
    Now(EngineHeight, HeightParams<TheriacContext>),
}

/// What answers are made of. All calls block: the disk is waited for, signatures are verified.
#[derive(Debug)]
pub struct Desk {
    bodies: Bodies,
    key: PublicKey,
    role: EngineRole,
    /// Who decides the next height.
    validators: EngineValidators,
    assembler: Assembler,
    gate: Gate,
    attendance: Attendance,
    /// Number of the next stream of parts.
    serial: u64,
    /// Heights ahead of which a part or the decided block has come: others have begun them.
    begun: BTreeSet<Height>,
    /// Whether the height that is being decided came from a peer's archive.
    is_synced: bool,
    /// The height that waits to begin, and since when.
    held: Option<(Height, Hold)>,
}

impl Desk {
    /// The desk of the validator `key`. Two streams of one body must not have one name, also over
    /// a restart: `serial` is larger than that of any run before.
    pub fn new(chain: Arc<Chain>, key: PublicKey, role: EngineRole, serial: u64) -> Self {
        let validators = EngineValidators::from(&*chain.validators());
        Self {
            bodies: Bodies::new(chain),
            key,
            role,
            validators,
            assembler: Assembler::default(),
            gate: Gate::default(),
            attendance: Attendance::default(),
            serial,
            begun: BTreeSet::new(),
            is_synced: false,
            held: None,
        }
    }

    /// Takes note of the keys by which validators are known in their network, as pairs of the key that votes
    /// and that one; a validator that is not named is known by the key that votes.
    pub fn set_network_keys(&mut self, keys: impl IntoIterator<Item = (PublicKey, PublicKey)>) {
        self.gate.set_network_keys(keys);
    }

    /// Whether this node's key signs the next height.
    pub fn has_vote(&self) -> bool {
        self.chain().validators().find(&self.key).is_some()
    }

    /// The chain behind it.
    pub fn chain(&self) -> &Chain {
        self.bodies.chain()
    }

    /// The height that comes next, and who decides it.
    pub fn next_height(&self) -> Result<NextHeight, EngineError> {
        let chain = self.chain();
        let next = chain.parent().height.saturating_add(1);
        let first = self.proposer(EngineHeight(next), Round::ZERO);
        let is_absent = self.attendance.is_absent(&first.0);
        let parameters = self.parameters()?;
        let params = height_params(&chain.validators(), &parameters, is_absent);
        Ok((EngineHeight(next), params))
    }

    fn parameters(&self) -> Result<Parameters, EngineError> {
        Ok(self.chain().parameters().map_err(ChainError::from)?)
    }

    /// A round begins: the blocks that wait for a decision in it.
    pub fn started_round(
        &mut self,
        height: EngineHeight,
        round: Round,
        now: Timestamp,
    ) -> Result<Vec<ProposedValue<TheriacContext>>, EngineError> {
        self.gate.enter(height.0, round);
        let number = round.as_u32().unwrap_or(0);
        let undecided = self.bodies.undecided(height.0, number, now)?;
        let proposed = undecided.into_iter().map(|block| {
            let round = Round::new(block.round);
            let proposer = *self.proposer(height, round);
            proposed(height, round, proposer, block.digest, block.is_valid)
        });
        Ok(proposed.collect())
    }

    /// The block that this node proposes, and what carries it to the others.
    pub fn propose(
        &mut self,
        height: EngineHeight,
        round: Round,
        now: Timestamp,
    ) -> Result<(LocallyProposedValue<TheriacContext>, Parts), EngineError> {
        let number = round.as_u32().unwrap_or(0);
        let (block, body) = self.bodies.propose(height.0, number, self.key, now)?;
        let head = ProposalHead {
            height,
            round,
            pol_round: Round::Nil,
            proposer: Address(self.key),
            block,
        };
        let value = LocallyProposedValue::new(height, round, EngineValue(block));
        Ok((value, self.parts(&head, &body)))
    }

    /// What carries a block to the others once more; nothing where it was decided meanwhile:
    /// whoever lacks it gets it from the archive.
    pub fn restream(&mut self, head: &ProposalHead) -> Result<Parts, EngineError> {
        let body = self.bodies.find(head.height.0, &head.block)?;
        Ok(body.map_or_else(Vec::new, |body| self.parts(head, &body)))
    }

    fn parts(&mut self, head: &ProposalHead, body: &Bytes) -> Parts {
        self.serial = self.serial.wrapping_add(1);
        split(head, body, self.serial)
    }

    /// Takes a part of a proposal; says what became of the block when it was the last one missing.
    pub fn part(
        &mut self,
        publisher: PeerId,
        part: StreamMessage<ProposalPart>,
        now: Timestamp,
    ) -> Result<Option<ProposedValue<TheriacContext>>, EngineError> {
        if let StreamContent::Data(init @ ProposalPart::Init { .. }) = &part.content
            && !self.begins(publisher, init)
        {
            return Ok(None);
        }
        let joined = match self.assembler.add(publisher, part) {
            Ok(Some(joined)) => joined,
            Ok(None) => return Ok(None),
            Err(error) => {
                tracing::warn!(peer = %publisher, %error, "dropped a proposal: {error}");
                return Ok(None);
            }
        };
        let head = joined.head;
        // One on a slow line is late for the shorter wait, and seldom among the first to sign.
        self.attendance.seen(&head.proposer.0);
        let judged = self.bodies.receive(&head, &joined.body, now)?;
        Ok(match judged {
            Judged::Executed { is_valid } => Some(ProposedValue {
                valid_round: head.pol_round,
                ..proposed(head.height, head.round, head.proposer, head.block, is_valid)
            }),
            Judged::Early | Judged::Dropped => None,
        })
    }

    /// Whether the proposal that this part opens is listened to.
    fn begins(&mut self, publisher: PeerId, init: &ProposalPart) -> bool {
        let ProposalPart::Init {
            height,
            round,
            proposer,
            ..
        } = init
        else {
            return true;
        };
        let claim = Claim {
            height: height.0,
            round: *round,
            proposer: proposer.0,
            publisher,
        };
        let committed = self.chain().parent().height;
        let in_turn = self.in_turn(committed, *height, *round);
        if !self.gate.admits(committed, &in_turn, &claim) {
            return false;
        }
        // A later round says nothing of the first: whoever is in turn in one could begin any height.
        if *round == Round::ZERO {
            self.begun.insert(height.0);
        }
        true
    }

    /// Takes a block that others have decided.
    pub fn synced(
        &mut self,
        height: EngineHeight,
        round: Round,
        proposer: Address,
        body: &[u8],
    ) -> Result<SyncedValueOutcome<TheriacContext>, EngineError> {
        let received = self.bodies.receive_decided(height.0, round, body)?;
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

    /// Decided blocks for a peer that catches up, from `first` on: as many as one answer holds.
    pub fn decided_values(
        &self,
        first: Height,
        last: Height,
    ) -> Result<Vec<RawDecidedValue<TheriacContext>>, EngineError> {
        self.bodies.decided(first, last)
    }

    /// The oldest block that a peer can get here.
    pub fn oldest(&self) -> EngineHeight {
        EngineHeight(self.chain().store().view().oldest())
    }

    /// A block is decided: it is committed when this returns.
    pub fn decided(
        &mut self,
        certificate: &CommitCertificate<TheriacContext>,
    ) -> Result<(), EngineError> {
        let ours = certificate::from_engine(certificate)?;
        let block = ours.block;
        let seen: Vec<PublicKey> = ours.signatures.iter().map(|one| one.validator).collect();
        self.bodies.commit(&block, ours)?;
        self.note_attendance(certificate, seen);
        self.validators = EngineValidators::from(&*self.chain().validators());
        self.assembler.prune(certificate.height);
        self.begun.retain(|height| *height > certificate.height.0);
        Ok(())
    }

    /// A height is over: what the engine saw of validators that signed two things at once is kept,
    /// and the next height waits to [begin](Self::begin).
    pub fn finalized(
        &mut self,
        certificate: &CommitCertificate<TheriacContext>,
        evidence: &MisbehaviorEvidence<TheriacContext>,
        now: Timestamp,
        steady: Duration,
    ) -> Result<(), EngineError> {
        if !evidence.is_empty() {
            let seen = misbehaviour::from_engine(self.chain().anchor().chain_id(), evidence);
            self.bodies.record_misbehaviour(&seen)?;
        }
        let parent = self.chain().parent();
        let is_old = parent.time.saturating_add(BEHIND_MS) < now;
        let is_behind = std::mem::take(&mut self.is_synced) && is_old;
        let waits = self.role == EngineRole::Voting && !is_behind;
        let idle = if waits {
            Duration::from_millis(u64::from(self.parameters()?.idle_block_ms))
        } else {
            Duration::ZERO
        };
        let next = certificate.height.0.saturating_add(1);
        self.held = Some((next, Hold::new(steady, idle)));
        Ok(())
    }

    /// Whether the next height begins; `has_work` says whether transactions wait.
    pub fn begin(&mut self, steady: Duration, has_work: bool) -> Result<Beginning, EngineError> {
        let Some((next, mut hold)) = self.held.take() else {
            return Ok(Beginning::None);
        };
        let first = self.proposer(EngineHeight(next), Round::ZERO);
        let signs = Signs {
            waits_for_nobody: first.0 == self.key || self.attendance.is_absent(&first.0),
            has_work,
            has_begun: self.begun.contains(&next),
        };
        let due = hold.due(steady, signs);
        if due > steady {
            self.held = Some((next, hold));
            return Ok(Beginning::At(due));
        }
        if hold.is_in_vain(steady, signs) {
            self.chain().pool().pass_on_again();
        }
        let (height, params) = self.next_height()?;
        Ok(Beginning::Now(height, params))
    }

    fn note_attendance(
        &mut self,
        certificate: &CommitCertificate<TheriacContext>,
        seen: Vec<PublicKey>,
    ) {
        let decided = certificate.round.as_u32().unwrap_or(0);
        // More rounds than validators name nobody new.
        let members = self.chain().validators().members().len();
        let rounds = decided.min(u32::try_from(members).unwrap_or(u32::MAX));
        let passed: Vec<PublicKey> = (0..rounds)
            .map(|round| self.proposer(certificate.height, Round::new(round)).0)
            .collect();
        let proposed = self.proposer(certificate.height, certificate.round).0;
        self.attendance
            .decided(passed, seen.into_iter().chain([proposed]));
    }

    /// Who may propose in a round: by the set that is known, and at heights after the next one also by those
    /// that a block leads to which may be the next. Others may have committed that one already, and what the
    /// first of the new set sends is sent once.
    fn in_turn(&self, committed: Height, height: EngineHeight, round: Round) -> Vec<PublicKey> {
        use theriac_consensus::engine::Validator as _;
        let mut in_turn = vec![self.proposer(height, round).0];
        if height.0 > committed.saturating_add(1) {
            let ahead = self.chain().validators_ahead();
            let sets = ahead.iter().map(EngineValidators::from);
            in_turn.extend(sets.map(|set| set.proposer(height, round).address().0));
        }
        in_turn
    }

    fn proposer(&self, height: EngineHeight, round: Round) -> &Address {
        use theriac_consensus::engine::Validator as _;
        self.validators.proposer(height, round).address()
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
