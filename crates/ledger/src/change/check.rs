//! What can be judged of a change without any state.

use theriac_crypto::{PublicKey, PublicKeyError, SignatureError};

use super::{
    AccountOpening, Change, KeyRotation, NewAccount, NewKey, NewOrganisation, NewValidator,
    OrganisationUpdate, SeatError,
};
use crate::encoding::disorder;
use crate::identifier::{AccountId, ChainId};
use crate::record::{KeyPurpose, ParametersError, Roles};

/// Why a change is refused without a look at the state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// A name that is empty.
    #[error("the {what} has no name")]
    NoName {
        /// Organisation or account.
        what: &'static str,
    },
    /// A list out of order or with a repeated item.
    #[error("{list} must be ascending and each named once (at {index})")]
    Order {
        /// Which list.
        list: &'static str,
        /// Position of the item, from zero.
        index: usize,
    },
    /// An account with a role that its organisation lacks.
    #[error("account {account} has a role that its organisation does not have")]
    Roles {
        /// The account.
        account: AccountId,
    },
    /// A point that is not on earth.
    #[error("the place of account {account} is out of range")]
    Place {
        /// The account.
        account: AccountId,
    },
    /// A key of an account that does not join.
    #[error("key {key} acts for an account that does not join with it")]
    KeyAccount {
        /// The key.
        key: PublicKey,
    },
    /// A key under which signatures prove nothing.
    #[error("key {key} cannot be registered")]
    Key {
        /// The key.
        key: PublicKey,
        /// Why.
        source: PublicKeyError,
    },
    /// Nobody has proven to hold the key.
    #[error("the proof that somebody holds key {key} for this account is not valid")]
    Possession {
        /// The key.
        key: PublicKey,
        /// Why.
        source: SignatureError,
    },
    /// A key for nothing, or for what does not go together.
    #[error("key {key} cannot be for these purposes")]
    Purposes {
        /// The key.
        key: PublicKey,
    },
    /// A key in its own place.
    #[error("key {key} cannot be replaced by itself")]
    SameKey {
        /// The key.
        key: PublicKey,
    },
    /// A vote without weight.
    #[error("the validator's power is zero")]
    Power,
    /// A validator that cannot be found there.
    #[error(transparent)]
    Seat(#[from] SeatError),
    /// Parameters out of bounds.
    #[error(transparent)]
    Parameters(#[from] ParametersError),
}

impl ChangeError {
    /// A stable code in snake case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoName { .. } => "change_without_name",
            Self::Order { .. } => "change_order",
            Self::Roles { .. } => "account_roles",
            Self::Place { .. } => "account_place",
            Self::KeyAccount { .. } => "key_of_other_account",
            Self::Key { .. } => "weak_key",
            Self::Possession { .. } => "possession_not_proven",
            Self::Purposes { .. } => "key_purposes",
            Self::SameKey { .. } => "same_key",
            Self::Power => "validator_without_power",
            Self::Seat(_) => "validator_seat",
            Self::Parameters(_) => "parameter_out_of_bounds",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoName { .. } => "give the name",
            Self::Order { .. } => "sort the list and name each once",
            Self::Roles { .. } => "give the account only roles that the organisation has",
            Self::Place { .. } => "give degrees north from -90 to 90 and east from -180 to 180",
            Self::KeyAccount { .. } => "name an account of the same organisation",
            Self::Key { .. } | Self::SameKey { .. } => "make a new key",
            Self::Possession { .. } => {
                "let whoever holds the key prove it anew, for this chain, this account and these purposes"
            }
            Self::Purposes { .. } => {
                "give at least one purpose; a key that recovers is for nothing else, and a key that votes comes with its validator"
            }
            Self::Power => "give it a power of at least 1",
            Self::Seat(_) => {
                "give a network key, an address and port such as 192.0.2.1:8601, and an interface such as https://node.example"
            }
            Self::Parameters(_) => "give a value within the bounds",
        }
    }
}

impl Change {
    /// Judges a change alone: order, bounds, keys and proofs of possession for a chain.
    ///
    /// # Errors
    ///
    /// [`ChangeError`].
    pub fn check(&self, chain: &ChainId) -> Result<(), ChangeError> {
        match self {
            Self::AdmitOrganisation(new) => check_organisation(new, chain),
            Self::UpdateOrganisation(update) => check_update(update),
            Self::OpenAccount(AccountOpening { opened, .. }) => check_account(opened),
            Self::RegisterKey(new) => check_key(new, chain),
            Self::RotateKey(KeyRotation { old, new }) => {
                if *old == new.key {
                    return Err(ChangeError::SameKey { key: *old });
                }
                check_key(new, chain)
            }
            Self::AddValidator(new) => check_validator(new, chain),
            Self::UpdateSeat(update) => Ok(update.seat.check()?),
            Self::SetParameters { parameters } => Ok(parameters.check()?),
            Self::SuspendOrganisation { .. }
            | Self::RestoreOrganisation { .. }
            | Self::CloseAccount { .. }
            | Self::ReopenAccount { .. }
            | Self::RetireKey { .. }
            | Self::RevokeKey(_)
            | Self::RemoveValidator { .. }
            | Self::SetProtocol { .. } => Ok(()),
        }
    }
}

fn check_organisation(new: &NewOrganisation, chain: &ChainId) -> Result<(), ChangeError> {
    if new.legal_name.as_str().is_empty() {
        let what = "organisation";
        return Err(ChangeError::NoName { what });
    }
    ascending("licences", &new.licences)?;
    ascending("company prefixes", &new.gs1_prefixes)?;
    let accounts: Vec<AccountId> = new.accounts.iter().map(|item| item.account).collect();
    ascending("accounts", &accounts)?;
    let keys: Vec<PublicKey> = new.keys.iter().map(|item| item.key).collect();
    ascending("keys", &keys)?;
    for account in &new.accounts {
        check_account(account)?;
        check_roles(account, &new.roles)?;
    }
    for key in &new.keys {
        if accounts.binary_search(&key.account).is_err() {
            return Err(ChangeError::KeyAccount { key: key.key });
        }
        check_key(key, chain)?;
    }
    Ok(())
}

fn check_update(update: &OrganisationUpdate) -> Result<(), ChangeError> {
    ascending("licences", &update.licences)?;
    ascending("company prefixes", &update.added_prefixes)
}

fn check_account(account: &NewAccount) -> Result<(), ChangeError> {
    if account.name.as_str().is_empty() {
        return Err(ChangeError::NoName { what: "account" });
    }
    if account.place.is_on_earth() {
        Ok(())
    } else {
        let account = account.account;
        Err(ChangeError::Place { account })
    }
}

fn check_roles(account: &NewAccount, roles: &Roles) -> Result<(), ChangeError> {
    if account.roles.is_subset(roles) {
        return Ok(());
    }
    let account = account.account;
    Err(ChangeError::Roles { account })
}

fn check_key(new: &NewKey, chain: &ChainId) -> Result<(), ChangeError> {
    let key = new.key;
    let is_mixed = new.purposes.contains(&KeyPurpose::Recovery) && new.purposes.len() > 1;
    if new.purposes.is_empty() || is_mixed || new.purposes.contains(&KeyPurpose::Vote) {
        return Err(ChangeError::Purposes { key });
    }
    ascending("purposes", &new.purposes)?;
    check_held(new, chain)
}

fn check_validator(new: &NewValidator, chain: &ChainId) -> Result<(), ChangeError> {
    if new.power == 0 {
        return Err(ChangeError::Power);
    }
    new.seat.check()?;
    check_held(&new.key(), chain)
}

fn check_held(new: &NewKey, chain: &ChainId) -> Result<(), ChangeError> {
    let key = new.key;
    key.check()
        .map_err(|source| ChangeError::Key { key, source })?;
    new.verify(chain)
        .map_err(|source| ChangeError::Possession { key, source })
}

fn ascending<T: Ord>(list: &'static str, items: &[T]) -> Result<(), ChangeError> {
    match disorder(items) {
        Some(index) => Err(ChangeError::Order { list, index }),
        None => Ok(()),
    }
}
