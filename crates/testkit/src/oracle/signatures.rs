//! No honest validator signs two things for one height, round and step.

use std::collections::BTreeMap;

use theriac_consensus::guard::Step;
use theriac_crypto::{Digest, PublicKey};
use theriac_ledger::identifier::Height;

use super::Violation;

/// A signature that left a validator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedStep {
    /// Who signed.
    pub validator: PublicKey,
    /// Height.
    pub height: Height,
    /// Round.
    pub round: u32,
    /// Step.
    pub step: Step,
    /// What was signed.
    pub digest: Digest,
}

/// The steps that were signed twice.
pub fn judge(signed: &[SignedStep]) -> Vec<Violation> {
    let (mut first, mut found) = (BTreeMap::new(), Vec::new());
    for signature in signed {
        let step = (signature.height, signature.round, signature.step);
        let known = first
            .entry((signature.validator, step))
            .or_insert(signature.digest);
        if *known != signature.digest {
            found.push(Violation::SignedTwice {
                validator: signature.validator,
                step,
            });
        }
    }
    found
}
