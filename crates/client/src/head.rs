//! Headers that stand alone: checked by their certificate, without the headers between.

use theriac_ledger::block::Header;
use theriac_ledger::constants::PROTOCOL;
use theriac_ledger::identifier::{ChainId, Height};
use theriac_ledger::validator::ValidatorSet;
use theriac_proof::{CertificateError, CommitCertificate};

/// Why a header is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HeadRefusal {
    /// Another version of the formats.
    #[error("the header has protocol {found}; this version knows {PROTOCOL}")]
    Protocol {
        /// Version found.
        found: u32,
    },
    /// Another chain.
    #[error("the header belongs to another chain")]
    Chain,
    /// Signed by a set that is not the trusted one.
    #[error("the header names another validator set than the trusted one")]
    Validators,
    /// The certificate is for another block.
    #[error("the certificate is for another block")]
    OtherBlock,
    /// The certificate proves nothing.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// Another head of its height was seen: both are final, and neither can be believed.
    #[error("height {height} has two final blocks: ask the authorities which one stands")]
    TwoHeads {
        /// The height.
        height: Height,
    },
    /// A head below one already seen from the chain.
    #[error("the node's head is {found}, below {known} which was seen before")]
    Old {
        /// Height found.
        found: Height,
        /// Height seen before.
        known: Height,
    },
}

/// Checks a header of `chain` by its certificate against a trusted set.
///
/// # Errors
///
/// [`HeadRefusal`].
pub fn verify_head(
    chain: &ChainId,
    validators: &ValidatorSet,
    header: &Header,
    certificate: &CommitCertificate,
) -> Result<(), HeadRefusal> {
    if header.protocol != PROTOCOL {
        return Err(HeadRefusal::Protocol {
            found: header.protocol,
        });
    }
    if header.chain_id != *chain {
        return Err(HeadRefusal::Chain);
    }
    if header.validators != validators.digest() {
        return Err(HeadRefusal::Validators);
    }
    if certificate.height != header.height || certificate.block != header.digest() {
        return Err(HeadRefusal::OtherBlock);
    }
    Ok(certificate.verify(chain, validators)?)
}
