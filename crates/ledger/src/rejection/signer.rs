//! Rejections by who signed.

use theriac_crypto::PublicKey;

use crate::identifier::AccountId;
use crate::record::Role;

/// Not by this signer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignerRejection {
    /// No record of the key.
    #[error("key {key} is not registered on this chain")]
    UnknownKey {
        /// The key.
        key: PublicKey,
    },
    /// The key does not count for transactions now.
    #[error("key {key} is not active for signing transactions at the block's time")]
    KeyNotActive {
        /// The key.
        key: PublicKey,
    },
    /// The account is closed.
    #[error("account {account} is closed")]
    AccountClosed {
        /// The account.
        account: AccountId,
    },
    /// The account has not the role that the action needs.
    #[error("the action needs the role {role}, which account {account} does not have")]
    MissingRole {
        /// The role.
        role: Role,
        /// The account.
        account: AccountId,
    },
    /// The organisation is suspended and the action is not among those left to it.
    #[error("the organisation is suspended and may not {action}")]
    Suspended {
        /// Name of the action.
        action: &'static str,
    },
}

impl SignerRejection {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownKey { .. } => "unknown_key",
            Self::KeyNotActive { .. } => "key_not_active",
            Self::AccountClosed { .. } => "account_closed",
            Self::MissingRole { .. } => "missing_role",
            Self::Suspended { .. } => "organisation_suspended",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::UnknownKey { .. } => {
                "sign with a registered key, or have this one registered by the consortium"
            }
            Self::KeyNotActive { .. } => "sign with a key that is active for custody",
            Self::AccountClosed { .. } => "sign with a key of an open account",
            Self::MissingRole { .. } => {
                "sign with a key of an account that has the role, or ask the consortium for it"
            }
            Self::Suspended { .. } => {
                "settle the suspension with the regulator; returns, destruction, unpacking, locking, rejecting, cancelling and decommissioning remain possible"
            }
        }
    }
}
