//! The light client: from trust in one validator set to trust in a later header.
//!
//! Stepping through every header that announces another set, each signed by more than two thirds of
//! the set before it, has no limit of time. A jump over changes is allowed within the trusting
//! period, when more than two thirds of the header's own set and more than two thirds of the
//! trusted set signed. What remains is the long-range risk: keys of validators that left long ago
//! can sign another past, so trust should start from a recent checkpoint.

use serde::{Deserialize, Serialize};
use theriac_ledger::block::Header;
use theriac_ledger::constants::PROTOCOL;
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::{BlockDigest, ChainId, Height, Timestamp};
use theriac_ledger::validator::ValidatorSet;

use crate::bundle::{CertifiedHeader, ValidatorStep};
use crate::{CertificateError, CommitCertificate};

/// For how long a trusted set may be jumped from: the time in which a validator that left can
/// still be held to account.
pub const TRUSTING_PERIOD_MS: u64 = 30 * 24 * 60 * 60 * 1_000;

/// A block that its readers have agreed to trust: published with a release, or by an authority.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// The chain.
    pub chain_id: ChainId,
    /// Height of the block.
    pub height: Height,
    /// Its digest.
    pub block: BlockDigest,
    /// Its time.
    pub time: Timestamp,
    /// The set that signs the next height.
    pub next_validators: ValidatorSet,
}

/// The trust file: the anchor of genesis, or a checkpoint, as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TrustFile {
    /// The public half of genesis.
    Anchor(Box<Anchor>),
    /// A later block.
    Checkpoint(Box<Checkpoint>),
}

/// Longest trust file: 64 validators take about 12 KiB.
pub const TRUST_JSON_BYTES_MAX: usize = 64 * 1024;

/// Why a text is no trust file.
#[derive(Debug, thiserror::Error)]
pub enum TrustFileError {
    /// More bytes than one has.
    #[error("{found} bytes are more than the {TRUST_JSON_BYTES_MAX} that a trust file has at most")]
    TooLong {
        /// Bytes found.
        found: usize,
    },
    /// Another form.
    #[error("the text is neither the anchor of a genesis nor a checkpoint")]
    Malformed(#[from] serde_json::Error),
}

/// What is trusted so far: a height, and who signs from the next one on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trust {
    chain: ChainId,
    height: Height,
    time: Timestamp,
    block: BlockDigest,
    validators: ValidatorSet,
}

/// Why a header is not trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LightError {
    /// Another version of the formats.
    #[error("the header has protocol {found}; this version knows {PROTOCOL}")]
    Protocol {
        /// Version found.
        found: u32,
    },
    /// Another chain.
    #[error("the header belongs to another chain")]
    Chain,
    /// Not above the trusted height, or another block at it.
    #[error("height {found} is not above the trusted height {trusted}")]
    Height {
        /// Height found.
        found: Height,
        /// Height trusted.
        trusted: Height,
    },
    /// Not later than what is trusted.
    #[error("the header is not later than the trusted one")]
    Time,
    /// The header names another set than the one given or trusted.
    #[error("the header names another validator set")]
    Validators,
    /// The certificate is for another block.
    #[error("the certificate is for another block")]
    OtherBlock,
    /// The certificate proves nothing.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// Trust is too old to jump from.
    #[error("the trusted set is older than the trusting period: start from a later checkpoint")]
    TrustTooOld,
    /// Too little of the trusted set signed a jump.
    #[error("voting power {power} is not more than two thirds of the {total} trusted")]
    Overlap {
        /// Trusted power that signed.
        power: u64,
        /// Power of the trusted set.
        total: u64,
    },
    /// A set was given where it changes nothing: evidence has one form.
    #[error("a validator set is given that is trusted already")]
    Redundant,
}

impl Trust {
    /// Trust in the genesis of a chain.
    pub fn from_anchor(anchor: &Anchor) -> Self {
        let chain = anchor.chain_id();
        Self {
            chain,
            height: 0,
            time: anchor.time,
            block: BlockDigest(chain.0),
            validators: anchor.validators.clone(),
        }
    }

    /// Trust in a checkpoint.
    pub fn from_checkpoint(checkpoint: Checkpoint) -> Self {
        Self {
            chain: checkpoint.chain_id,
            height: checkpoint.height,
            time: checkpoint.time,
            block: checkpoint.block,
            validators: checkpoint.next_validators,
        }
    }

    /// Trust in what a trust file says.
    ///
    /// # Errors
    ///
    /// [`TrustFileError`].
    pub fn from_json(text: &[u8]) -> Result<Self, TrustFileError> {
        if text.len() > TRUST_JSON_BYTES_MAX {
            return Err(TrustFileError::TooLong { found: text.len() });
        }
        Ok(match serde_json::from_slice(text)? {
            TrustFile::Anchor(anchor) => Self::from_anchor(&anchor),
            TrustFile::Checkpoint(checkpoint) => Self::from_checkpoint(*checkpoint),
        })
    }

    /// The chain.
    pub fn chain(&self) -> &ChainId {
        &self.chain
    }

    /// The set that signs the heights after the trusted one.
    pub fn validators(&self) -> &ValidatorSet {
        &self.validators
    }

    /// Whether a step leads to where trust is already: evidence leads from genesis, and trust may begin
    /// later.
    pub fn is_past(&self, step: &ValidatorStep) -> bool {
        step.head.header.height <= self.height
    }

    /// The height up to which changes of the set are known.
    pub fn height(&self) -> Height {
        self.height
    }

    /// Checks a header; says who signs its height. `now` is the caller's clock: it limits jumps.
    ///
    /// # Errors
    ///
    /// [`LightError`].
    pub fn verify<'a>(
        &'a self,
        head: &'a CertifiedHeader,
        now: Timestamp,
    ) -> Result<&'a ValidatorSet, LightError> {
        let header = &head.header;
        self.check_place(header)?;
        let signers = head.signers.as_ref().unwrap_or(&self.validators);
        if head.signers.as_ref() == Some(&self.validators) {
            return Err(LightError::Redundant);
        }
        if header.validators != signers.digest() {
            return Err(LightError::Validators);
        }
        check_certificate(&self.chain, header, &head.certificate, signers)?;
        if head.signers.is_some() {
            self.check_jump(&head.certificate, now)?;
        }
        Ok(signers)
    }

    /// Checks a header that announces another set, and trusts that set from then on.
    ///
    /// # Errors
    ///
    /// [`LightError`]; trust stays as it was.
    pub fn step(&mut self, step: &ValidatorStep, now: Timestamp) -> Result<(), LightError> {
        let signers = self.verify(&step.head, now)?;
        if *signers == step.next {
            return Err(LightError::Redundant);
        }
        let header = &step.head.header;
        if step.next.digest() != header.next_validators {
            return Err(LightError::Validators);
        }
        *self = Self {
            chain: self.chain,
            height: header.height,
            time: header.time,
            block: header.digest(),
            validators: step.next.clone(),
        };
        Ok(())
    }

    fn check_place(&self, header: &Header) -> Result<(), LightError> {
        if header.protocol != PROTOCOL {
            return Err(LightError::Protocol {
                found: header.protocol,
            });
        }
        if header.chain_id != self.chain {
            return Err(LightError::Chain);
        }
        if header.height <= self.height {
            return Err(LightError::Height {
                found: header.height,
                trusted: self.height,
            });
        }
        if header.time <= self.time {
            return Err(LightError::Time);
        }
        if header.height.checked_sub(1) == Some(self.height) && header.parent != self.block {
            return Err(LightError::OtherBlock);
        }
        Ok(())
    }

    fn check_jump(
        &self,
        certificate: &CommitCertificate,
        now: Timestamp,
    ) -> Result<(), LightError> {
        if self.time.saturating_add(TRUSTING_PERIOD_MS) < now {
            return Err(LightError::TrustTooOld);
        }
        let power = certificate
            .signatures
            .iter()
            .filter_map(|one| self.validators.find(&one.validator))
            .fold(0u64, |sum, member| sum.saturating_add(member.power));
        if self.validators.is_quorum(power) {
            Ok(())
        } else {
            let total = self.validators.total_power();
            Err(LightError::Overlap { power, total })
        }
    }
}

/// Checks that a certificate makes a header final, by the set that signs its height.
///
/// # Errors
///
/// [`LightError`].
pub fn check_certificate(
    chain: &ChainId,
    header: &Header,
    certificate: &CommitCertificate,
    signers: &ValidatorSet,
) -> Result<(), LightError> {
    if certificate.height != header.height || certificate.block != header.digest() {
        return Err(LightError::OtherBlock);
    }
    Ok(certificate.verify(chain, signers)?)
}

#[cfg(test)]
mod tests;
