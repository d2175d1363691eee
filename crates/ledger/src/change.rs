//! What the consortium decides about itself: who belongs to it, with which keys, who votes, and by which
//! parameters. A change is proposed, approved by authorities, and enacted; docs/ledger-format.md,
//! section 16.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_crypto::{Digest, Digester, PublicKey};

use crate::encoding::{digest_of, encode};
use crate::identifier::{AccountId, ChainId, OrganisationId};
use crate::record::{KeyPurpose, Parameters};

mod check;
mod key;
mod organisation;
mod validator;

pub use check::ChangeError;
pub use key::{KeyRevocation, KeyRotation, NewKey};
pub use organisation::{AccountOpening, NewAccount, NewOrganisation, OrganisationUpdate};
pub use validator::{NewValidator, Seat, SeatError, SeatUpdate};

/// One change. The order is part of the format: a kind is never moved or used again.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// Admits an organisation with its first accounts and keys.
    AdmitOrganisation(NewOrganisation),
    /// Suspends an organisation: it may only send back, unpack, lock, cancel, reject and decommission.
    SuspendOrganisation {
        /// The organisation.
        organisation: OrganisationId,
    },
    /// Ends a suspension.
    RestoreOrganisation {
        /// The organisation.
        organisation: OrganisationId,
    },
    /// Changes roles, licences, company prefixes or the address of an organisation.
    UpdateOrganisation(OrganisationUpdate),
    /// Opens an account of an organisation.
    OpenAccount(AccountOpening),
    /// Closes an account.
    CloseAccount {
        /// The account.
        account: AccountId,
    },
    /// Opens a closed account again.
    ReopenAccount {
        /// The account.
        account: AccountId,
    },
    /// Registers a key of an account.
    RegisterKey(NewKey),
    /// Replaces a key of an account by another one for the same purposes.
    RotateKey(KeyRotation),
    /// Ends a key that is no longer needed.
    RetireKey {
        /// The key.
        key: PublicKey,
    },
    /// Ends a key that others may hold; what it signed since then is disputed.
    RevokeKey(KeyRevocation),
    /// Gives a key a vote.
    AddValidator(NewValidator),
    /// Takes a vote away; the key is retired with it.
    RemoveValidator {
        /// The key that votes.
        validator: PublicKey,
    },
    /// Says where a validator is found.
    UpdateSeat(SeatUpdate),
    /// Replaces the parameters.
    SetParameters {
        /// The parameters after it.
        parameters: Parameters,
    },
    /// Moves the chain to another version of formats and rules.
    SetProtocol {
        /// The version.
        protocol: u32,
    },
}

/// Which threshold and notice period a change needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeClass {
    /// Organisations and accounts that join, or change.
    Membership,
    /// What must be fast: suspension and its end, closed accounts, revoked keys.
    Standing,
    /// Keys.
    Keys,
    /// Validators.
    Validators,
    /// Parameters and protocol.
    Parameters,
}

impl Change {
    /// Its class.
    pub fn class(&self) -> ChangeClass {
        match self {
            Self::AdmitOrganisation(_)
            | Self::UpdateOrganisation(_)
            | Self::OpenAccount(_)
            | Self::ReopenAccount { .. } => ChangeClass::Membership,
            Self::SuspendOrganisation { .. }
            | Self::RestoreOrganisation { .. }
            | Self::CloseAccount { .. }
            | Self::RevokeKey(_) => ChangeClass::Standing,
            Self::RegisterKey(_) | Self::RotateKey(_) | Self::RetireKey { .. } => ChangeClass::Keys,
            Self::AddValidator(_) | Self::RemoveValidator { .. } | Self::UpdateSeat(_) => {
                ChangeClass::Validators
            }
            Self::SetParameters { .. } | Self::SetProtocol { .. } => ChangeClass::Parameters,
        }
    }

    /// The name of its kind in texts and interfaces, in snake case.
    pub fn name(&self) -> &'static str {
        match self {
            Self::AdmitOrganisation(_) => "admit_organisation",
            Self::SuspendOrganisation { .. } => "suspend_organisation",
            Self::RestoreOrganisation { .. } => "restore_organisation",
            Self::UpdateOrganisation(_) => "update_organisation",
            Self::OpenAccount(_) => "open_account",
            Self::CloseAccount { .. } => "close_account",
            Self::ReopenAccount { .. } => "reopen_account",
            Self::RegisterKey(_) => "register_key",
            Self::RotateKey(_) => "rotate_key",
            Self::RetireKey { .. } => "retire_key",
            Self::RevokeKey(_) => "revoke_key",
            Self::AddValidator(_) => "add_validator",
            Self::RemoveValidator { .. } => "remove_validator",
            Self::UpdateSeat(_) => "update_seat",
            Self::SetParameters { .. } => "set_parameters",
            Self::SetProtocol { .. } => "set_protocol",
        }
    }

    /// `digest("change", borsh(Change))`.
    pub fn digest(&self) -> Digest {
        digest_of("change", self)
    }
}

/// The nonce of a proof of possession for a key that is registered after genesis:
/// `digest("registration", chain_id ‖ borsh(account, purposes))`. A proof therefore serves one chain, one
/// account and these purposes only.
pub fn registration_nonce(chain: &ChainId, account: &AccountId, purposes: &[KeyPurpose]) -> Digest {
    Digester::new("registration")
        .chain(chain.0.as_bytes())
        .chain(&encode(&(account, purposes)))
        .finish()
}
