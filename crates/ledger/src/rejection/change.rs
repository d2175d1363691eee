//! Rejections by the course of a change: who proposes, approves, enacts, and when.

use theriac_crypto::PublicKey;

use crate::identifier::{AccountId, ChangeId, OrganisationId, Timestamp};

/// The course of the change stands against it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChangeRejection {
    /// No such change.
    #[error("there is no change {id}")]
    Unknown {
        /// The id named.
        id: ChangeId,
    },
    /// It is in force already.
    #[error("change {id} is in force since {at}")]
    Enacted {
        /// The change.
        id: ChangeId,
        /// Since when.
        at: Timestamp,
    },
    /// It was taken back or vetoed.
    #[error("change {id} was withdrawn at {at}")]
    Withdrawn {
        /// The change.
        id: ChangeId,
        /// When.
        at: Timestamp,
    },
    /// Too late.
    #[error("change {id} expired at {expires_at}")]
    Expired {
        /// The change.
        id: ChangeId,
        /// When.
        expires_at: Timestamp,
    },
    /// Only authorities may do that.
    #[error("account {account} is not of an authority whose validator votes now")]
    NotAuthority {
        /// The account.
        account: AccountId,
    },
    /// Another account's keys.
    #[error("the key is not of account {account}, which signed")]
    OtherAccount {
        /// The account.
        account: AccountId,
    },
    /// A recovery key does nothing else.
    #[error("key {key} recovers: it may only replace keys of its own account")]
    RecoveryKey {
        /// The key.
        key: PublicKey,
    },
    /// Nobody needs to approve it.
    #[error("change {id} is of an account's own keys and needs no approval")]
    NeedsNoApproval {
        /// The change.
        id: ChangeId,
    },
    /// Twice by one.
    #[error("organisation {organisation} has approved the change already")]
    AlreadyApproved {
        /// The organisation.
        organisation: OrganisationId,
    },
    /// Too few.
    #[error("{found} of the authorities that vote now have approved the change; it needs {needed}")]
    TooFewApprovals {
        /// Approvals that count.
        found: u32,
        /// Approvals needed.
        needed: u32,
    },
    /// Too early.
    #[error("the change can be enacted from {ready_at} on, and the block's time is {time}")]
    TooEarly {
        /// From when on.
        ready_at: Timestamp,
        /// The block's time.
        time: Timestamp,
    },
    /// Something else was proposed under this id.
    #[error("what is to be enacted differs from what was proposed as change {id}")]
    Differs {
        /// The change.
        id: ChangeId,
    },
    /// What it would replace has been changed since.
    #[error("what change {id} would replace has been changed since it was proposed")]
    Outdated {
        /// The change.
        id: ChangeId,
    },
    /// Somebody else may have proposed it.
    #[error(
        "change {id} was proposed by a key that others may have held then, or by an organisation that is suspended now"
    )]
    Disputed {
        /// The change.
        id: ChangeId,
    },
    /// Not by this signer.
    #[error("account {account} has no part in change {id}")]
    NoPart {
        /// The account.
        account: AccountId,
        /// The change.
        id: ChangeId,
    },
}

impl ChangeRejection {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown_change",
            Self::Enacted { .. } => "change_enacted",
            Self::Withdrawn { .. } => "change_withdrawn",
            Self::Expired { .. } => "change_expired",
            Self::NotAuthority { .. } => "not_an_authority",
            Self::OtherAccount { .. } => "key_of_other_account",
            Self::RecoveryKey { .. } => "recovery_key",
            Self::NeedsNoApproval { .. } => "needs_no_approval",
            Self::AlreadyApproved { .. } => "already_approved",
            Self::TooFewApprovals { .. } => "too_few_approvals",
            Self::TooEarly { .. } => "change_too_early",
            Self::Differs { .. } => "change_differs",
            Self::Outdated { .. } => "change_outdated",
            Self::Disputed { .. } => "change_disputed",
            Self::NoPart { .. } => "no_part_in_change",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "read the list of changes and name one of them",
            Self::Enacted { .. } => "nothing is left to do; propose another change to go back",
            Self::Withdrawn { .. }
            | Self::Expired { .. }
            | Self::Outdated { .. }
            | Self::Disputed { .. } => "propose it anew, if it is still wanted",
            Self::NotAuthority { .. } => {
                "let an authority sign it, with a key for custody of its account"
            }
            Self::OtherAccount { .. } => {
                "sign with a key of that account, or let an authority propose it"
            }
            Self::RecoveryKey { .. } => "sign anything else with a key for custody",
            Self::NeedsNoApproval { .. } => "enact it",
            Self::AlreadyApproved { .. } => "let another authority approve",
            Self::TooFewApprovals { .. } => "let more authorities approve, then enact it",
            Self::TooEarly { .. } => "wait until then",
            Self::Differs { .. } => "enact it word for word as it is on record",
            Self::NoPart { .. } => "let its proposer sign, or an authority",
        }
    }
}
