//! Commit certificates: the signatures that make a block final.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_crypto::{PublicKey, Signature, verify};
use theriac_ledger::constants::VALIDATORS_MAX;
use theriac_ledger::encoding::BoundedList;
use theriac_ledger::identifier::{BlockDigest, ChainId, Height};
use theriac_ledger::validator::ValidatorSet;

use crate::vote::{VoteType, vote_digest};

/// One validator's precommit for a block.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
pub struct CommitSignature {
    /// The validator.
    pub validator: PublicKey,
    /// Its signature over the digest of its precommit; see [`vote_digest`].
    pub signature: Signature,
}

/// Precommits of more than two thirds of the voting power for one block: ascending by validator.
#[derive(
    Debug, Clone, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct CommitCertificate {
    /// Height of the block.
    pub height: Height,
    /// Round in which it was decided, from zero.
    pub round: u32,
    /// The block.
    pub block: BlockDigest,
    /// The precommits.
    pub signatures: BoundedList<CommitSignature, VALIDATORS_MAX>,
}

/// Why a certificate proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CertificateError {
    /// Not ascending by validator.
    #[error("signatures must be ascending by validator and each validator named once")]
    Order,
    /// A signer that is not in the set.
    #[error("{validator} is not a validator of this height")]
    UnknownValidator {
        /// The signer.
        validator: PublicKey,
    },
    /// A signature that does not verify; one is enough to refuse the whole.
    #[error("the signature of {validator} does not verify")]
    Signature {
        /// The signer.
        validator: PublicKey,
    },
    /// Too little voting power.
    #[error("voting power {power} is not more than two thirds of {total}")]
    Power {
        /// Power that signed.
        power: u64,
        /// Power of the set.
        total: u64,
    },
}

impl CommitCertificate {
    /// Checks the certificate against the set of its height. A certificate with any bad signature
    /// is refused whole.
    pub fn verify(
        &self,
        chain: &ChainId,
        validators: &ValidatorSet,
    ) -> Result<(), CertificateError> {
        if self
            .signatures
            .windows(2)
            .any(|pair| pair[0].validator >= pair[1].validator)
        {
            return Err(CertificateError::Order);
        }
        let message = vote_digest(
            chain,
            VoteType::Precommit,
            self.height,
            i64::from(self.round),
            Some(&self.block),
        );
        let mut power = 0u64;
        for CommitSignature {
            validator,
            signature,
        } in &self.signatures
        {
            let member = validators
                .find(validator)
                .ok_or(CertificateError::UnknownValidator {
                    validator: *validator,
                })?;
            verify(validator, &message, signature).map_err(|_| CertificateError::Signature {
                validator: *validator,
            })?;
            power = power.saturating_add(member.power);
        }
        if validators.is_quorum(power) {
            Ok(())
        } else {
            Err(CertificateError::Power {
                power,
                total: validators.total_power(),
            })
        }
    }
}
