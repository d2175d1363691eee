//! Signed requests: who sent this, proved by a key, and never twice.
//!
//! Headers: `Theriac-Key` (public key, 64 hexadecimal characters), `Theriac-Time` (milliseconds since
//! 1970, decimal), `Theriac-Nonce` (16 bytes, hexadecimal) and `Theriac-Signature` (64 bytes,
//! hexadecimal). The signature is over
//! `digest("request", chain_id ‖ borsh(key, method, path with query, body digest, time, nonce))`,
//! the body digest being `digest("request-body", body)`.

mod extract;
mod headers;
mod nonce;

use borsh::BorshSerialize;
use theriac_crypto::{Digest, Digester, PublicKey, Signature, SigningKey, digest};

pub use extract::{KnownKeys, RequestVerifier, SignedRequest, SignedRequestError};
pub use headers::{
    HeaderError, KEY_HEADER, NONCE_HEADER, SIGNATURE_HEADER, SignedHeaders, TIME_HEADER,
};
pub use nonce::{NONCES_MAX, NONCES_PER_KEY_MAX, NonceCache, NonceError};

use headers::parse_headers;

/// How far the signed time may be from ours, either way.
pub const WINDOW_MS: u64 = 60_000;

/// The longest path with query that is signed or checked.
pub const PATH_BYTES_MAX: usize = 8 * 1024;

/// Everything of a request that its signature covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestToSign<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The path with its query, exactly as sent.
    pub path_and_query: &'a str,
    /// The body, exactly as sent; empty when there is none.
    pub body: &'a [u8],
    /// When it is signed, milliseconds since 1970.
    pub time_ms: u64,
    /// Fresh random bytes.
    pub nonce: [u8; 16],
}

/// What stands for a request where it is signed: its body by its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedFields<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The path with its query.
    pub path_and_query: &'a str,
    /// `digest("request-body", body)`.
    pub body: Digest,
    /// When it is signed, milliseconds since 1970.
    pub time_ms: u64,
    /// Fresh random bytes.
    pub nonce: [u8; 16],
}

impl SignedFields<'_> {
    /// The digest that `key` signs for the chain `chain_id`.
    pub fn digest(&self, key: &PublicKey, chain_id: &Digest) -> Digest {
        let layout = SignedLayout {
            key: *key,
            method: self.method,
            path_and_query: self.path_and_query,
            body: self.body,
            time_ms: self.time_ms,
            nonce: self.nonce,
        };
        let bytes = borsh::to_vec(&layout).expect("writing to memory does not fail");
        Digester::new("request")
            .chain(chain_id.as_bytes())
            .chain(&bytes)
            .finish()
    }
}

#[derive(BorshSerialize)]
struct SignedLayout<'a> {
    key: PublicKey,
    method: &'a str,
    path_and_query: &'a str,
    body: Digest,
    time_ms: u64,
    nonce: [u8; 16],
}

impl<'a> RequestToSign<'a> {
    /// What stands for it where it is signed.
    pub fn fields(&self) -> SignedFields<'a> {
        SignedFields {
            method: self.method,
            path_and_query: self.path_and_query,
            body: digest("request-body", self.body),
            time_ms: self.time_ms,
            nonce: self.nonce,
        }
    }

    /// The digest that `key` signs for the chain `chain_id`.
    pub fn digest(&self, key: &PublicKey, chain_id: &Digest) -> Digest {
        self.fields().digest(key, chain_id)
    }

    /// Signs the request for the chain `chain_id`.
    pub fn sign(&self, key: &SigningKey, chain_id: &Digest) -> SignedHeaders {
        let public = key.public_key();
        self.headers(public, key.sign(&self.digest(&public, chain_id)))
    }

    /// The headers of the request with a signature over its [`RequestToSign::digest`].
    pub fn headers(&self, key: PublicKey, signature: Signature) -> SignedHeaders {
        SignedHeaders {
            key,
            time_ms: self.time_ms,
            nonce: self.nonce,
            signature,
        }
    }
}

/// A request as it arrived, to be checked.
#[derive(Clone, Copy, Debug)]
pub struct ReceivedRequest<'a> {
    /// The method.
    pub method: &'a str,
    /// The path with its query, exactly as received.
    pub path_and_query: &'a str,
    /// The body, exactly as received.
    pub body: &'a [u8],
}

/// Why a signature does not count. The caller's key may still be unknown: see [`KnownKeys`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// A header is missing or malformed.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The path is longer than [`PATH_BYTES_MAX`].
    #[error("the path has {length_bytes} bytes, at most {PATH_BYTES_MAX} can be signed")]
    PathTooLong {
        /// Its length.
        length_bytes: usize,
    },
    /// The signed time is too far from ours.
    #[error("the signed time {time_ms} is more than {WINDOW_MS} ms away from {now_ms}")]
    OutsideWindow {
        /// The signed time.
        time_ms: u64,
        /// Our time.
        now_ms: u64,
    },
    /// The signature is not of this request, key and chain.
    #[error("the signature is not by this key over this request for this chain")]
    Signature,
}

/// Checks the signature and the time, not whether the nonce is fresh ([`NonceCache`]) nor whether
/// the key is known. `header` gives the value of a header by its name, when it is there.
///
/// # Errors
///
/// [`VerifyError`]; any header value is answered, none panics.
pub fn verify<'h>(
    header: impl Fn(&str) -> Option<&'h [u8]>,
    request: &ReceivedRequest<'_>,
    now_ms: u64,
    chain_id: &Digest,
) -> Result<SignedHeaders, VerifyError> {
    let headers = parse_headers(header)?;
    if request.path_and_query.len() > PATH_BYTES_MAX {
        return Err(VerifyError::PathTooLong {
            length_bytes: request.path_and_query.len(),
        });
    }
    if headers.time_ms.abs_diff(now_ms) > WINDOW_MS {
        return Err(VerifyError::OutsideWindow {
            time_ms: headers.time_ms,
            now_ms,
        });
    }
    let signed = RequestToSign {
        method: request.method,
        path_and_query: request.path_and_query,
        body: request.body,
        time_ms: headers.time_ms,
        nonce: headers.nonce,
    };
    let message = signed.digest(&headers.key, chain_id);
    theriac_crypto::verify(&headers.key, &message, &headers.signature)
        .map_err(|_| VerifyError::Signature)?;
    Ok(headers)
}

#[cfg(test)]
mod tests;
