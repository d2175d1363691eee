//! How long each step of a height may take.

use std::time::Duration;

use arc_malachitebft_app_channel::app::types::core::{HeightParams, LinearTimeouts};
use theriac_ledger::record::Parameters;
use theriac_ledger::validator::ValidatorSet;

use crate::context::{EngineValidators, TheriacContext};

/// No timeout grows beyond this, however many rounds fail.
const TIMEOUT_MAX: Duration = Duration::from_secs(30);

/// How much less a first round is waited for whose proposer is known to be absent: a fifth is still ten
/// times what a message takes within a country.
const ABSENT_SHARE: u32 = 5;

/// Parameters of a height: who votes, and how long each step may take. Where the first round's proposer
/// is called absent, all rounds begin with less, and grow as they always do.
pub fn height_params(
    validators: &ValidatorSet,
    parameters: &Parameters,
    is_proposer_absent: bool,
) -> HeightParams<TheriacContext> {
    let ms = |value: u32| Duration::from_millis(u64::from(value));
    let delta = ms(parameters.timeout_delta_ms);
    let full = ms(parameters.propose_timeout_ms);
    let shorter = |full: Duration| {
        if is_proposer_absent {
            full / ABSENT_SHARE
        } else {
            full
        }
    };
    let prevote = ms(parameters.prevote_timeout_ms);
    let full_precommit = ms(parameters.precommit_timeout_ms);
    let (propose, precommit) = (shorter(full), shorter(full_precommit));
    let timeouts = LinearTimeouts {
        propose,
        propose_delta: delta,
        prevote,
        prevote_delta: delta,
        // A round without a block ends only by this one, even where everyone has said so.
        precommit,
        precommit_delta: delta,
        rebroadcast: full + prevote + full_precommit,
        max_timeout: TIMEOUT_MAX,
    };
    HeightParams::new(EngineValidators::from(validators), timeouts, None)
}

#[cfg(test)]
mod tests {
    use arc_malachitebft_app_channel::app::types::core::{Round, Timeout};
    use theriac_ledger::validator::Validator;

    use super::*;

    fn timeouts(is_proposer_absent: bool) -> LinearTimeouts {
        let validators = (1..=4).map(|seed| Validator {
            key: theriac_crypto::SigningKey::from_seed(&[seed; 32]).public_key(),
            power: 1,
        });
        let validators = ValidatorSet::new(validators.collect()).unwrap();
        height_params(&validators, &Parameters::default(), is_proposer_absent).timeouts
    }

    #[test]
    fn an_absent_proposer_is_waited_for_less_in_each_step_and_rounds_grow_as_always() {
        let (absent, present) = (timeouts(true), timeouts(false));
        for step in [Timeout::propose, Timeout::precommit] {
            let (first, full) = (step(Round::ZERO), present.duration_for(step(Round::ZERO)));
            assert_eq!(absent.duration_for(first), full / ABSENT_SHARE);
            for round in 1..20 {
                let later = step(Round::new(round));
                let growth = present.duration_for(later).saturating_sub(full);
                assert_eq!(absent.duration_for(later), full / ABSENT_SHARE + growth);
            }
        }
        assert_eq!(absent.rebroadcast, present.rebroadcast);
    }
}
