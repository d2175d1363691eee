//! Signing and checking for the engine.

use std::sync::{Arc, Mutex, PoisonError};

use arc_malachitebft_app_channel::app::types::core::{
    NilOrVal, SignedMessage, ValidatorProof, VoteExtensionScope, VoteType,
};
use arc_malachitebft_app_channel::{Signer, Verifier};
use arc_malachitebft_signing::{Error as EngineError, VerificationResult};
use async_trait::async_trait;
use theriac_crypto::{PublicKey, Signature, verify};
use theriac_ledger::identifier::ChainId;

use crate::context::{EngineProposal, EngineVote, NoExtension, TheriacContext};
use crate::guard::{GuardError, SigningGuard, Step, Subject};

mod key;

pub use key::{FileKey, KeyError, KeyHolder, SignRequest};

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The guard refused.
    #[error("the signing guard refused")]
    Guard(#[from] GuardError),
    /// The holder of the key refused or is away.
    #[error("the key holder did not sign")]
    Key(#[from] KeyError),
    /// A vote or proposal without a round.
    #[error("a vote without a round is not signed")]
    Round,
    /// The key belongs to another validator.
    #[error("the vote is of another validator")]
    Validator,
    /// The thread that writes the guard died.
    #[error("the signing guard's thread ended")]
    Thread,
}

impl From<SignError> for EngineError {
    fn from(error: SignError) -> Self {
        Self::from_source(error)
    }
}

/// Signs what the guard admits, with a key that may be elsewhere.
#[derive(Debug, Clone)]
pub struct GuardedSigner {
    chain: ChainId,
    key: Arc<dyn KeyHolder>,
    guard: Arc<Mutex<SigningGuard>>,
}

impl GuardedSigner {
    /// A signer for one chain.
    pub fn new(chain: ChainId, key: Arc<dyn KeyHolder>, guard: SigningGuard) -> Self {
        Self {
            chain,
            key,
            guard: Arc::new(Mutex::new(guard)),
        }
    }

    /// The validator.
    pub fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }

    /// Signs a vote. Where another prevote of the same round was signed before a crash, that one
    /// is signed again: a prevote binds nothing in its signer, so the engine can go on with it.
    /// A precommit does (its signer is locked), so there the conflict is an error.
    pub async fn vote(
        &self,
        vote: EngineVote,
    ) -> Result<SignedMessage<TheriacContext, EngineVote>, SignError> {
        let step = match vote.kind {
            VoteType::Prevote => Step::Prevote,
            VoteType::Precommit => Step::Precommit,
        };
        let subject = Subject {
            height: vote.height.0,
            round: vote.round.as_u32().ok_or(SignError::Round)?,
            step,
            block: vote.block().copied(),
            digest: vote.digest(&self.chain),
        };
        if vote.validator.0 != self.public_key() {
            return Err(SignError::Validator);
        }
        let vote = match self.admit(subject).await {
            Ok(()) => vote,
            Err(SignError::Guard(GuardError::Conflict { signed, .. })) if step == Step::Prevote => {
                tracing::warn!(
                    block.height = vote.height.0,
                    round = subject.round,
                    "repeating the prevote that was signed before the restart"
                );
                EngineVote {
                    value: signed.block.map_or(NilOrVal::Nil, NilOrVal::Val),
                    ..vote
                }
            }
            Err(error) => return Err(error),
        };
        let signature = self.key.sign(&self.chain, &SignRequest::Vote(vote)).await?;
        Ok(SignedMessage::new(vote, signature))
    }

    /// Signs a proposal.
    pub async fn proposal(
        &self,
        proposal: EngineProposal,
    ) -> Result<SignedMessage<TheriacContext, EngineProposal>, SignError> {
        if proposal.proposer.0 != self.public_key() {
            return Err(SignError::Validator);
        }
        self.admit(Subject {
            height: proposal.height.0,
            round: proposal.round.as_u32().ok_or(SignError::Round)?,
            step: Step::Proposal,
            block: Some(proposal.value.0),
            digest: proposal.digest(&self.chain),
        })
        .await?;
        let request = SignRequest::Proposal(proposal);
        let signature = self.key.sign(&self.chain, &request).await?;
        Ok(SignedMessage::new(proposal, signature))
    }

    /// Signs the statement that a peer of the network speaks for this validator.
    pub async fn validator_proof(
        &self,
        peer_id: Vec<u8>,
    ) -> Result<ValidatorProof<TheriacContext>, SignError> {
        let public_key = self.public_key().0.to_vec();
        let request = SignRequest::ValidatorProof {
            peer_id: peer_id.clone(),
        };
        let signature = self.key.sign(&self.chain, &request).await?;
        Ok(ValidatorProof::new(public_key, peer_id, signature))
    }

    async fn admit(&self, subject: Subject) -> Result<(), SignError> {
        let guard = Arc::clone(&self.guard);
        // The guard waits for the disk, which must not hold up the reactor.
        let admitted = tokio::task::spawn_blocking(move || {
            // A panic while writing leaves the guard's own failure mark unset, so never go on.
            let mut guard = guard
                .lock()
                .map_err(|_: PoisonError<_>| SignError::Thread)?;
            guard.admit(&subject).map_err(SignError::from)
        });
        admitted.await.map_err(|_| SignError::Thread)?
    }
}

#[async_trait]
impl Signer<TheriacContext> for GuardedSigner {
    async fn sign_vote(
        &self,
        vote: EngineVote,
    ) -> Result<SignedMessage<TheriacContext, EngineVote>, EngineError> {
        Ok(self.vote(vote).await?)
    }

    async fn sign_proposal(
        &self,
        proposal: EngineProposal,
    ) -> Result<SignedMessage<TheriacContext, EngineProposal>, EngineError> {
        Ok(self.proposal(proposal).await?)
    }

    async fn sign_vote_extension(
        &self,
        _scope: VoteExtensionScope<TheriacContext>,
        extension: NoExtension,
    ) -> Result<SignedMessage<TheriacContext, NoExtension>, EngineError> {
        match extension {}
    }

    async fn sign_validator_proof(
        &self,
        _public_key: Vec<u8>,
        peer_id: Vec<u8>,
    ) -> Result<ValidatorProof<TheriacContext>, EngineError> {
        Ok(self.validator_proof(peer_id).await?)
    }
}

/// Checks what others signed, by the one rule.
#[derive(Debug, Clone, Copy)]
pub struct StrictVerifier {
    chain: ChainId,
}

impl StrictVerifier {
    /// A verifier for one chain.
    pub fn new(chain: ChainId) -> Self {
        Self { chain }
    }
}

#[async_trait]
impl Verifier<TheriacContext> for StrictVerifier {
    async fn verify_signed_vote(
        &self,
        vote: &EngineVote,
        signature: &Signature,
        key: &PublicKey,
    ) -> Result<VerificationResult, EngineError> {
        let valid = verify(key, &vote.digest(&self.chain), signature).is_ok();
        Ok(VerificationResult::from_bool(valid))
    }

    async fn verify_signed_proposal(
        &self,
        proposal: &EngineProposal,
        signature: &Signature,
        key: &PublicKey,
    ) -> Result<VerificationResult, EngineError> {
        let valid = verify(key, &proposal.digest(&self.chain), signature).is_ok();
        Ok(VerificationResult::from_bool(valid))
    }

    async fn verify_signed_vote_extension(
        &self,
        _scope: &VoteExtensionScope<TheriacContext>,
        extension: &NoExtension,
        _signature: &Signature,
        _key: &PublicKey,
    ) -> Result<VerificationResult, EngineError> {
        match *extension {}
    }

    async fn verify_validator_proof(
        &self,
        proof: &ValidatorProof<TheriacContext>,
    ) -> Result<VerificationResult, EngineError> {
        let valid = proof.decoded_public_key().is_ok_and(|key| {
            let request = SignRequest::ValidatorProof {
                peer_id: proof.peer_id.clone(),
            };
            verify(&key, &request.digest(&self.chain, &key), &proof.signature).is_ok()
        });
        Ok(VerificationResult::from_bool(valid))
    }
}

#[cfg(test)]
mod tests;
