//! Checking evidence: both halves are about one thing, say different things, and are signed.

use theriac_crypto::{Digest, PublicKey, Signature, verify};
use theriac_ledger::identifier::ChainId;
use theriac_ledger::validator::ValidatorSet;

use super::{Finding, Misbehaviour, Offence, TwoHeads, TwoProposals, TwoVotes};
use crate::bundle::CertifiedHeader;
use crate::light::{LightError, Trust, check_certificate};
use crate::vote::{proposal_digest, vote_digest};

/// One of the two statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Half {
    /// The first, `a`.
    A,
    /// The second, `b`.
    B,
}

impl std::fmt::Display for Half {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::A => "first",
            Self::B => "second",
        })
    }
}

/// Why evidence shows nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MisbehaviourError {
    /// Both halves say the same: nobody is forbidden to repeat himself.
    #[error("both halves say the same")]
    Same,
    /// The halves are exchanged.
    #[error("the halves are not in ascending order")]
    Order,
    /// About another chain than the trusted one.
    #[error("the evidence is about another chain than the trusted one")]
    OtherChain,
    /// Against a key without a vote.
    #[error("{validator} is not a validator of the trusted set")]
    UnknownValidator {
        /// The key.
        validator: PublicKey,
    },
    /// Signed by a set that is not the trusted one.
    #[error("the heads are signed by another validator set than the trusted one")]
    OtherSet,
    /// A header of another chain or height than the other one.
    #[error("the two headers are not of one chain and height")]
    OtherPlace,
    /// A header that names another set than the one given.
    #[error("the {half} header names another validator set than the one given")]
    HeaderSet {
        /// Which.
        half: Half,
    },
    /// A header with a set of its own: the set is given once.
    #[error("the {half} header gives a validator set of its own")]
    SetTwice {
        /// Which.
        half: Half,
    },
    /// A header that is not final.
    #[error("the {half} header is not certified")]
    Certificate {
        /// Which.
        half: Half,
        /// Why.
        source: LightError,
    },
    /// A signature that does not verify.
    #[error("the signature of the {half} half does not verify")]
    Signature {
        /// Which.
        half: Half,
    },
}

impl Misbehaviour {
    /// Checks the evidence. With trust its chain and validators must be the trusted ones; without
    /// it the finding says that whether the keys have a vote was not checked.
    ///
    /// # Errors
    ///
    /// [`MisbehaviourError`].
    pub fn check(&self, trust: Option<&Trust>) -> Result<Finding, MisbehaviourError> {
        match self {
            Self::TwoHeads(heads) => heads.check(trust),
            Self::TwoVotes(votes) => votes.check(trust),
            Self::TwoProposals(proposals) => proposals.check(trust),
        }
    }
}

impl TwoHeads {
    fn check(&self, trust: Option<&Trust>) -> Result<Finding, MisbehaviourError> {
        let (one, other) = (&self.a.header, &self.b.header);
        if one.height != other.height
            || one.chain_id != self.chain_id
            || other.chain_id != self.chain_id
        {
            return Err(MisbehaviourError::OtherPlace);
        }
        let blocks = [one.digest(), other.digest()];
        check_order(&blocks[0], &blocks[1])?;
        if let Some(trust) = trust {
            check_chain(trust, &self.chain_id)?;
            if *trust.validators() != self.validators {
                return Err(MisbehaviourError::OtherSet);
            }
        }
        let set = self.validators.digest();
        for (half, head) in [(Half::A, &self.a), (Half::B, &self.b)] {
            if head.signers.is_some() {
                return Err(MisbehaviourError::SetTwice { half });
            }
            if head.header.validators != set {
                return Err(MisbehaviourError::HeaderSet { half });
            }
            check_certificate(
                &self.chain_id,
                &head.header,
                &head.certificate,
                &self.validators,
            )
            .map_err(|source| MisbehaviourError::Certificate { half, source })?;
        }
        let validators = signed_both(&self.a, &self.b);
        Ok(Finding {
            chain_id: self.chain_id,
            height: one.height,
            is_set_trusted: trust.is_some(),
            offence: Offence::TwoHeads {
                blocks,
                rounds: [self.a.certificate.round, self.b.certificate.round],
                power: power_of(&self.validators, &validators),
                power_total: self.validators.total_power(),
                validators,
            },
        })
    }
}

impl TwoVotes {
    fn check(&self, trust: Option<&Trust>) -> Result<Finding, MisbehaviourError> {
        check_order(&self.a.says(), &self.b.says())?;
        check_member(trust, &self.chain_id, &self.validator)?;
        for (half, vote) in [(Half::A, &self.a), (Half::B, &self.b)] {
            let signed = vote_digest(
                &self.chain_id,
                self.kind.into(),
                self.height,
                i64::from(self.round),
                vote.block.as_ref(),
            );
            check_signature(&self.validator, half, &signed, &vote.signature)?;
        }
        Ok(Finding {
            chain_id: self.chain_id,
            height: self.height,
            is_set_trusted: trust.is_some(),
            offence: Offence::TwoVotes {
                validator: self.validator,
                vote: self.kind,
                round: self.round,
                blocks: [self.a.block, self.b.block],
            },
        })
    }
}

impl TwoProposals {
    fn check(&self, trust: Option<&Trust>) -> Result<Finding, MisbehaviourError> {
        check_order(&self.a.says(), &self.b.says())?;
        check_member(trust, &self.chain_id, &self.validator)?;
        for (half, proposal) in [(Half::A, &self.a), (Half::B, &self.b)] {
            let signed = proposal_digest(
                &self.chain_id,
                self.height,
                i64::from(self.round),
                proposal.pol_round.map_or(-1, i64::from),
                &proposal.block,
            );
            check_signature(&self.validator, half, &signed, &proposal.signature)?;
        }
        Ok(Finding {
            chain_id: self.chain_id,
            height: self.height,
            is_set_trusted: trust.is_some(),
            offence: Offence::TwoProposals {
                validator: self.validator,
                round: self.round,
                blocks: [self.a.block, self.b.block],
                pol_rounds: [self.a.pol_round, self.b.pol_round],
            },
        })
    }
}

fn check_order<T: Ord>(one: &T, other: &T) -> Result<(), MisbehaviourError> {
    match one.cmp(other) {
        std::cmp::Ordering::Less => Ok(()),
        std::cmp::Ordering::Equal => Err(MisbehaviourError::Same),
        std::cmp::Ordering::Greater => Err(MisbehaviourError::Order),
    }
}

fn check_chain(trust: &Trust, chain: &ChainId) -> Result<(), MisbehaviourError> {
    if trust.chain() == chain {
        Ok(())
    } else {
        Err(MisbehaviourError::OtherChain)
    }
}

fn check_member(
    trust: Option<&Trust>,
    chain: &ChainId,
    validator: &PublicKey,
) -> Result<(), MisbehaviourError> {
    let Some(trust) = trust else {
        return Ok(());
    };
    check_chain(trust, chain)?;
    if trust.validators().find(validator).is_none() {
        let validator = *validator;
        return Err(MisbehaviourError::UnknownValidator { validator });
    }
    Ok(())
}

fn check_signature(
    validator: &PublicKey,
    half: Half,
    signed: &Digest,
    signature: &Signature,
) -> Result<(), MisbehaviourError> {
    verify(validator, signed, signature).map_err(|_| MisbehaviourError::Signature { half })
}

/// Who is in both certificates, ascending.
fn signed_both(one: &CertifiedHeader, other: &CertifiedHeader) -> Vec<PublicKey> {
    let others = &other.certificate.signatures;
    one.certificate
        .signatures
        .iter()
        .map(|signature| signature.validator)
        .filter(|key| others.iter().any(|signature| signature.validator == *key))
        .collect()
}

fn power_of(set: &ValidatorSet, keys: &[PublicKey]) -> u64 {
    keys.iter()
        .filter_map(|key| set.find(key))
        .fold(0u64, |sum, member| sum.saturating_add(member.power))
}
