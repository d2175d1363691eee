//! The port behind which the key is held.

use std::io;

use async_trait::async_trait;
use theriac_crypto::{Digest, Digester, PublicKey, Signature, SigningKey};
use theriac_ledger::identifier::{ChainId, Height};

use crate::context::{EngineProposal, EngineVote};
use crate::guard::Subject;
use crate::publish::{of_proposal, of_vote};

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

    /// What a [`SigningGuard`](crate::guard::SigningGuard) is asked before it is signed; none for a
    /// statement that contradicts no other.
    pub fn subject(&self, chain: &ChainId) -> Option<Subject> {
        match self {
            Self::Vote(vote) => Some(of_vote(chain, vote)),
            Self::Proposal(proposal) => Some(of_proposal(chain, proposal)),
            Self::ValidatorProof { .. } => None,
        }
    }
}

/// Why a key holder did not sign.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// It could not be reached; the same may be asked again.
    #[error("the key holder is away")]
    Away(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It remembers that it has signed something else at that step, or anything after it.
    #[error("the key holder has signed otherwise up to height {height}: {reason}")]
    Signed {
        /// Height of what it signed.
        height: Height,
        /// Its reason.
        reason: String,
    },
    /// It has its own rules and refused.
    #[error("the key holder refused: {reason}")]
    Refused {
        /// Its reason.
        reason: String,
    },
    /// It was not asked: what led to the vote could not be made durable first.
    #[error("the engine's log cannot be made durable, so the key holder is not asked")]
    Log(#[source] io::Error),
}

/// Holds the validator's key: in this process, or elsewhere.
#[async_trait]
pub trait KeyHolder: std::fmt::Debug + Send + Sync {
    /// The validator.
    fn public_key(&self) -> PublicKey;

    /// Signs [`SignRequest::digest`].
    async fn sign(&self, chain: &ChainId, request: &SignRequest) -> Result<Signature, KeyError>;

    /// Whether it remembers what it signed and refuses anything else. Whatever leads to a vote must
    /// then be durable before it is asked: a validator whose log does not lead it back, after a
    /// power cut, to what its key holder has signed would be refused ever after.
    fn remembers(&self) -> bool {
        false
    }

    /// The height of the last vote or proposal that it remembers; none where it remembers none. Also
    /// tells whether it can be reached.
    async fn last_signed(&self) -> Result<Option<Height>, KeyError> {
        Ok(None)
    }
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
