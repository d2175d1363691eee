//! Keys as a change brings them in and takes them out.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_crypto::{
    PublicKey, Signature, SignatureError, SigningKey, prove_possession, verify_possession,
};

use super::registration_nonce;
use crate::encoding::BoundedList;
use crate::identifier::{AccountId, ChainId, Timestamp};
use crate::record::KeyPurpose;

/// A key that is registered, with the proof that somebody holds it.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewKey {
    /// The key.
    pub key: PublicKey,
    /// The account it acts for.
    pub account: AccountId,
    /// What it is for: ascending, each once. A key that recovers is for nothing else; a key that votes
    /// comes with its validator.
    pub purposes: BoundedList<KeyPurpose, 4>,
    /// Proof of possession, over [`registration_nonce`].
    pub possession: Signature,
}

impl NewKey {
    /// A key with the proof that it is held.
    pub fn prove(
        chain: &ChainId,
        key: &SigningKey,
        account: AccountId,
        purposes: BoundedList<KeyPurpose, 4>,
    ) -> Self {
        let nonce = registration_nonce(chain, &account, &purposes);
        Self {
            key: key.public_key(),
            account,
            purposes,
            possession: prove_possession(nonce.as_bytes(), key),
        }
    }

    /// Checks the proof for a chain.
    ///
    /// # Errors
    ///
    /// [`SignatureError`].
    pub fn verify(&self, chain: &ChainId) -> Result<(), SignatureError> {
        let nonce = registration_nonce(chain, &self.account, &self.purposes);
        verify_possession(nonce.as_bytes(), &self.key, &self.possession)
    }
}

/// A key in the place of another one.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRotation {
    /// The key that ends with this.
    pub old: PublicKey,
    /// The key that begins: of the same account, for the same purposes.
    pub new: NewKey,
}

/// A key that others may hold.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct KeyRevocation {
    /// The key.
    pub key: PublicKey,
    /// Block time since when others may hold it; not in the future. What it signed since is disputed.
    pub compromised_since: Timestamp,
}
