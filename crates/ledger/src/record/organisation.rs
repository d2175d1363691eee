//! Organisations: members of the consortium.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_gs1::CompanyPrefix;

use super::{History, record};
use crate::constants::{LICENCES_MAX, NAME_BYTES_MAX, PREFIXES_MAX, TEXT_BYTES_MAX};
use crate::encoding::{BoundedList, BoundedText, invalid};

/// What an organisation, or one of its accounts, may do.
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
#[serde(rename_all = "snake_case")]
#[borsh(use_discriminant = true)]
#[repr(u8)]
pub enum Role {
    /// Makes medicines.
    Manufacturer = 0,
    /// Moves medicines.
    Distributor = 1,
    /// Supplies medicines to patients.
    Pharmacy = 2,
    /// Oversees.
    Regulator = 3,
    /// Runs a validator.
    Authority = 4,
    /// Destroys medicines.
    Disposal = 5,
}

impl Role {
    /// Whether an account with this role may hold medicine.
    pub fn may_hold_medicine(self) -> bool {
        matches!(
            self,
            Self::Manufacturer | Self::Distributor | Self::Pharmacy | Self::Disposal
        )
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Manufacturer => "manufacturer",
            Self::Distributor => "distributor",
            Self::Pharmacy => "pharmacy",
            Self::Regulator => "regulator",
            Self::Authority => "authority",
            Self::Disposal => "disposal",
        })
    }
}

/// A set of roles: ascending, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, BorshSerialize, Serialize)]
#[serde(transparent)]
pub struct Roles(BoundedList<Role, 6>);

/// A list of roles names one twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("roles must be ascending and each named once")]
pub struct RolesError;

impl Roles {
    /// The set of these roles, in any order.
    pub fn new(mut roles: Vec<Role>) -> Result<Self, RolesError> {
        roles.sort_unstable();
        Self::from_sorted(roles)
    }

    fn from_sorted(roles: Vec<Role>) -> Result<Self, RolesError> {
        if roles.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(RolesError);
        }
        BoundedList::new(roles).map(Self).map_err(|_| RolesError)
    }

    /// Whether the role is in the set.
    pub fn contains(&self, role: Role) -> bool {
        self.0.contains(&role)
    }

    /// Whether every role of this set is in `other`.
    pub fn is_subset(&self, other: &Self) -> bool {
        self.0.iter().all(|role| other.contains(*role))
    }

    /// The roles, ascending.
    pub fn iter(&self) -> impl Iterator<Item = Role> {
        self.0.iter().copied()
    }

    /// Whether one of the roles may hold medicine.
    pub fn may_hold_medicine(&self) -> bool {
        self.iter().any(Role::may_hold_medicine)
    }
}

impl BorshDeserialize for Roles {
    fn deserialize_reader<R: std::io::Read>(reader: &mut R) -> std::io::Result<Self> {
        let list = BoundedList::<Role, 6>::deserialize_reader(reader)?;
        Self::from_sorted(list.into_inner()).map_err(invalid)
    }
}

impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Deserialize::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Whether an organisation is trusted with supply.
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
pub enum Standing {
    /// In good standing.
    Good = 0,
    /// Suspended: may only send back, unpack, lock, cancel, reject and decommission.
    Suspended = 1,
}

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Public half.
    pub public: OrganisationPublic,
    /// Private half.
    pub private: OrganisationPrivate,
}

/// What anyone may know of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
pub struct OrganisationPublic {
    /// Legal name.
    pub legal_name: BoundedText<NAME_BYTES_MAX>,
    /// Roles.
    pub roles: Roles,
    /// Licence numbers: ascending, each once.
    pub licences: BoundedList<BoundedText<TEXT_BYTES_MAX>, LICENCES_MAX>,
    /// Standing.
    pub standing: Standing,
    /// GS1 company prefixes: ascending, each once.
    pub gs1_prefixes: BoundedList<CompanyPrefix, PREFIXES_MAX>,
}

/// What members know of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OrganisationPrivate {
    /// Where its services answer, such as an HTTPS address.
    pub service_address: BoundedText<TEXT_BYTES_MAX>,
    /// History.
    pub history: History,
}

record!(Organisation, OrganisationPublic, OrganisationPrivate);
