use arc_malachitebft_app_channel::app::types::core::{Validator as _, ValidatorSet as _};
use theriac_crypto::SigningKey;
use theriac_ledger::validator::{Validator, ValidatorSet};

use super::*;

fn validators(count: u8) -> EngineValidators {
    let members = (0..count)
        .map(|seed| Validator {
            key: SigningKey::from_seed(&[seed; 32]).public_key(),
            power: 1,
        })
        .collect();
    EngineValidators::from(&ValidatorSet::new(members).unwrap())
}

#[test]
fn proposers_take_turns_by_height_and_by_round() {
    let set = validators(4);
    for step in 0..8u32 {
        let by_height = set.proposer(EngineHeight(u64::from(step)), Round::ZERO);
        let by_round = set.proposer(EngineHeight(0), Round::new(step));
        assert_eq!(by_height, by_round);
        assert_eq!(Some(by_height), set.get_by_index((step % 4) as usize));
    }
}

#[test]
fn a_proposer_exists_for_every_height_and_round() {
    for count in [1, 3, 64] {
        let set = validators(count);
        for height in [0, 1, u64::MAX] {
            for round in [Round::Nil, Round::ZERO, Round::new(u32::MAX)] {
                let proposer = set.proposer(EngineHeight(height), round);
                assert_eq!(set.get_by_address(proposer.address()), Some(proposer));
            }
        }
    }
}
