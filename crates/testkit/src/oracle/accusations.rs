//! What nodes keep against validators holds, and names nobody who is honest.

use theriac_crypto::PublicKey;
use theriac_ledger::genesis::Anchor;
use theriac_ledger::identifier::Height;
use theriac_proof::bundle::{CertifiedHeader, ValidatorStep};
use theriac_proof::light::Trust;
use theriac_proof::misbehaviour::{Misbehaviour, MisbehaviourError, Offence};

use super::{Chain, Violation};

/// Judges kept evidence by the chain that leads to its heights; `dishonest` are the validators that do not
/// keep the rules.
pub fn judge(
    anchor: &Anchor,
    chain: &Chain,
    dishonest: &[PublicKey],
    kept: &[Misbehaviour],
) -> Vec<Violation> {
    let mut found = Vec::new();
    for evidence in kept {
        match accused(anchor, chain, evidence) {
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
    chain: &Chain,
    evidence: &Misbehaviour,
) -> Result<Vec<PublicKey>, MisbehaviourError> {
    let trust = trust_at(anchor, chain, evidence.subject().height);
    let finding = evidence.check(Some(&trust))?;
    Ok(match finding.offence {
        Offence::TwoVotes { validator, .. } | Offence::TwoProposals { validator, .. } => {
            vec![validator]
        }
        Offence::TwoHeads { validators, .. } => validators,
    })
}

/// What whoever follows a chain trusts when a height is signed.
fn trust_at(anchor: &Anchor, chain: &Chain, height: Height) -> Trust {
    let mut trust = Trust::from_anchor(anchor);
    let before = chain.blocks.iter().filter(|one| one.header.height < height);
    for block in before {
        let Some(next) = &block.next_validators else {
            continue;
        };
        let head = CertifiedHeader {
            header: block.header.clone(),
            certificate: block.certificate.clone(),
            signers: None,
        };
        let next = next.clone();
        // Each block was verified; where one were not, the sets after it would be unknown and its judge say so.
        if trust
            .step(&ValidatorStep { head, next }, anchor.time)
            .is_err()
        {
            break;
        }
    }
    trust
}
