//! What the records of a genesis must keep before a chain starts from them.

use std::collections::{BTreeMap, BTreeSet};

use theriac_crypto::{Digest, PublicKey, PublicKeyError};
use theriac_gs1::CompanyPrefix;

use super::{Anchor, GenesisAccount, GenesisKey, GenesisOrganisation, GenesisRecords};
use crate::constants::{PREFIX_BUCKET_MAX, PROTOCOL};
use crate::identifier::{AccountId, OrganisationId};
use crate::record::{KeyPurpose, ParametersError, PrefixBucket, Role, Roles};

/// Why no chain can start from a genesis.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GenesisError {
    /// Another version of the formats.
    #[error("the anchor has protocol {found}; this version knows {PROTOCOL}")]
    Protocol {
        /// Version found.
        found: u32,
    },
    /// A key that no signature proves anything under.
    #[error("key {key} cannot be registered")]
    Key {
        /// The key.
        key: PublicKey,
        /// Why.
        source: PublicKeyError,
    },
    /// The salt blinds nothing.
    #[error("the salt is zero; it must be 32 random bytes")]
    Salt,
    /// A list out of order or with a repeated item.
    #[error("{list} must be ascending and each named once (at {index})")]
    Order {
        /// Which list.
        list: &'static str,
        /// Position of the item, from zero.
        index: usize,
    },
    /// A name that is empty.
    #[error("{what} {id} has no name")]
    NoName {
        /// Organisation or account.
        what: &'static str,
        /// Its id.
        id: Digest,
    },
    /// Two organisations whose numbers could be the same.
    #[error("company prefixes {first} and {second} of two organisations overlap")]
    PrefixOverlap {
        /// One of them.
        first: CompanyPrefix,
        /// The other.
        second: CompanyPrefix,
    },
    /// An account of an organisation that is not in the records.
    #[error("account {account} belongs to an organisation that is not in the records")]
    UnknownOrganisation {
        /// The account.
        account: AccountId,
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
    /// A key of an account that is not in the records.
    #[error("key {key} acts for an account that is not in the records")]
    UnknownAccount {
        /// The key.
        key: PublicKey,
    },
    /// Too many prefixes that begin alike.
    #[error(
        "more than {PREFIX_BUCKET_MAX} company prefixes begin with the same four digits as {prefix}"
    )]
    TooManyPrefixes {
        /// The first that has no room.
        prefix: CompanyPrefix,
    },
    /// Parameters out of bounds.
    #[error(transparent)]
    Parameters(#[from] ParametersError),
    /// A validator that no authority has registered.
    #[error(
        "validator {key} is not among the keys to vote with of an account with the role authority"
    )]
    Validator {
        /// The key that votes.
        key: PublicKey,
    },
    /// A key for nothing.
    #[error("key {key} has no purpose")]
    NoPurpose {
        /// The key.
        key: PublicKey,
    },
}

impl GenesisRecords {
    /// Checks the records and the anchor they belong to. Whether the anchor's `state_root` is that
    /// of [`GenesisRecords::state`] is for whoever has the state tree.
    pub fn check(&self, anchor: &Anchor) -> Result<(), GenesisError> {
        if anchor.protocol != PROTOCOL {
            let found = anchor.protocol;
            return Err(GenesisError::Protocol { found });
        }
        anchor.parameters.check()?;
        self.check_records()?;
        let validators = anchor.validators.members().iter();
        validators
            .map(|validator| validator.key)
            .try_for_each(|key| self.check_validator(key))
    }

    /// Changes are approved by the organisations that run validators: each must be known.
    fn check_validator(&self, key: PublicKey) -> Result<(), GenesisError> {
        check_key(key)?;
        let record = self.keys.iter().find(|record| record.key == key);
        let account = record
            .filter(|record| record.purposes.contains(&KeyPurpose::Vote))
            .and_then(|record| self.accounts.iter().find(|item| item.id == record.account));
        if account.is_some_and(|account| account.roles.contains(Role::Authority)) {
            Ok(())
        } else {
            Err(GenesisError::Validator { key })
        }
    }

    /// Checks the records alone, as a ceremony does before there is an anchor.
    pub fn check_records(&self) -> Result<(), GenesisError> {
        if self.salt == Digest::ZERO {
            return Err(GenesisError::Salt);
        }
        ascending("organisations", &self.organisations, |item| item.id)?;
        ascending("accounts", &self.accounts, |item| item.id)?;
        ascending("keys", &self.keys, |item| item.key)?;
        self.organisations.iter().try_for_each(check_organisation)?;
        self.check_prefixes()?;
        let organisations: BTreeMap<OrganisationId, &Roles> = self
            .organisations
            .iter()
            .map(|organisation| (organisation.id, &organisation.roles))
            .collect();
        for account in &self.accounts {
            check_account(account, &organisations)?;
        }
        let accounts: BTreeSet<AccountId> = self.accounts.iter().map(|item| item.id).collect();
        for key in &self.keys {
            check_key_record(key, &accounts)?;
        }
        Ok(())
    }

    fn check_prefixes(&self) -> Result<(), GenesisError> {
        let mut prefixes: Vec<(CompanyPrefix, OrganisationId)> = Vec::new();
        for organisation in &self.organisations {
            prefixes.extend(
                organisation
                    .gs1_prefixes
                    .iter()
                    .map(|p| (*p, organisation.id)),
            );
        }
        prefixes.sort_unstable();
        prefixes.dedup();
        let mut counts: BTreeMap<PrefixBucket, usize> = BTreeMap::new();
        for (prefix, _) in &prefixes {
            let count = counts.entry(PrefixBucket::of(prefix)).or_default();
            *count = count.saturating_add(1);
            if *count > PREFIX_BUCKET_MAX {
                let prefix = *prefix;
                return Err(GenesisError::TooManyPrefixes { prefix });
            }
        }
        // Sorted by text, everything that begins with a prefix follows it without a gap.
        for (index, (first, owner)) in prefixes.iter().enumerate() {
            for (second, other) in prefixes.iter().skip(index + 1) {
                if !second.as_bytes().starts_with(first.as_bytes()) {
                    break;
                }
                if owner != other {
                    let (first, second) = (*first, *second);
                    return Err(GenesisError::PrefixOverlap { first, second });
                }
            }
        }
        Ok(())
    }
}

fn check_organisation(organisation: &GenesisOrganisation) -> Result<(), GenesisError> {
    if organisation.legal_name.as_str().is_empty() {
        let (what, id) = ("organisation", organisation.id.0);
        return Err(GenesisError::NoName { what, id });
    }
    ascending("licences", &organisation.licences, Clone::clone)?;
    ascending("company prefixes", &organisation.gs1_prefixes, |item| *item)
}

fn check_account(
    account: &GenesisAccount,
    organisations: &BTreeMap<OrganisationId, &Roles>,
) -> Result<(), GenesisError> {
    let id = account.id;
    if account.name.as_str().is_empty() {
        let what = "account";
        return Err(GenesisError::NoName { what, id: id.0 });
    }
    let roles = organisations
        .get(&account.organisation)
        .ok_or(GenesisError::UnknownOrganisation { account: id })?;
    if !account.roles.is_subset(roles) {
        return Err(GenesisError::Roles { account: id });
    }
    if account.place.is_on_earth() {
        Ok(())
    } else {
        Err(GenesisError::Place { account: id })
    }
}

fn check_key_record(key: &GenesisKey, accounts: &BTreeSet<AccountId>) -> Result<(), GenesisError> {
    check_key(key.key)?;
    if !accounts.contains(&key.account) {
        return Err(GenesisError::UnknownAccount { key: key.key });
    }
    if key.purposes.is_empty() {
        return Err(GenesisError::NoPurpose { key: key.key });
    }
    ascending("purposes", &key.purposes, |item| *item)
}

fn check_key(key: PublicKey) -> Result<(), GenesisError> {
    key.check()
        .map_err(|source| GenesisError::Key { key, source })
}

fn ascending<T, K: Ord>(
    list: &'static str,
    items: &[T],
    key: impl Fn(&T) -> K,
) -> Result<(), GenesisError> {
    match items
        .windows(2)
        .position(|pair| key(&pair[0]) >= key(&pair[1]))
    {
        Some(index) => Err(GenesisError::Order {
            list,
            index: index + 1,
        }),
        None => Ok(()),
    }
}
