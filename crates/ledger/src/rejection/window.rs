//! Rejections by time, repetition and room.

use crate::constants::VALIDITY_MS_MAX;
use crate::identifier::{Timestamp, TransactionId};

/// Not at this time, not twice, not in this block.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowRejection {
    /// The same transaction is final already.
    #[error("transaction {id} is already included")]
    AlreadyIncluded {
        /// The transaction.
        id: TransactionId,
    },
    /// Its time is over.
    #[error("the transaction was valid until {valid_until}, and the block's time is {time}")]
    Expired {
        /// Its last instant.
        valid_until: Timestamp,
        /// The block's time.
        time: Timestamp,
    },
    /// Valid for longer than any transaction may be.
    #[error(
        "the transaction is valid until {valid_until}, more than {} minutes after the block's time {time}",
        VALIDITY_MS_MAX / 60_000
    )]
    TooFarAhead {
        /// Its last instant.
        valid_until: Timestamp,
        /// The block's time.
        time: Timestamp,
    },
    /// The block's work is used up.
    #[error("the block has no room for the records that the transaction touches")]
    BlockFull,
    /// More work than a whole block allows.
    #[error("the transaction touches more than {max} records")]
    TooMuchWork {
        /// Records that a block may touch.
        max: u64,
    },
}

impl WindowRejection {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AlreadyIncluded { .. } => "already_included",
            Self::Expired { .. } => "transaction_expired",
            Self::TooFarAhead { .. } => "valid_until_too_far",
            Self::BlockFull => "block_full",
            Self::TooMuchWork { .. } => "too_much_work",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::AlreadyIncluded { .. } => "ask for the status of the transaction by its id",
            Self::Expired { .. } => "sign the request anew with a later valid_until",
            Self::TooFarAhead { .. } => {
                "check the clock of the machine that signs, and sign with an earlier valid_until"
            }
            Self::BlockFull => "wait: the same transaction may stand in the next block",
            Self::TooMuchWork { .. } => "split the request into several with fewer packs and units",
        }
    }
}
