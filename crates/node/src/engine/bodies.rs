//! Work on block bodies: all of it blocks, and runs on a thread that may.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use theriac_consensus::codec::SYNC_BATCH_MAX;
use theriac_consensus::engine::{RawDecidedValue, Round};
use theriac_consensus::parts::ProposalHead;
use theriac_consensus::{TheriacContext, certificate};
use theriac_crypto::PublicKey;
use theriac_http::problem::chain;
use theriac_ledger::block::Block;
use theriac_ledger::identifier::{BlockDigest, Height, Timestamp};
use theriac_ledger::planted::{Bug, is_planted};
use theriac_proof::CommitCertificate;
use theriac_proof::misbehaviour::Misbehaviour;

use super::EngineError;
use super::first_sight::FirstSight;
use crate::chain::{BlockRefusal, Chain};
use crate::store::StoreError;

/// Bodies kept for one round of one height: an honest proposer sends one.
const BODIES_PER_ROUND_MAX: usize = 2;

/// What is known of a body that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judged {
    /// Useless: not what it is said to be, or not for now.
    Dropped,
    /// Kept until its parent is committed.
    Early,
    /// Kept and executed.
    Executed {
        /// Whether the rules allow it.
        is_valid: bool,
    },
}

/// A block that waits for its decision, and whether the rules allow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Undecided {
    pub(super) round: u32,
    pub(super) digest: BlockDigest,
    pub(super) is_valid: bool,
}

/// The chain, for bodies.
#[derive(Debug)]
pub(super) struct Bodies {
    chain: Arc<Chain>,
    first_sight: Mutex<FirstSight>,
}

impl Bodies {
    pub(super) fn new(chain: Arc<Chain>) -> Self {
        Self {
            chain,
            first_sight: Mutex::default(),
        }
    }

    pub(super) fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Makes a decided block final.
    pub(super) fn commit(
        &self,
        digest: &BlockDigest,
        certificate: CommitCertificate,
    ) -> Result<(), EngineError> {
        let height = certificate.height;
        self.chain.commit(digest, certificate)?;
        self.first_sight().commit(height);
        Ok(())
    }

    /// Takes a body whose parts have all come. `now` is given for a proposal of a live round.
    pub(super) fn receive(
        &self,
        head: &ProposalHead,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Judged, EngineError> {
        let Some(round) = head.round.as_u32() else {
            return Ok(Judged::Dropped);
        };
        if head.pol_round >= head.round {
            return Ok(Judged::Dropped);
        }
        let Some(block) = decode(body, head.height.0, &head.block) else {
            tracing::warn!(
                block.height = head.height.0,
                proposer = %head.proposer,
                "dropped a proposal that is not the block it is said to be"
            );
            return Ok(Judged::Dropped);
        };
        let store = self.chain.store();
        let known = store.bodies(head.height.0)?;
        let is_known = known.iter().any(|body| body.digest == head.block);
        let in_round = known.iter().filter(|body| body.round == round).count();
        if !is_known && in_round >= BODIES_PER_ROUND_MAX {
            tracing::warn!(
                block.height = head.height.0,
                round,
                "dropped one proposal too many of one round"
            );
            return Ok(Judged::Dropped);
        }
        if !store.put_proposal(head.height.0, round, &head.block, body)? {
            tracing::warn!(
                block.height = head.height.0,
                "dropped a proposal: enough are kept"
            );
            return Ok(Judged::Dropped);
        }
        let admitted = self
            .first_sight()
            .admits(head, &block.header, is_known, now);
        if !admitted {
            return Ok(Judged::Executed { is_valid: false });
        }
        if is_planted(Bug::VoteWithoutExecuting) {
            return Ok(Judged::Executed { is_valid: true });
        }
        self.execute(&block)
    }

    /// Takes a body that others have decided.
    pub(super) fn receive_decided(
        &self,
        height: Height,
        round: Round,
        body: &[u8],
    ) -> Result<Option<(BlockDigest, bool)>, EngineError> {
        let Ok(block) = Block::decode(body) else {
            return Ok(None);
        };
        let digest = block.header.digest();
        if block.header.height != height {
            return Ok(None);
        }
        let round = round.as_u32().unwrap_or(0);
        self.chain.store().put_body(height, round, &digest, body)?;
        let is_valid = match self.execute(&block)? {
            Judged::Executed { is_valid } => is_valid,
            Judged::Early => true,
            Judged::Dropped => false,
        };
        Ok(Some((digest, is_valid)))
    }

    /// The undecided blocks of a height that begins a round: those of that round, in round 0 all.
    pub(super) fn undecided(
        &self,
        height: Height,
        round: u32,
        now: Timestamp,
    ) -> Result<Vec<Undecided>, EngineError> {
        if height != self.chain.parent().height.saturating_add(1) {
            return Ok(Vec::new());
        }
        let mut undecided = Vec::new();
        for body in self.chain.store().bodies(height)? {
            if round > 0 && body.round != round {
                continue;
            }
            let Some(block) = decode(&body.bytes, height, &body.digest) else {
                return Err(corrupt());
            };
            let is_valid = self.execute(&block)? == Judged::Executed { is_valid: true }
                && self
                    .first_sight()
                    .hands_back(&body.digest, &block.header, now);
            undecided.push(Undecided {
                round: body.round,
                digest: body.digest,
                is_valid,
            });
        }
        Ok(undecided)
    }

    /// The block that this node proposes in a round: the one it proposed there before a restart,
    /// or a new one, on disk before it is named.
    pub(super) fn propose(
        &self,
        height: Height,
        round: u32,
        proposer: PublicKey,
        now: Timestamp,
    ) -> Result<(BlockDigest, Bytes), EngineError> {
        for body in self.chain.store().bodies(height)? {
            if body.round != round {
                continue;
            }
            let Some(block) = decode(&body.bytes, height, &body.digest) else {
                return Err(corrupt());
            };
            let is_own =
                block.header.proposer == proposer && !is_planted(Bug::AnotherValueAfterRestart);
            if is_own && self.execute(&block)? == (Judged::Executed { is_valid: true }) {
                return Ok((body.digest, body.bytes.into()));
            }
        }
        let built = self.chain.build(now, proposer)?;
        let store = self.chain.store();
        store.put_body(height, round, &built.digest, &built.bytes)?;
        Ok((built.digest, Bytes::copy_from_slice(&built.bytes)))
    }

    /// The body of an undecided block, to send it again.
    pub(super) fn find(
        &self,
        height: Height,
        digest: &BlockDigest,
    ) -> Result<Option<Bytes>, EngineError> {
        let body = self.chain.store().body(height, digest)?;
        Ok(body.map(Bytes::from))
    }

    /// Decided blocks for a peer that catches up, from `first` on: as many as one answer holds.
    pub(super) fn decided(
        &self,
        first: Height,
        last: Height,
    ) -> Result<Vec<RawDecidedValue<TheriacContext>>, EngineError> {
        let view = self.chain.store().view();
        let mut values = Vec::new();
        for height in (first.max(1)..=last).take(SYNC_BATCH_MAX) {
            let (Some(block), Some((_, proof))) = (view.block(height)?, view.header(height)?)
            else {
                break;
            };
            values.push(RawDecidedValue::new(
                block.encode().into(),
                certificate::to_engine(&proof),
            ));
        }
        Ok(values)
    }

    /// Keeps evidence against validators.
    pub(super) fn record_misbehaviour(&self, seen: &[Misbehaviour]) -> Result<(), EngineError> {
        let store = self.chain.store();
        seen.iter()
            .try_for_each(|evidence| store.record_misbehaviour(evidence))?;
        Ok(())
    }

    fn first_sight(&self) -> MutexGuard<'_, FirstSight> {
        // Each change is one call.
        self.first_sight
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn execute(&self, block: &Block) -> Result<Judged, EngineError> {
        match self.chain.execute(block) {
            Ok(_) => Ok(Judged::Executed { is_valid: true }),
            Err(BlockRefusal::TooEarly { .. }) => Ok(Judged::Early),
            Err(BlockRefusal::Decided { .. }) => Ok(Judged::Dropped),
            Err(refusal) if refusal.is_fatal() => Err(refusal.into()),
            Err(refusal) => {
                tracing::warn!(
                    block.height = block.header.height,
                    proposer = %block.header.proposer,
                    error = %chain(&refusal),
                    "refused a block"
                );
                Ok(Judged::Executed { is_valid: false })
            }
        }
    }
}

fn decode(body: &[u8], height: Height, digest: &BlockDigest) -> Option<Block> {
    Block::decode(body)
        .ok()
        .filter(|block| block.header.height == height && block.header.digest() == *digest)
}

fn corrupt() -> EngineError {
    EngineError::Store(StoreError::corrupt(
        "undecided block",
        "it does not have the digest of its key",
    ))
}
