//! Organisations and accounts as a change brings them in.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_gs1::{CompanyPrefix, Gln};

use super::NewKey;
use crate::action::Country;
use crate::constants::{
    ADMITTED_ACCOUNTS_MAX, ADMITTED_KEYS_MAX, LICENCES_MAX, NAME_BYTES_MAX, PREFIXES_MAX,
    TEXT_BYTES_MAX,
};
use crate::encoding::{BoundedList, BoundedText};
use crate::identifier::{AccountId, OrganisationId};
use crate::record::{Place, Roles};

/// An organisation that joins, with what it needs for its first hand-over.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewOrganisation {
    /// Its id: 32 random bytes.
    pub organisation: OrganisationId,
    /// Legal name.
    pub legal_name: BoundedText<NAME_BYTES_MAX>,
    /// Roles.
    pub roles: Roles,
    /// Licence numbers: ascending.
    pub licences: BoundedList<BoundedText<TEXT_BYTES_MAX>, LICENCES_MAX>,
    /// GS1 company prefixes: ascending.
    pub gs1_prefixes: BoundedList<CompanyPrefix, PREFIXES_MAX>,
    /// Where its services answer.
    pub service_address: BoundedText<TEXT_BYTES_MAX>,
    /// Its first accounts: ascending by id.
    pub accounts: BoundedList<NewAccount, ADMITTED_ACCOUNTS_MAX>,
    /// Their first keys: ascending.
    pub keys: BoundedList<NewKey, ADMITTED_KEYS_MAX>,
}

/// An account that is opened.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAccount {
    /// Its id: 32 random bytes.
    pub account: AccountId,
    /// The premises.
    pub gln: Gln,
    /// Name of the premises.
    pub name: BoundedText<NAME_BYTES_MAX>,
    /// Where they are.
    pub place: Place,
    /// Country of the premises.
    pub country: Country,
    /// Roles: some of the organisation's.
    pub roles: Roles,
}

/// An account that an organisation gets besides those that it has.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountOpening {
    /// Whose it is.
    pub organisation: OrganisationId,
    /// The account.
    pub opened: NewAccount,
}

/// What an organisation is after the change; its standing and its name stay.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganisationUpdate {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Roles. An account keeps its own, and may use those that both have.
    pub roles: Roles,
    /// Licence numbers: ascending.
    pub licences: BoundedList<BoundedText<TEXT_BYTES_MAX>, LICENCES_MAX>,
    /// GS1 company prefixes that come to those it has: ascending. None is ever taken away, because
    /// products stay registered under it.
    pub added_prefixes: BoundedList<CompanyPrefix, PREFIXES_MAX>,
    /// Where its services answer.
    pub service_address: BoundedText<TEXT_BYTES_MAX>,
}
