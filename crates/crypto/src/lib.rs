//! Cryptography of Theriac: one digest, one signature rule, one Merkle tree, one key file format.
//!
//! Invariants:
//! - every digest carries a tag (`digest`), so bytes hashed for one purpose never serve another;
//! - every signature is over a [`Digest`] and is checked by [`verify`], the only rule, everywhere;
//! - this crate reads no clock, no file and no randomness: a generator is always an argument.
//!
//! ```
//! use theriac_crypto::{SigningKey, digest, verify};
//! let key = SigningKey::from_seed(&[7; 32]);
//! let message = digest("example", b"hand-over");
//! assert!(verify(&key.public_key(), &message, &key.sign(&message)).is_ok());
//! ```
#![warn(missing_docs)]

mod digest;
pub mod hexadecimal;
mod key;
pub mod keystore;
pub mod merkle;
mod possession;
mod signature;

pub use digest::{Digest, Digester, digest};
pub use hexadecimal::HexError;
pub use key::{PublicKey, PublicKeyError, SigningKey};
pub use possession::{possession_digest, prove_possession, verify_possession};
pub use signature::{Signature, SignatureError, verify};
