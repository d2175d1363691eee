//! Transactions.

use borsh::{BorshDeserialize, BorshSerialize};
use theriac_crypto::{Digest, Digester, PublicKey, Signature, SignatureError, SigningKey, verify};

use crate::action::Action;
use crate::constants::TRANSACTION_BYTES_MAX;
use crate::encoding::{DecodeError, decode, digest_of, encode};
use crate::identifier::{ChainId, Timestamp, TransactionId};

/// What a member asks the ledger to do.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Transaction {
    /// The key that signs; its record names the account it acts for.
    pub signer: PublicKey,
    /// Random: makes equal requests different transactions.
    pub salt: [u8; 16],
    /// It is included only in a block of an earlier time, and at most 10 minutes earlier.
    pub valid_until: Timestamp,
    /// What is asked.
    pub action: Action,
    /// Salted digest of the business event behind it; see [`details_digest`].
    pub details: Option<Digest>,
}

impl Transaction {
    /// `digest("transaction", chain_id ‖ borsh(Transaction))`.
    pub fn id(&self, chain: &ChainId) -> TransactionId {
        let bytes = encode(self);
        TransactionId(
            Digester::new("transaction")
                .chain(chain.0.as_bytes())
                .chain(&bytes)
                .finish(),
        )
    }

    /// Signs it for a chain.
    pub fn sign(self, chain: &ChainId, key: &SigningKey) -> SignedTransaction {
        let signature = key.sign(&self.id(chain).0);
        SignedTransaction {
            transaction: self,
            signature,
        }
    }
}

/// A transaction and its signer's signature over its id.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignedTransaction {
    /// The transaction.
    pub transaction: Transaction,
    /// Signature over the transaction's id.
    pub signature: Signature,
}

impl SignedTransaction {
    /// Reads canonical bytes, bounded by [`TRANSACTION_BYTES_MAX`].
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        decode(bytes, TRANSACTION_BYTES_MAX)
    }

    /// The canonical bytes.
    pub fn encode(&self) -> Vec<u8> {
        encode(self)
    }

    /// Checks the signature for a chain.
    pub fn verify(&self, chain: &ChainId) -> Result<(), SignatureError> {
        verify(
            &self.transaction.signer,
            &self.transaction.id(chain).0,
            &self.signature,
        )
    }

    /// Leaf of a block's transactions: `digest("signed-transaction", borsh(SignedTransaction))`.
    pub fn digest(&self) -> Digest {
        digest_of("signed-transaction", self)
    }
}

/// `digest("details", salt ‖ event hash ‖ ciphertext digest)`: binds a business event to a
/// transaction without revealing it. The last part is zero until events are exchanged encrypted.
pub fn details_digest(salt: &[u8; 32], event_hash: &Digest, ciphertext: &Digest) -> Digest {
    Digester::new("details")
        .chain(salt)
        .chain(event_hash.as_bytes())
        .chain(ciphertext.as_bytes())
        .finish()
}
