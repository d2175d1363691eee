//! The extractor of handlers that serve signed requests only.

use std::fmt::Debug;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{HeaderMap, HeaderValue};
use actix_web::{FromRequest, HttpRequest, web};
use bytes::Bytes;
use futures::future::LocalBoxFuture;
use theriac_crypto::{Digest, PublicKey};

use super::{KEY_HEADER, NonceCache, NonceError, ReceivedRequest, VerifyError, verify};
use crate::clock::SharedClock;
use crate::problem::{Problem, ProblemCode};

/// Says which keys may sign requests here. The ledger's key records answer in a node.
pub trait KnownKeys: Debug + Send + Sync {
    /// Whether the key is registered and active.
    fn is_known(&self, key: &PublicKey) -> bool;
}

/// Why a signed request is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignedRequestError {
    /// The headers, time or signature are not good.
    #[error(transparent)]
    Verify(#[from] VerifyError),
    /// The signature is good, the key is not registered here.
    #[error("key {key} is not registered on this chain")]
    UnknownKey {
        /// The key.
        key: PublicKey,
    },
    /// The request was used before, or cannot be remembered.
    #[error(transparent)]
    Nonce(#[from] NonceError),
}

/// Checks signed requests of one chain: signature, time, key, nonce, in this order, so that only
/// registered keys take memory.
#[derive(Clone, Debug)]
pub struct RequestVerifier {
    chain_id: Digest,
    clock: SharedClock,
    keys: Arc<dyn KnownKeys>,
    nonces: Arc<NonceCache>,
}

impl RequestVerifier {
    /// A verifier that remembers requests from now on.
    pub fn new(chain_id: Digest, clock: SharedClock, keys: Arc<dyn KnownKeys>) -> Self {
        let nonces = Arc::new(NonceCache::new(clock.now_ms()));
        Self {
            chain_id,
            clock,
            keys,
            nonces,
        }
    }

    /// Checks a request and remembers it. `header` gives a header's value by its name.
    ///
    /// # Errors
    ///
    /// [`SignedRequestError`].
    pub fn check<'h>(
        &self,
        header: impl Fn(&str) -> Option<&'h [u8]>,
        request: &ReceivedRequest<'_>,
    ) -> Result<PublicKey, SignedRequestError> {
        let now_ms = self.clock.now_ms();
        let headers = verify(header, request, now_ms, &self.chain_id)?;
        if !self.keys.is_known(&headers.key) {
            return Err(SignedRequestError::UnknownKey { key: headers.key });
        }
        self.nonces.remember(&headers, now_ms)?;
        Ok(headers.key)
    }

    /// The registered key that a request says it is signed by. Nothing is proved yet: this only
    /// chooses how often such a request may be checked.
    pub(crate) fn claimed_member(&self, headers: &HeaderMap) -> Option<PublicKey> {
        let key = headers.get(KEY_HEADER)?.to_str().ok()?.parse().ok()?;
        self.keys.is_known(&key).then_some(key)
    }
}

/// A request signed by a registered key, with its body. The App must hold
/// `web::Data<RequestVerifier>`; the body is bounded by the App's `PayloadConfig`.
#[derive(Clone, Debug)]
pub struct SignedRequest {
    /// Who signed it.
    pub key: PublicKey,
    /// The body, exactly as signed.
    pub body: Bytes,
}

impl FromRequest for SignedRequest {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = Bytes::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let body = body.await.map_err(|error| Problem::of_error(&error))?;
            let verifier = request
                .app_data::<web::Data<RequestVerifier>>()
                .ok_or_else(|| Problem::internal(&MissingVerifier))?;
            let path = request
                .uri()
                .path_and_query()
                .map_or("/", |path| path.as_str());
            let received = ReceivedRequest {
                method: request.method().as_str(),
                path_and_query: path,
                body: &body,
            };
            let header = |name: &str| request.headers().get(name).map(HeaderValue::as_bytes);
            let key = verifier.check(header, &received)?;
            Ok(Self { key, body })
        })
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a route takes signed requests but the application has no RequestVerifier")]
struct MissingVerifier;

impl From<SignedRequestError> for Problem {
    fn from(error: SignedRequestError) -> Self {
        let code = match &error {
            SignedRequestError::Verify(VerifyError::Header(_)) => ProblemCode::SignatureMissing,
            SignedRequestError::Verify(VerifyError::PathTooLong { .. }) => ProblemCode::UriTooLong,
            SignedRequestError::Verify(VerifyError::OutsideWindow { .. })
            | SignedRequestError::Nonce(NonceError::BeforeStart) => ProblemCode::SignatureExpired,
            SignedRequestError::Verify(VerifyError::Signature) => ProblemCode::SignatureInvalid,
            SignedRequestError::UnknownKey { .. } => ProblemCode::Forbidden,
            SignedRequestError::Nonce(NonceError::Replayed) => ProblemCode::RequestReplayed,
            SignedRequestError::Nonce(NonceError::Full) => ProblemCode::Busy,
        };
        let problem = Self::new(code, error.to_string());
        match &error {
            SignedRequestError::Nonce(NonceError::BeforeStart) => {
                problem.with_hint("sign the request again")
            }
            SignedRequestError::Nonce(NonceError::Full) => problem.with_retry_after_s(60),
            SignedRequestError::UnknownKey { .. } => {
                problem.with_hint("use a key that the chain has registered and not retired")
            }
            _ => problem,
        }
    }
}
