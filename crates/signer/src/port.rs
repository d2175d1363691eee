//! The port through which nodes and services sign.

use std::ops::Deref;
use std::sync::Arc;

use async_trait::async_trait;
use theriac_crypto::{PublicKey, Signature, SigningKey, prove_possession};
use theriac_http::signed_request::RequestToSign;
use theriac_ledger::identifier::ChainId;
use theriac_ledger::transaction::Transaction;

use crate::remote::{RemoteSigner, SignerError};

/// Signs with one key: in this process, or in another that has its own rules. Votes have a port of
/// their own, [`KeyHolder`](theriac_consensus::signing::KeyHolder).
#[async_trait]
pub trait Signer: std::fmt::Debug + Send + Sync {
    /// The public half of the key.
    fn public_key(&self) -> PublicKey;

    /// Signs a transaction's id on a chain. Where there is no signature, nothing has happened.
    async fn sign_transaction(
        &self,
        chain: &ChainId,
        transaction: &Transaction,
    ) -> Result<Signature, SignerError>;

    /// Signs a request to a node of a chain.
    async fn sign_request(
        &self,
        chain: &ChainId,
        request: &RequestToSign<'_>,
    ) -> Result<Signature, SignerError>;

    /// Proves possession of the key to whoever registers it under this nonce.
    async fn prove_possession(&self, nonce: &[u8; 32]) -> Result<Signature, SignerError>;
}

/// A signer that several parts of a program use.
#[derive(Clone, Debug)]
pub struct SharedSigner(Arc<dyn Signer>);

impl Deref for SharedSigner {
    type Target = dyn Signer;

    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl From<SigningKey> for SharedSigner {
    fn from(key: SigningKey) -> Self {
        Self(Arc::new(key))
    }
}

impl From<RemoteSigner> for SharedSigner {
    fn from(signer: RemoteSigner) -> Self {
        Self(Arc::new(signer))
    }
}

/// A key read from a file into this process signs whatever it is asked to.
#[async_trait]
impl Signer for SigningKey {
    fn public_key(&self) -> PublicKey {
        Self::public_key(self)
    }

    async fn sign_transaction(
        &self,
        chain: &ChainId,
        transaction: &Transaction,
    ) -> Result<Signature, SignerError> {
        Ok(self.sign(&transaction.id(chain).0))
    }

    async fn sign_request(
        &self,
        chain: &ChainId,
        request: &RequestToSign<'_>,
    ) -> Result<Signature, SignerError> {
        Ok(self.sign(&request.digest(&Self::public_key(self), &chain.0)))
    }

    async fn prove_possession(&self, nonce: &[u8; 32]) -> Result<Signature, SignerError> {
        Ok(prove_possession(nonce, self))
    }
}
