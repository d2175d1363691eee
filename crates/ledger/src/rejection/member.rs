//! Rejections by what is to be changed: organisations, accounts, keys, validators.

use theriac_crypto::PublicKey;
use theriac_gs1::CompanyPrefix;

use crate::constants::{PREFIX_BUCKET_MAX, PROTOCOL, VALIDATORS_MAX};
use crate::identifier::{AccountId, OrganisationId, Timestamp};

/// What is to be changed stands against it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MemberRejection {
    /// The id is taken.
    #[error("organisation {organisation} exists already")]
    OrganisationExists {
        /// The organisation.
        organisation: OrganisationId,
    },
    /// No such organisation.
    #[error("there is no organisation {organisation}")]
    UnknownOrganisation {
        /// The organisation.
        organisation: OrganisationId,
    },
    /// Suspended already.
    #[error("organisation {organisation} is suspended already")]
    AlreadySuspended {
        /// The organisation.
        organisation: OrganisationId,
    },
    /// In good standing.
    #[error("organisation {organisation} is not suspended")]
    NotSuspended {
        /// The organisation.
        organisation: OrganisationId,
    },
    /// Another organisation's numbers could be the same.
    #[error("company prefix {prefix} overlaps with {other} of another organisation")]
    PrefixTaken {
        /// The prefix.
        prefix: CompanyPrefix,
        /// The other organisation's.
        other: CompanyPrefix,
    },
    /// No room for another prefix.
    #[error(
        "{PREFIX_BUCKET_MAX} company prefixes begin with the same four digits as {prefix}, or the organisation has too many"
    )]
    TooManyPrefixes {
        /// The prefix.
        prefix: CompanyPrefix,
    },
    /// The id is taken.
    #[error("account {account} exists already")]
    AccountExists {
        /// The account.
        account: AccountId,
    },
    /// No such account.
    #[error("there is no account {account}")]
    UnknownAccount {
        /// The account.
        account: AccountId,
    },
    /// Closed.
    #[error("account {account} is closed")]
    AccountClosed {
        /// The account.
        account: AccountId,
    },
    /// Open.
    #[error("account {account} is open")]
    AccountOpen {
        /// The account.
        account: AccountId,
    },
    /// A role that the organisation lacks.
    #[error("account {account} would have a role that its organisation does not have")]
    AccountRoles {
        /// The account.
        account: AccountId,
    },
    /// Registered before, now or once.
    #[error("key {key} is registered already, or was once")]
    KeyRegistered {
        /// The key.
        key: PublicKey,
    },
    /// No such key.
    #[error("key {key} is not registered")]
    UnknownKey {
        /// The key.
        key: PublicKey,
    },
    /// It no longer counts.
    #[error("key {key} has ended already")]
    KeyEnded {
        /// The key.
        key: PublicKey,
    },
    /// It votes.
    #[error("key {key} is for votes")]
    KeyVotes {
        /// The key.
        key: PublicKey,
    },
    /// The new key is for something else, or for somebody else.
    #[error("the new key is not for the same account and purposes as {old}")]
    KeyDiffers {
        /// The key to be replaced.
        old: PublicKey,
    },
    /// In the future.
    #[error("the key would be compromised since {since}, and the block's time is {time}")]
    CompromisedInFuture {
        /// Since when.
        since: Timestamp,
        /// The block's time.
        time: Timestamp,
    },
    /// The account runs no validator.
    #[error("account {account} is not an open account of an authority in good standing")]
    NoAuthority {
        /// The account.
        account: AccountId,
    },
    /// No such validator.
    #[error("{validator} is not a validator now")]
    UnknownValidator {
        /// The key that votes.
        validator: PublicKey,
    },
    /// Two validators cannot be known by one key.
    #[error("network key {network_key} is that of another validator")]
    NetworkKeyTaken {
        /// The key.
        network_key: PublicKey,
    },
    /// No room for another validator.
    #[error(
        "there would be more than {VALIDATORS_MAX} validators, or more power than can be summed"
    )]
    TooManyValidators,
    /// Too few would be left.
    #[error("{left} validators would be left; at least {least} must be")]
    TooFewValidators {
        /// Validators left.
        left: u16,
        /// Validators that must be left.
        least: u16,
    },
    /// More than may be faulty at once.
    #[error("power {changed} would change at once; at most {allowed} may")]
    TooMuchPower {
        /// Power that is added or removed.
        changed: u64,
        /// Power that may be.
        allowed: u64,
    },
    /// The block changes them already.
    #[error("this block changes the validators already")]
    ValidatorsBusy,
    /// Nobody could know what it means.
    #[error("this version of the software knows protocol {PROTOCOL}, and not {protocol}")]
    UnknownProtocol {
        /// The version named.
        protocol: u32,
    },
}

impl MemberRejection {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OrganisationExists { .. } => "organisation_exists",
            Self::UnknownOrganisation { .. } => "unknown_organisation",
            Self::AlreadySuspended { .. } => "already_suspended",
            Self::NotSuspended { .. } => "not_suspended",
            Self::PrefixTaken { .. } => "prefix_taken",
            Self::TooManyPrefixes { .. } => "too_many_prefixes",
            Self::AccountExists { .. } => "account_exists",
            Self::UnknownAccount { .. } => "unknown_account",
            Self::AccountClosed { .. } => "named_account_closed",
            Self::AccountOpen { .. } => "account_open",
            Self::AccountRoles { .. } => "account_roles",
            Self::KeyRegistered { .. } => "key_registered",
            Self::UnknownKey { .. } => "named_key_unknown",
            Self::KeyEnded { .. } => "key_ended",
            Self::KeyVotes { .. } => "key_votes",
            Self::KeyDiffers { .. } => "key_differs",
            Self::CompromisedInFuture { .. } => "compromised_in_future",
            Self::NoAuthority { .. } => "no_authority",
            Self::UnknownValidator { .. } => "unknown_validator",
            Self::NetworkKeyTaken { .. } => "network_key_taken",
            Self::TooManyValidators => "too_many_validators",
            Self::TooFewValidators { .. } => "too_few_validators",
            Self::TooMuchPower { .. } => "too_much_power",
            Self::ValidatorsBusy => "validators_busy",
            Self::UnknownProtocol { .. } => "unknown_protocol",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::OrganisationExists { .. } | Self::AccountExists { .. } => {
                "take a new id of 32 random bytes"
            }
            Self::UnknownOrganisation { .. }
            | Self::UnknownAccount { .. }
            | Self::UnknownKey { .. }
            | Self::UnknownValidator { .. } => "check the id",
            Self::AlreadySuspended { .. }
            | Self::NotSuspended { .. }
            | Self::AccountOpen { .. }
            | Self::KeyEnded { .. } => "nothing is left to do",
            Self::PrefixTaken { .. } => {
                "ask GS1 whose prefix it is, and leave it out or correct it"
            }
            Self::TooManyPrefixes { .. } => "leave out prefixes that no product or unit needs",
            Self::AccountClosed { .. } => "reopen the account first, or name an open one",
            Self::AccountRoles { .. } => "give the organisation the role first, or leave it out",
            Self::KeyRegistered { .. } => "make a new key: none is ever used again",
            Self::KeyVotes { .. } => "remove the validator, and add it again with another key",
            Self::KeyDiffers { .. } => {
                "give the new key the account and the purposes of the old one"
            }
            Self::CompromisedInFuture { .. } => "name the time since when others may hold the key",
            Self::NoAuthority { .. } => "name an open account with the role authority",
            Self::NetworkKeyTaken { .. } => "give the node a network key of its own",
            Self::TooManyValidators => "remove a validator first",
            Self::TooFewValidators { .. } => {
                "add another validator first, or lower the parameter validators_min"
            }
            Self::TooMuchPower { .. } => {
                "change validators one after the other, or give it less power"
            }
            Self::ValidatorsBusy => "send it again: the next block has room",
            Self::UnknownProtocol { .. } => {
                "install a version of the software that knows it on every node first"
            }
        }
    }
}
