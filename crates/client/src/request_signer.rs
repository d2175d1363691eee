//! Signs requests for what only members may read.

use reqwest::Method;
use theriac_crypto::PublicKey;
use theriac_http::clock::SharedClock;
use theriac_http::signed_request::{RequestToSign, SignedHeaders};
use theriac_ledger::identifier::ChainId;
use theriac_signer::{SharedSigner, SignerError};

use crate::generator::Generator;

/// A key that signs requests to the nodes of one chain.
#[derive(Clone, Debug)]
pub struct RequestSigner {
    signer: SharedSigner,
    chain: ChainId,
    clock: SharedClock,
    generator: Generator,
}

impl RequestSigner {
    /// Signs for `chain` with a key of this process, or with one behind a signer; the key must be
    /// registered for requests, custody or votes.
    pub fn new(
        signer: impl Into<SharedSigner>,
        chain: ChainId,
        clock: SharedClock,
        generator: Generator,
    ) -> Self {
        Self {
            signer: signer.into(),
            chain,
            clock,
            generator,
        }
    }

    /// The key's public half.
    pub fn public_key(&self) -> PublicKey {
        self.signer.public_key()
    }

    pub(crate) async fn sign(
        &self,
        method: &Method,
        path_and_query: &str,
        body: &[u8],
    ) -> Result<SignedHeaders, SignerError> {
        let request = RequestToSign {
            method: method.as_str(),
            path_and_query,
            body,
            time_ms: self.clock.now_ms(),
            nonce: self.generator.bytes(),
        };
        let signature = self.signer.sign_request(&self.chain, &request).await?;
        Ok(request.headers(self.public_key(), signature))
    }
}
