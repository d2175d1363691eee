//! Asking a signer.

use std::io;
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use theriac_consensus::signing::{KeyError, KeyHolder, SignRequest};
use theriac_crypto::{Digest, PublicKey, Signature, SignatureError, possession_digest, verify};
use theriac_http::signed_request::RequestToSign;
use theriac_ledger::identifier::{ChainId, Height};
use theriac_ledger::transaction::Transaction;

use crate::port::Signer;
use crate::wire::frame::FrameError;
use crate::wire::{Answer, Ask, Identity, Refusal, RefusalCode, Request, UnaskableError, What};

mod call;
mod door;

pub use door::SocketFault;

/// Why a signer did not sign. Nothing was signed, or nobody learned the signature: the same may be
/// asked again.
#[derive(Debug, thiserror::Error)]
pub enum SignerError {
    /// Nobody answers at the socket.
    #[error("the signer at {} is away; see whether it runs: theriac signer --config FILE", path.display())]
    Away {
        /// The socket.
        path: PathBuf,
        /// The system's answer.
        #[source]
        source: io::Error,
    },
    /// The socket may not be a signer's.
    #[error("the socket {} of a signer is not trusted", path.display())]
    Socket {
        /// The socket.
        path: PathBuf,
        /// Why.
        source: SocketFault,
    },
    /// It refused.
    #[error("the signer at {} refused ({}): {}", path.display(), refusal.code, refusal.sentence)]
    Refused {
        /// The socket.
        path: PathBuf,
        /// Its reason.
        refusal: Box<Refusal>,
    },
    /// It answered something else than was asked.
    #[error("the signer at {} gave a wrong answer", path.display())]
    Answer {
        /// The socket.
        path: PathBuf,
        /// What is wrong.
        source: AnswerFault,
    },
    /// It was not asked.
    #[error("no signer can be asked for this")]
    Unaskable(#[from] UnaskableError),
}

/// What is wrong with a signer's answer.
#[derive(Debug, thiserror::Error)]
pub enum AnswerFault {
    /// The bytes are no answer.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// It answers another question.
    #[error("it answers another question")]
    Other,
    /// The signature is not of its key over what was asked.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// It has another key than when it was met first.
    #[error("its key is {key} now")]
    Key {
        /// The key.
        key: PublicKey,
    },
}

impl SignerError {
    /// Whether the signer's own rules forbid it: asking again changes nothing until its operator
    /// changes them. Anything else passes, or is a mistake of the configuration.
    pub fn is_forbidden(&self) -> bool {
        matches!(self, Self::Refused { refusal, .. } if refusal.code == RefusalCode::NotAllowed)
    }

    /// Whether a moment later it may be signed.
    fn is_passing(&self) -> bool {
        match self {
            Self::Away { .. } => true,
            Self::Refused { refusal, .. } => refusal.code == RefusalCode::OverLimit,
            Self::Socket { .. } | Self::Answer { .. } | Self::Unaskable(_) => false,
        }
    }
}

/// A signer in another process, for one chain. Each call has a connection of its own, so that a
/// signer that was started again, or a call that was given up, leaves nothing behind.
#[derive(Clone, Debug)]
pub struct RemoteSigner {
    socket: PathBuf,
    chain: ChainId,
    key: PublicKey,
}

impl RemoteSigner {
    /// Meets the signer at a socket; waits a moment for one that is just being started.
    ///
    /// # Errors
    ///
    /// [`SignerError`]: it is away, or it signs for another chain.
    pub async fn meet(socket: &Path, chain: ChainId) -> Result<Self, SignerError> {
        let ask = Ask {
            chain,
            what: What::Identity,
        };
        let identity = identity_in(socket, &call::patiently(socket, &ask).await?)?;
        Ok(Self {
            socket: socket.to_path_buf(),
            chain,
            key: identity.key,
        })
    }

    /// The public half of its key.
    pub fn public_key(&self) -> PublicKey {
        self.key
    }

    /// Who it is now; does not wait for it.
    ///
    /// # Errors
    ///
    /// [`SignerError`], also where it has another key than before.
    pub async fn identity(&self) -> Result<Identity, SignerError> {
        let ask = Ask {
            chain: self.chain,
            what: What::Identity,
        };
        let identity = identity_in(&self.socket, &call::once(&self.socket, &ask).await?)?;
        if identity.key == self.key {
            Ok(identity)
        } else {
            let key = identity.key;
            Err(self.fault(AnswerFault::Key { key }))
        }
    }

    /// Has something signed, and checks the signature over `digest`.
    async fn signature(
        &self,
        chain: &ChainId,
        what: What,
        digest: &Digest,
    ) -> Result<Signature, SignerError> {
        let ask = Ask {
            chain: *chain,
            what,
        };
        match call::patiently(&self.socket, &ask).await? {
            Answer::Signature(signature) => {
                let checked = verify(&self.key, digest, &signature);
                checked.map_err(|error| self.fault(error.into()))?;
                Ok(signature)
            }
            _ => Err(self.fault(AnswerFault::Other)),
        }
    }

    fn fault(&self, source: AnswerFault) -> SignerError {
        SignerError::Answer {
            path: self.socket.clone(),
            source,
        }
    }
}

#[async_trait]
impl Signer for RemoteSigner {
    fn public_key(&self) -> PublicKey {
        self.key
    }

    async fn sign_transaction(
        &self,
        chain: &ChainId,
        transaction: &Transaction,
    ) -> Result<Signature, SignerError> {
        let what = What::Transaction(transaction.clone());
        self.signature(chain, what, &transaction.id(chain).0).await
    }

    async fn sign_request(
        &self,
        chain: &ChainId,
        request: &RequestToSign<'_>,
    ) -> Result<Signature, SignerError> {
        let what = What::Request(Request::of(request)?);
        let digest = request.digest(&self.key, &chain.0);
        self.signature(chain, what, &digest).await
    }

    async fn prove_possession(&self, nonce: &[u8; 32]) -> Result<Signature, SignerError> {
        let what = What::Possession { nonce: *nonce };
        let digest = possession_digest(nonce, &self.key);
        self.signature(&self.chain, what, &digest).await
    }
}

#[async_trait]
impl KeyHolder for RemoteSigner {
    fn public_key(&self) -> PublicKey {
        self.key
    }

    async fn sign(&self, chain: &ChainId, request: &SignRequest) -> Result<Signature, KeyError> {
        let what = What::try_from(request).map_err(|error| key_error(error.into()))?;
        let digest = request.digest(chain, &self.key);
        let signed = self.signature(chain, what, &digest).await;
        signed.map_err(key_error)
    }

    fn remembers(&self) -> bool {
        true
    }

    async fn last_signed(&self) -> Result<Option<Height>, KeyError> {
        let identity = self.identity().await.map_err(key_error)?;
        if identity.signs_votes {
            Ok(identity.last_signed)
        } else {
            Err(KeyError::Refused {
                reason: format!(
                    "the signer at {} signs no votes: its configuration has no section [votes]",
                    self.socket.display()
                ),
            })
        }
    }
}

/// The error in the words of the port for votes.
fn key_error(error: SignerError) -> KeyError {
    match error {
        SignerError::Refused { refusal, .. } => match (refusal.code, refusal.height) {
            (RefusalCode::Signed, Some(height)) => KeyError::Signed {
                height,
                reason: refusal.sentence.to_string(),
            },
            // It is asked again when it is back, or has signed less in a minute.
            (RefusalCode::Broken | RefusalCode::OverLimit, _) => {
                KeyError::Away(refusal.sentence.to_string().into())
            }
            (code, _) => KeyError::Refused {
                reason: format!("{} ({code})", refusal.sentence),
            },
        },
        SignerError::Unaskable(error) => KeyError::Refused {
            reason: error.to_string(),
        },
        away @ (SignerError::Away { .. }
        | SignerError::Socket { .. }
        | SignerError::Answer { .. }) => KeyError::Away(Box::new(away)),
    }
}

fn identity_in(socket: &Path, answer: &Answer) -> Result<Identity, SignerError> {
    match answer {
        Answer::Identity(identity) => Ok(*identity),
        _ => Err(SignerError::Answer {
            path: socket.to_path_buf(),
            source: AnswerFault::Other,
        }),
    }
}
