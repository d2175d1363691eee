//! Signs requests for what only members may read.

use reqwest::Method;
use theriac_crypto::{PublicKey, SigningKey};
use theriac_http::clock::SharedClock;
use theriac_http::signed_request::{RequestToSign, SignedHeaders};
use theriac_ledger::identifier::ChainId;

use crate::generator::Generator;

/// A key that signs requests to the nodes of one chain.
#[derive(Clone, Debug)]
pub struct RequestSigner {
    key: SigningKey,
    chain: ChainId,
    clock: SharedClock,
    generator: Generator,
}

impl RequestSigner {
    /// Signs with `key` for `chain`; the key must be registered for requests, custody or votes.
    pub fn new(key: SigningKey, chain: ChainId, clock: SharedClock, generator: Generator) -> Self {
        Self {
            key,
            chain,
            clock,
            generator,
        }
    }

    /// The key's public half.
    pub fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }

    pub(crate) fn sign(&self, method: &Method, path_and_query: &str, body: &[u8]) -> SignedHeaders {
        let request = RequestToSign {
            method: method.as_str(),
            path_and_query,
            body,
            time_ms: self.clock.now_ms(),
            nonce: self.generator.bytes(),
        };
        request.sign(&self.key, &self.chain.0)
    }
}
