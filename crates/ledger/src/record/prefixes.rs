//! Who has which GS1 company prefix.

use borsh::{BorshDeserialize, BorshSerialize};
use theriac_gs1::CompanyPrefix;

use super::{History, record};
use crate::constants::PREFIX_BUCKET_MAX;
use crate::encoding::BoundedList;
use crate::identifier::OrganisationId;

/// The company prefixes that begin with the same four digits: of two that overlap, both are here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefixes {
    /// Nothing of it is public; an organisation's own prefixes are.
    pub public: (),
    /// Private half.
    pub private: PrefixesPrivate,
}

/// What members know of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct PrefixesPrivate {
    /// Prefixes and whose they are: ascending.
    pub owners: BoundedList<(CompanyPrefix, OrganisationId), PREFIX_BUCKET_MAX>,
    /// History.
    pub history: History,
}

/// The first four digits of a company prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct PrefixBucket(pub [u8; 4]);

impl PrefixBucket {
    /// Where a prefix stands. None has fewer than four digits.
    pub fn of(prefix: &CompanyPrefix) -> Self {
        let mut digits = [b'0'; 4];
        for (digit, found) in digits.iter_mut().zip(prefix.as_bytes()) {
            *digit = *found;
        }
        Self(digits)
    }
}

impl PrefixesPrivate {
    /// The prefix of another organisation that overlaps with one: it begins with it, or the other way
    /// round.
    pub fn overlap(
        &self,
        prefix: &CompanyPrefix,
        organisation: &OrganisationId,
    ) -> Option<CompanyPrefix> {
        let digits = prefix.as_bytes();
        self.owners
            .iter()
            .filter(|(_, owner)| owner != organisation)
            .map(|(other, _)| *other)
            .find(|other| {
                other.as_bytes().starts_with(digits) || digits.starts_with(other.as_bytes())
            })
    }
}

record!(Prefixes, (), PrefixesPrivate);
