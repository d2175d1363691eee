//! Signing and checking for the engine.

use std::fs::File;
use std::io;
use std::path::PathBuf;
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
use crate::publish::{Refusal, RefusalSender};

mod key;

pub use key::{FileKey, KeyError, KeyHolder, SignRequest};

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The holder of the key refused or is away.
    #[error("the key holder did not sign")]
    Key(#[source] Arc<KeyError>),
    /// A vote or proposal without a round.
    #[error("a vote without a round is not signed")]
    Round,
    /// The key belongs to another validator.
    #[error("the vote is of another validator")]
    Validator,
}

impl From<KeyError> for SignError {
    fn from(error: KeyError) -> Self {
        Self::Key(Arc::new(error))
    }
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
    engine: Option<RunningEngine>,
}

/// The engine that a signer signs for.
#[derive(Debug, Clone)]
struct RunningEngine {
    log: PathBuf,
    refused: RefusalSender,
}

impl EngineSigner {
    /// A signer for one chain.
    pub fn new(chain: ChainId, key: Arc<dyn KeyHolder>) -> Self {
        Self {
            chain,
            key,
            engine: None,
        }
    }

    /// Signs for an engine with this log, and tells why nothing was signed: an engine that is
    /// refused its own vote cannot go on.
    pub(crate) fn for_engine(mut self, log: PathBuf, refused: RefusalSender) -> Self {
        self.engine = Some(RunningEngine { log, refused });
        self
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
        let signature = self.sign(SignRequest::Vote(vote)).await?;
        Ok(SignedMessage::new(vote, signature))
    }

    /// Signs a proposal.
    pub async fn proposal(
        &self,
        proposal: EngineProposal,
    ) -> Result<SignedMessage<TheriacContext, EngineProposal>, SignError> {
        self.check(proposal.round, &proposal.proposer)?;
        let signature = self.sign(SignRequest::Proposal(proposal)).await?;
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

    /// Signs what the engine asks for, and tells where nothing was signed.
    async fn sign(&self, request: SignRequest) -> Result<Signature, SignError> {
        let error = match self.sign_durably(&request).await {
            Ok(signature) => return Ok(signature),
            Err(error) => Arc::new(error),
        };
        tracing::error!(%error, "nothing is signed: {error}");
        if let Some(engine) = &self.engine {
            let refusal = Refusal::Key(Arc::clone(&error));
            engine.refused.send_replace(Some(refusal));
        }
        Err(SignError::Key(error))
    }

    async fn sign_durably(&self, request: &SignRequest) -> Result<Signature, KeyError> {
        if self.key.remembers()
            && let Some(engine) = &self.engine
        {
            engine.make_durable().await.map_err(KeyError::Log)?;
        }
        self.key.sign(&self.chain, request).await
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

impl RunningEngine {
    /// Makes durable what the engine has logged. It appends without buffers of its own and forces
    /// its log to the disk before something leaves; a key holder that remembers is asked before that.
    async fn make_durable(&self) -> io::Result<()> {
        let log = self.log.clone();
        let synced = tokio::task::spawn_blocking(move || File::open(log)?.sync_data()).await;
        synced.unwrap_or_else(|error| Err(io::Error::other(error)))
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
