//! Commit certificates between the engine and the ledger.

use arc_malachitebft_app_channel::app::types::core::{
    CommitCertificate as EngineCertificate, ExtendedCommitCertificate, ExtendedCommitSignature,
    Round,
};
use theriac_ledger::encoding::BoundedList;
use theriac_proof::{CommitCertificate, CommitSignature};

use crate::context::{Address, EngineHeight, TheriacContext};

/// Why an engine's certificate is none of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConvertError {
    /// It names no round.
    #[error("the certificate names no round")]
    Round,
    /// More signatures than a validator set has members.
    #[error("the certificate has {found} signatures, more than a set has members")]
    Signatures {
        /// Signatures found.
        found: usize,
    },
    /// A validator signed twice.
    #[error("the certificate names a validator twice")]
    Twice,
}

/// The ledger's form of an engine's certificate: signatures ascending by validator.
pub fn from_engine(
    certificate: &EngineCertificate<TheriacContext>,
) -> Result<CommitCertificate, ConvertError> {
    let mut signatures: Vec<_> = certificate
        .commit_signatures
        .iter()
        .map(|commit| CommitSignature {
            validator: commit.address.0,
            signature: commit.signature,
        })
        .collect();
    signatures.sort_unstable_by_key(|commit| commit.validator);
    if signatures
        .windows(2)
        .any(|pair| pair[0].validator == pair[1].validator)
    {
        return Err(ConvertError::Twice);
    }
    let found = signatures.len();
    Ok(CommitCertificate {
        height: certificate.height.0,
        round: certificate.round.as_u32().ok_or(ConvertError::Round)?,
        block: certificate.value_id,
        signatures: BoundedList::new(signatures).map_err(|_| ConvertError::Signatures { found })?,
    })
}

/// The form in which the engine hands a decided block to a peer that catches up.
pub fn to_engine(certificate: &CommitCertificate) -> ExtendedCommitCertificate<TheriacContext> {
    ExtendedCommitCertificate {
        height: EngineHeight(certificate.height),
        round: Round::new(certificate.round),
        value_id: certificate.block,
        commit_signatures: certificate
            .signatures
            .iter()
            .map(|commit| {
                ExtendedCommitSignature::new(Address(commit.validator), commit.signature, None)
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use theriac_crypto::{PublicKey, Signature, digest};
    use theriac_ledger::identifier::BlockDigest;

    fn certificate(validators: &[u8]) -> CommitCertificate {
        let signatures = validators
            .iter()
            .map(|byte| CommitSignature {
                validator: PublicKey([*byte; 32]),
                signature: Signature([*byte; 64]),
            })
            .collect();
        CommitCertificate {
            height: 7,
            round: 2,
            block: BlockDigest(digest("test", b"block")),
            signatures: BoundedList::new(signatures).unwrap(),
        }
    }

    #[test]
    fn a_certificate_survives_the_way_through_the_engine() {
        let ours = certificate(&[1, 2, 9]);
        let mut theirs = to_engine(&ours).trim_vote_extensions();
        theirs.commit_signatures.reverse();
        assert_eq!(from_engine(&theirs), Ok(ours));
    }

    #[test]
    fn a_certificate_that_names_a_validator_twice_is_refused() {
        let theirs = to_engine(&certificate(&[1, 1])).trim_vote_extensions();
        assert_eq!(from_engine(&theirs), Err(ConvertError::Twice));
    }

    #[test]
    fn a_certificate_without_a_round_is_refused() {
        let mut theirs = to_engine(&certificate(&[1])).trim_vote_extensions();
        theirs.round = Round::Nil;
        assert_eq!(from_engine(&theirs), Err(ConvertError::Round));
    }
}
