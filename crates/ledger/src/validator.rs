//! Validators: the keys with a vote. An authority is the organisation that runs one.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_crypto::{Digest, PublicKey};

use crate::action::{ActionBody, ActionKind};
use crate::change::Change;
use crate::constants::VALIDATORS_MAX;
use crate::encoding::{BoundedList, digest_of};
use crate::transaction::SignedTransaction;

/// A key with a vote.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
pub struct Validator {
    /// The key that signs votes.
    pub key: PublicKey,
    /// Its weight; never zero.
    pub power: u64,
}

/// The validators of a height: ascending by key, each once, at least one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, BorshSerialize, Serialize)]
#[serde(transparent)]
pub struct ValidatorSet(BoundedList<Validator, VALIDATORS_MAX>);

/// Why a list is no validator set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ValidatorSetError {
    /// None, or too many.
    #[error("a validator set has 1 to {VALIDATORS_MAX} members, not {found}")]
    Size {
        /// Members found.
        found: usize,
    },
    /// Not ascending by key.
    #[error("validators must be ascending by key and each named once (at {index})")]
    Order {
        /// Position, from zero.
        index: usize,
    },
    /// No weight, or more than can be summed.
    #[error("voting power must be positive and its sum below 2^63")]
    Power,
}

/// Whether `power` is more than two thirds of `total`.
pub fn is_quorum(power: u64, total: u64) -> bool {
    u128::from(power) * 3 > u128::from(total) * 2
}

impl ValidatorSet {
    /// The set of these validators, in any order.
    pub fn new(mut validators: Vec<Validator>) -> Result<Self, ValidatorSetError> {
        validators.sort_unstable_by_key(|validator| validator.key);
        Self::from_sorted(validators)
    }

    fn from_sorted(validators: Vec<Validator>) -> Result<Self, ValidatorSetError> {
        let found = validators.len();
        if let Some(index) = validators
            .windows(2)
            .position(|pair| pair[0].key >= pair[1].key)
        {
            return Err(ValidatorSetError::Order { index: index + 1 });
        }
        let mut sum = 0u64;
        for validator in &validators {
            sum = sum
                .checked_add(validator.power)
                .filter(|sum| validator.power > 0 && *sum < 1 << 63)
                .ok_or(ValidatorSetError::Power)?;
        }
        let list = BoundedList::new(validators).map_err(|_| ValidatorSetError::Size { found })?;
        if list.is_empty() {
            return Err(ValidatorSetError::Size { found });
        }
        Ok(Self(list))
    }

    /// The validators, ascending by key.
    pub fn members(&self) -> &[Validator] {
        &self.0
    }

    /// The validator of a key.
    pub fn find(&self, key: &PublicKey) -> Option<&Validator> {
        self.0
            .binary_search_by_key(key, |validator| validator.key)
            .ok()
            .map(|index| &self.0[index])
    }

    /// Sum of all weights.
    pub fn total_power(&self) -> u64 {
        self.0.iter().map(|validator| validator.power).sum()
    }

    /// Whether `power` is more than two thirds of the whole.
    pub fn is_quorum(&self, power: u64) -> bool {
        is_quorum(power, self.total_power())
    }

    /// The set after a block with these transactions; none where it stays the same. It follows from the
    /// transactions alone, as far as they were executed: whoever did not execute them compares the digest with
    /// the header's.
    pub fn after(&self, transactions: &[SignedTransaction]) -> Option<Self> {
        let mut members = self.members().to_vec();
        for signed in transactions {
            let action = &signed.transaction.action;
            if action.kind != ActionKind::EnactChange.number() {
                continue;
            }
            let Ok(ActionBody::EnactChange(enacted)) = action.decode() else {
                continue;
            };
            match enacted.change {
                Change::AddValidator(new) => members.push(Validator {
                    key: new.validator,
                    power: new.power,
                }),
                Change::RemoveValidator { validator } => {
                    members.retain(|member| member.key != validator);
                }
                _ => {}
            }
        }
        Self::new(members).ok().filter(|next| next != self)
    }

    /// `digest("validators", borsh(set))`.
    pub fn digest(&self) -> Digest {
        digest_of("validators", self)
    }
}

impl BorshDeserialize for ValidatorSet {
    fn deserialize_reader<R: std::io::Read>(reader: &mut R) -> std::io::Result<Self> {
        let list = BoundedList::<Validator, VALIDATORS_MAX>::deserialize_reader(reader)?;
        Self::from_sorted(list.into_inner()).map_err(crate::encoding::invalid)
    }
}

impl<'de> Deserialize<'de> for ValidatorSet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list: BoundedList<Validator, VALIDATORS_MAX> = Deserialize::deserialize(deserializer)?;
        Self::from_sorted(list.into_inner()).map_err(serde::de::Error::custom)
    }
}
