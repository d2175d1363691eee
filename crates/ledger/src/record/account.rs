//! Accounts: an organisation at one of its premises. Custody belongs to accounts.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_gs1::Gln;

use super::{History, Roles, record};
use crate::action::Country;
use crate::constants::NAME_BYTES_MAX;
use crate::encoding::BoundedText;
use crate::identifier::OrganisationId;

/// A point on earth, in units of 10⁻⁴ degrees.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
pub struct Place {
    /// North positive, -900000 to 900000.
    pub latitude: i32,
    /// East positive, -1800000 to 1800000.
    pub longitude: i32,
}

impl Place {
    /// Whether there is such a point.
    pub fn is_on_earth(&self) -> bool {
        (-900_000..=900_000).contains(&self.latitude)
            && (-1_800_000..=1_800_000).contains(&self.longitude)
    }
}

/// Whether an account may be used.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum AccountState {
    /// In use.
    Open = 0,
    /// Closed.
    Closed = 1,
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Nothing of an account is public.
    pub public: (),
    /// Private half.
    pub private: AccountPrivate,
}

/// What members know of an account.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct AccountPrivate {
    /// Whose it is.
    pub organisation: OrganisationId,
    /// The premises.
    pub gln: Gln,
    /// Name of the premises.
    pub name: BoundedText<NAME_BYTES_MAX>,
    /// Where they are.
    pub place: Place,
    /// Country of the premises.
    pub country: Country,
    /// Roles: a subset of the organisation's.
    pub roles: Roles,
    /// Open or closed.
    pub state: AccountState,
    /// History.
    pub history: History,
}

record!(Account, (), AccountPrivate);
