//! What nodes keep against validators holds, and names nobody who is honest.

use theriac_crypto::PublicKey;
use theriac_ledger::genesis::Anchor;
use theriac_proof::light::Trust;
use theriac_proof::misbehaviour::{Misbehaviour, Offence};

use super::Violation;

/// Judges kept evidence; `dishonest` are the validators that do not keep the rules.
pub fn judge(anchor: &Anchor, dishonest: &[PublicKey], kept: &[Misbehaviour]) -> Vec<Violation> {
    let trust = Trust::from_anchor(anchor);
    let mut found = Vec::new();
    for evidence in kept {
        let accused = match evidence.check(Some(&trust)) {
            Ok(finding) => match finding.offence {
                Offence::TwoVotes { validator, .. } | Offence::TwoProposals { validator, .. } => {
                    vec![validator]
                }
                Offence::TwoHeads { validators, .. } => validators,
            },
            Err(error) => {
                let why = error.to_string();
                found.push(Violation::FalseEvidence { why });
                continue;
            }
        };
        let honest = accused.into_iter().filter(|key| !dishonest.contains(key));
        found.extend(honest.map(|validator| Violation::FalselyAccused { validator }));
    }
    found
}
