//! The last station of what a validator signed: nothing leaves before the signing guard has made it
//! durable, and what the guard refuses never leaves.
//!
//! This comes after the engine has made its log durable. So the guard never knows of a vote that the
//! log does not hold, and a validator that comes back after a crash is led by its log to exactly what
//! left. Were votes guarded when they are signed, a power cut between guard and log would leave a
//! validator that is bound to a vote nobody saw, and that its log does not lead to.
//!
//! A key holder with a guard of its own is asked when a vote is signed; so for it the log is made
//! durable before ([`KeyHolder::remembers`](crate::signing::KeyHolder::remembers)).

use std::sync::Arc;

use arc_malachitebft_app_channel::app::consensus::SignedConsensusMsg;
use arc_malachitebft_app_channel::app::engine::network::{Msg, NetworkRef};
use arc_malachitebft_app_channel::app::types::core::VoteType;
use async_trait::async_trait;
use ractor::{Actor, ActorProcessingErr, ActorRef, SupervisionEvent};
use theriac_ledger::identifier::ChainId;
use tokio::sync::watch;

use crate::context::{EngineProposal, EngineVote, TheriacContext};
use crate::guard::{GuardError, SigningGuard, Step, Subject};
use crate::listener::Told;
use crate::signing::KeyError;

/// Admits what a validator signed, one message after the other.
#[derive(Debug)]
pub struct PublishGuard {
    chain: ChainId,
    guard: SigningGuard,
}

impl PublishGuard {
    /// The guard of a validator on a chain.
    pub fn new(chain: ChainId, guard: SigningGuard) -> Self {
        Self { chain, guard }
    }

    /// Makes the subject of a message durable; only then may the message leave. Says whether it may:
    /// what is of a round that this validator has left is not sent again. An engine that is led
    /// through its log comes to all of it once more, and nobody waits for it.
    ///
    /// # Errors
    ///
    /// [`GuardError`]: it must not leave, and the engine must stop.
    pub fn admit(
        &mut self,
        message: &SignedConsensusMsg<TheriacContext>,
    ) -> Result<bool, GuardError> {
        match self.guard.admit(&subject(&self.chain, message)) {
            Ok(()) => Ok(true),
            Err(GuardError::Regress { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }
}

/// What a signature is for.
pub fn subject(chain: &ChainId, message: &SignedConsensusMsg<TheriacContext>) -> Subject {
    match message {
        SignedConsensusMsg::Vote(vote) => of_vote(chain, vote),
        SignedConsensusMsg::Proposal(proposal) => of_proposal(chain, proposal),
    }
}

/// What a vote's signature is for.
pub(crate) fn of_vote(chain: &ChainId, vote: &EngineVote) -> Subject {
    Subject {
        height: vote.height.0,
        // The engine votes in rounds only.
        round: vote.round.as_u32().unwrap_or(0),
        step: match vote.kind {
            VoteType::Prevote => Step::Prevote,
            VoteType::Precommit => Step::Precommit,
        },
        block: vote.block().copied(),
        digest: vote.digest(chain),
    }
}

/// What a proposal's signature is for.
pub(crate) fn of_proposal(chain: &ChainId, proposal: &EngineProposal) -> Subject {
    Subject {
        height: proposal.height.0,
        round: proposal.round.as_u32().unwrap_or(0),
        step: Step::Proposal,
        block: Some(proposal.value.0),
        digest: proposal.digest(chain),
    }
}

/// Why a validator's engine cannot go on voting; it must be stopped.
#[derive(Debug)]
pub enum Refusal {
    /// The signing guard let something not leave.
    Guard(GuardError),
    /// The holder of the key did not sign.
    Key(Arc<KeyError>),
}

/// Tells of the last refusal; nothing leaves any more once there is one.
pub(crate) type RefusalSender = watch::Sender<Option<Refusal>>;

/// The actor between consensus and network.
pub(crate) struct Station;

pub(crate) struct StationState {
    network: NetworkRef<TheriacContext>,
    listener: ActorRef<Told>,
    guard: Option<PublishGuard>,
    refusal: RefusalSender,
}

impl Station {
    /// Puts the station before a network. Without a guard nothing signed leaves: an observer signs
    /// nothing.
    pub(crate) async fn spawn(
        network: NetworkRef<TheriacContext>,
        listener: ActorRef<Told>,
        guard: Option<PublishGuard>,
        refusal: RefusalSender,
    ) -> Result<NetworkRef<TheriacContext>, ractor::SpawnErr> {
        let state = StationState {
            network,
            listener,
            guard,
            refusal,
        };
        let (station, _) = Actor::spawn(None, Self, state).await?;
        Ok(station)
    }
}

#[async_trait]
impl Actor for Station {
    type Msg = Msg<TheriacContext>;
    type State = StationState;
    type Arguments = StationState;

    async fn pre_start(
        &self,
        myself: ActorRef<Self::Msg>,
        state: StationState,
    ) -> Result<StationState, ActorProcessingErr> {
        state.network.link(myself.get_cell());
        Ok(state)
    }

    async fn handle(
        &self,
        _: ActorRef<Self::Msg>,
        message: Self::Msg,
        state: &mut StationState,
    ) -> Result<(), ActorProcessingErr> {
        let is_signed = matches!(
            message,
            Msg::PublishConsensusMsg(_) | Msg::PublishLivenessMsg(_)
        );
        if is_signed && state.refusal.borrow().is_some() {
            return Ok(());
        }
        if let Msg::PublishConsensusMsg(signed) = &message {
            let Some(mut guard) = state.guard.take() else {
                return Ok(());
            };
            let signed = signed.clone();
            // The guard waits for the disk, which must not hold up the reactor.
            let (guard, admitted) = tokio::task::spawn_blocking(move || {
                let admitted = guard.admit(&signed);
                (guard, admitted)
            })
            .await?;
            state.guard = Some(guard);
            match admitted {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) => {
                    tracing::error!(%error, "a vote does not leave: {error}");
                    state.refusal.send_replace(Some(Refusal::Guard(error)));
                    return Ok(());
                }
            }
        }
        if let Some(told) = Told::of(&message) {
            state.listener.cast(told)?;
        }
        Ok(state.network.cast(message)?)
    }

    async fn post_stop(
        &self,
        _: ActorRef<Self::Msg>,
        state: &mut StationState,
    ) -> Result<(), ActorProcessingErr> {
        // The guard's file is free for the next engine of this process, and so is the port.
        state.guard = None;
        let _ = state.network.stop_and_wait(None, None).await;
        Ok(())
    }

    async fn handle_supervisor_evt(
        &self,
        myself: ActorRef<Self::Msg>,
        event: SupervisionEvent,
        _: &mut StationState,
    ) -> Result<(), ActorProcessingErr> {
        // A network that ends ends the engine.
        if matches!(
            event,
            SupervisionEvent::ActorFailed(..) | SupervisionEvent::ActorTerminated(..)
        ) {
            myself.stop(None);
        }
        Ok(())
    }
}
