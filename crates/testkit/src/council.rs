//! The authorities together: who signs for the organisation that runs each validator.

use std::collections::BTreeMap;

use theriac_crypto::{PublicKey, SigningKey};
use theriac_ledger::identifier::AccountId;
use theriac_ledger::testing::Consortium;
use theriac_ledger::validator::ValidatorSet;

use crate::newcomer::Newcomer;

/// Who signs for an authority.
#[derive(Debug, Clone)]
pub struct Hand {
    /// Its key.
    pub key: SigningKey,
    /// Its account.
    pub account: AccountId,
}

/// The hands of all authorities, by the key of the validator that each runs.
#[derive(Debug, Clone)]
pub struct Council {
    hands: BTreeMap<PublicKey, Hand>,
}

impl Council {
    /// The authorities of a genesis.
    pub fn of(consortium: &Consortium) -> Self {
        let keys = consortium.validator_keys.iter().enumerate();
        let hands = keys.map(|(validator, key)| {
            let hand = Hand {
                key: consortium.authority_key(validator),
                account: consortium.authority_account(validator),
            };
            (key.public_key(), hand)
        });
        Self {
            hands: hands.collect(),
        }
    }

    /// Knows somebody who may join, too.
    pub fn meet(&mut self, newcomer: &Newcomer) {
        let hand = Hand {
            key: newcomer.key(),
            account: newcomer.account(),
        };
        self.hands.insert(newcomer.vote_key().public_key(), hand);
    }

    /// As many of a set's authorities as it takes to decide: two thirds of them, rounded up.
    ///
    /// # Panics
    ///
    /// When a validator's authority is not known.
    pub fn quorum(&self, set: &ValidatorSet) -> Vec<Hand> {
        let members = set.members();
        let needed = (2 * members.len()).div_ceil(3);
        let hand = |key| self.hands.get(key).expect("an authority of the test");
        let hands = members.iter().map(|member| hand(&member.key).clone());
        hands.take(needed).collect()
    }
}
