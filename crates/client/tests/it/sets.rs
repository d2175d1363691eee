//! Which validators sign which heights, over changes of their set.

use theriac_client::TrustedSets;
use theriac_client::head::HeadRefusal;
use theriac_client::wire::FinalBlock;
use theriac_crypto::SigningKey;
use theriac_ledger::block::Parent;
use theriac_ledger::validator::{Validator, ValidatorSet};
use theriac_proof::bundle::{CertifiedHeader, ValidatorStep};

use crate::chain::{anchor, block_after, finish, key, validator_keys};

fn set(keys: &[SigningKey]) -> ValidatorSet {
    let member = |key: &SigningKey| Validator {
        key: key.public_key(),
        power: 1,
    };
    ValidatorSet::new(keys.iter().map(member).collect()).unwrap()
}

/// A header of height 1 that announces a fifth validator.
fn step() -> ValidatorStep {
    let mut keys = validator_keys();
    keys.push(key(5));
    let next = set(&keys);
    let mut block = block_after(&Parent::genesis(&anchor()), Vec::new());
    block.header.next_validators = next.digest();
    let FinalBlock { block, certificate } = finish(block);
    ValidatorStep {
        head: CertifiedHeader {
            header: block.header,
            certificate,
            signers: None,
        },
        next,
    }
}

#[test]
fn the_set_of_a_height_is_that_of_the_last_change_below_it() {
    let sets = TrustedSets::new(&anchor());
    let (first, step) = (set(&validator_keys()), step());
    assert_eq!(*sets.at(2), first, "nothing is known yet");
    sets.step(&step).unwrap();
    assert_eq!((&*sets.at(0), &*sets.at(1)), (&first, &first));
    assert_eq!((&*sets.at(2), &*sets.at(9)), (&step.next, &step.next));
    assert_eq!(sets.step(&step), Ok(()), "the same again changes nothing");
}

#[test]
fn a_change_that_its_header_does_not_announce_is_refused() {
    let sets = TrustedSets::new(&anchor());
    let mut other = step();
    other.next = set(&[key(6)]);
    assert_eq!(sets.step(&other), Err(HeadRefusal::Validators));
    assert_eq!(*sets.at(2), set(&validator_keys()));
}

#[test]
fn a_change_that_too_few_signed_is_refused() {
    let sets = TrustedSets::new(&anchor());
    let mut step = step();
    let two = step.head.certificate.signatures[..2].to_vec();
    step.head.certificate.signatures = two.try_into().unwrap();
    assert!(matches!(sets.step(&step), Err(HeadRefusal::Certificate(_))));
}
