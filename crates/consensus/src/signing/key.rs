//! The port behind which the key is held.

use async_trait::async_trait;
use theriac_crypto::{Digest, Digester, PublicKey, Signature, SigningKey};
use theriac_ledger::identifier::ChainId;

use crate::context::{EngineProposal, EngineVote};

/// What a validator's key may be asked to sign; nothing else, and never bare bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignRequest {
    /// A vote.
    Vote(EngineVote),
    /// A proposal.
    Proposal(EngineProposal),
    /// That a peer of the network speaks for the validator.
    ValidatorProof {
        /// The peer's id.
        peer_id: Vec<u8>,
    },
}

impl SignRequest {
    /// The digest to sign. A validator proof is
    /// `digest("validator-proof", chain_id ‖ key ‖ peer id)`.
    pub fn digest(&self, chain: &ChainId, key: &PublicKey) -> Digest {
        match self {
            Self::Vote(vote) => vote.digest(chain),
            Self::Proposal(proposal) => proposal.digest(chain),
            Self::ValidatorProof { peer_id } => Digester::new("validator-proof")
                .chain(chain.0.as_bytes())
                .chain(key.as_bytes())
                .chain(peer_id)
                .finish(),
        }
    }
}

/// Why a key holder did not sign.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It could not be reached.
    #[error("the key holder is away")]
    Away(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It has its own rules and refused.
    #[error("the key holder refused: {reason}")]
    Refused {
        /// Its reason.
        reason: String,
    },
}

/// Holds the validator's key: in this process, or elsewhere.
#[async_trait]
pub trait KeyHolder: std::fmt::Debug + Send + Sync {
    /// The validator.
    fn public_key(&self) -> PublicKey;

    /// Signs [`SignRequest::digest`].
    async fn sign(&self, chain: &ChainId, request: &SignRequest) -> Result<Signature, KeyError>;
}

/// A key read from a file into this process.
#[derive(Debug, Clone)]
pub struct FileKey(SigningKey);

impl FileKey {
    /// Holds `key`.
    pub fn new(key: SigningKey) -> Self {
        Self(key)
    }
}

#[async_trait]
impl KeyHolder for FileKey {
    fn public_key(&self) -> PublicKey {
        self.0.public_key()
    }

    async fn sign(&self, chain: &ChainId, request: &SignRequest) -> Result<Signature, KeyError> {
        Ok(self.0.sign(&request.digest(chain, &self.public_key())))
    }
}
