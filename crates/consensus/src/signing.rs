//! Signing and checking for the engine.

use std::sync::Arc;

use arc_malachitebft_app_channel::app::types::core::{
    Round, SignedMessage, ValidatorProof, VoteExtensionScope,
};
use arc_malachitebft_app_channel::{Signer, Verifier};
use arc_malachitebft_signing::{Error as EngineError, VerificationResult};
use async_trait::async_trait;
use theriac_crypto::{PublicKey, Signature, verify};
use theriac_ledger::identifier::ChainId;

use crate::context::{Address, EngineProposal, EngineVote, NoExtension, TheriacContext};

mod key;

pub use key::{FileKey, KeyError, KeyHolder, SignRequest};

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The holder of the key refused or is away.
    #[error("the key holder did not sign")]
    Key(#[from] KeyError),
    /// A vote or proposal without a round.
    #[error("a vote without a round is not signed")]
    Round,
    /// The key belongs to another validator.
    #[error("the vote is of another validator")]
    Validator,
}

impl From<SignError> for EngineError {
    fn from(error: SignError) -> Self {
        Self::from_source(error)
    }
}

/// Signs for the engine with a key that may be elsewhere. What is signed here leaves through a
/// [`PublishGuard`](crate::publish::PublishGuard).
#[derive(Debug, Clone)]
pub struct EngineSigner {
    chain: ChainId,
    key: Arc<dyn KeyHolder>,
}

impl EngineSigner {
    /// A signer for one chain.
    pub fn new(chain: ChainId, key: Arc<dyn KeyHolder>) -> Self {
        Self { chain, key }
    }

    /// The validator.
    pub fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }

    /// Signs a vote.
    pub async fn vote(
        &self,
        vote: EngineVote,
    ) -> Result<SignedMessage<TheriacContext, EngineVote>, SignError> {
        self.check(vote.round, &vote.validator)?;
        let signature = self.key.sign(&self.chain, &SignRequest::Vote(vote)).await?;
        Ok(SignedMessage::new(vote, signature))
    }

    /// Signs a proposal.
    pub async fn proposal(
        &self,
        proposal: EngineProposal,
    ) -> Result<SignedMessage<TheriacContext, EngineProposal>, SignError> {
        self.check(proposal.round, &proposal.proposer)?;
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

    fn check(&self, round: Round, validator: &Address) -> Result<(), SignError> {
        round.as_u32().ok_or(SignError::Round)?;
        if validator.0 == self.public_key() {
            Ok(())
        } else {
            Err(SignError::Validator)
        }
    }
}

#[async_trait]
impl Signer<TheriacContext> for EngineSigner {
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
