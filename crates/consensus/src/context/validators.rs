//! Validators and who proposes.

use arc_malachitebft_app_channel::app::types::core::{self as malachite, Round, Validator};
use theriac_crypto::PublicKey;
use theriac_ledger::validator::ValidatorSet;

use super::{EngineHeight, TheriacContext};

/// A validator's address: its public key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Address(pub PublicKey);

impl std::fmt::Display for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl malachite::Address for Address {}

/// A key with a vote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineValidator {
    address: Address,
    power: u64,
}

impl Validator<TheriacContext> for EngineValidator {
    fn address(&self) -> &Address {
        &self.address
    }

    fn public_key(&self) -> &PublicKey {
        &self.address.0
    }

    fn voting_power(&self) -> u64 {
        self.power
    }
}

/// The validators of a height: ascending by key, at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EngineValidators {
    // Invariant: not empty, because a ledger set is not.
    members: Vec<EngineValidator>,
    total_power: u64,
}

impl From<&ValidatorSet> for EngineValidators {
    fn from(set: &ValidatorSet) -> Self {
        let members = set
            .members()
            .iter()
            .map(|validator| EngineValidator {
                address: Address(validator.key),
                power: validator.power,
            })
            .collect();
        Self {
            members,
            total_power: set.total_power(),
        }
    }
}

impl EngineValidators {
    /// Who proposes: the members in turn, by (height + round); total over all heights and rounds.
    pub fn proposer(&self, height: EngineHeight, round: Round) -> &EngineValidator {
        let count = self.members.len();
        let turn = |number: u64| {
            let count = u64::try_from(count).expect("a set has at most 64 members");
            usize::try_from(number % count).expect("less than the number of members")
        };
        let round = u64::from(round.as_u32().unwrap_or(0));
        &self.members[(turn(height.0) + turn(round)) % count]
    }
}

impl malachite::ValidatorSet<TheriacContext> for EngineValidators {
    fn count(&self) -> usize {
        self.members.len()
    }

    fn total_voting_power(&self) -> u64 {
        self.total_power
    }

    fn get_by_address(&self, address: &Address) -> Option<&EngineValidator> {
        let index = self
            .members
            .binary_search_by_key(address, |member| member.address)
            .ok()?;
        self.get_by_index(index)
    }

    fn get_by_index(&self, index: usize) -> Option<&EngineValidator> {
        self.members.get(index)
    }
}
