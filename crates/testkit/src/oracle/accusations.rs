//! What nodes keep against validators holds, and names nobody who is honest.

use theriac_crypto::PublicKey;
use theriac_ledger::genesis::Anchor;
use theriac_proof::light::Trust;
use theriac_proof::misbehaviour::{Misbehaviour, MisbehaviourError, Offence};

use super::Violation;

/// Judges kept evidence; `dishonest` are the validators that do not keep the rules.
pub fn judge(anchor: &Anchor, dishonest: &[PublicKey], kept: &[Misbehaviour]) -> Vec<Violation> {
    let mut found = Vec::new();
    for evidence in kept {
        match accused(anchor, evidence) {
            Ok(accused) => {
                let honest = accused.into_iter().filter(|key| !dishonest.contains(key));
                found.extend(honest.map(|validator| Violation::FalselyAccused { validator }));
            }
            Err(error) => found.push(Violation::FalseEvidence {
                why: error.to_string(),
            }),
        }
    }
    found
}

/// The validators against whom evidence speaks.
///
/// # Errors
///
/// It shows nothing.
pub fn accused(
    anchor: &Anchor,
    evidence: &Misbehaviour,
) -> Result<Vec<PublicKey>, MisbehaviourError> {
    let finding = evidence.check(Some(&Trust::from_anchor(anchor)))?;
    Ok(match finding.offence {
        Offence::TwoVotes { validator, .. } | Offence::TwoProposals { validator, .. } => {
            vec![validator]
        }
        Offence::TwoHeads { validators, .. } => validators,
    })
}
