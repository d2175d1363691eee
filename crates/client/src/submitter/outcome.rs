//! What became of a submission.

use theriac_ledger::identifier::{Height, Timestamp, TransactionId};

use crate::node_client::NodeError;
use crate::wire::NOT_THE_LAST_WORD;

/// Whether bytes are sent for the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempt {
    /// Nobody has seen them.
    First,
    /// A node may have them already.
    Again,
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// In a final block, as a node says; a follower sees the block itself.
    Final {
        /// The transaction.
        id: TransactionId,
        /// Height of the block.
        height: Height,
        /// Position in the block, from zero.
        index: u32,
    },
    /// Nodes refuse it by the ledger's rules.
    Rejected {
        /// The transaction.
        id: TransactionId,
        /// Why.
        refusal: Refusal,
        /// Unless the refusal is settled, another node may include it until this block time.
        valid_until: Timestamp,
        /// Whether a node may have it all the same.
        may_be_known: bool,
    },
    /// A final block is later than its `valid_until` and it is not on the chain: sign anew.
    Expired {
        /// The transaction.
        id: TransactionId,
        /// Height of that block.
        seen_at: Height,
    },
    /// Nothing is known: nodes are down, or no block came in time. Keep the intent and the signed
    /// bytes, and send the same bytes again.
    Unknown {
        /// The transaction.
        id: TransactionId,
        /// Until which block time it may be included, if a node has it.
        valid_until: Timestamp,
        /// Whether a node may have it.
        may_be_known: bool,
        /// What went wrong last, for people.
        reason: String,
    },
}

/// Why a node refuses a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The rule's stable code.
    pub code: String,
    /// What is wrong.
    pub detail: String,
    /// What to do next.
    pub hint: Option<String>,
    /// The HTTP status of the answer: 409 for the present state, 422 for the transaction itself.
    pub status: u16,
    /// Whether no honest node can still include it: enough of them refuse it, and none has it or it
    /// is wrong in itself.
    pub is_settled: bool,
}

/// Codes of refusals that another time of validity, or the passing of time, may lift.
const TIME_CODES: [&str; 2] = ["transaction_expired", "valid_until_too_far"];

/// What is to be done; whether the refusal is the last word is said by [`Refusal::is_settled`].
fn without_caution(hint: &str) -> String {
    let own = hint.split_once(NOT_THE_LAST_WORD).map(|(own, _)| own);
    own.unwrap_or(hint).to_owned()
}

impl Refusal {
    /// The refusal in a node's answer, not settled; none where the answer says nothing about the
    /// transaction.
    pub(super) fn of(error: &NodeError) -> Option<Self> {
        let problem = error.problem()?;
        // 400, 413 and 422 speak of the bytes, 409 of the state; others of the node or the caller.
        matches!(problem.status, 400 | 409 | 413 | 422).then(|| Self {
            code: problem.code.clone(),
            detail: problem.detail.clone(),
            hint: problem.hint.as_deref().map(without_caution),
            status: problem.status,
            is_settled: false,
        })
    }

    /// Whether two refusals speak of the same thing: the bytes, the state, or the time.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let kind = |refusal: &Self| (refusal.status == 409, refusal.speaks_of_time());
        kind(self) == kind(other)
    }

    /// The clocks of a node and of this machine differ, or the chain stands still.
    fn speaks_of_time(&self) -> bool {
        TIME_CODES.contains(&self.code.as_str())
    }

    /// Whether the passing of time cannot lift it, given that nobody lies.
    pub(super) fn is_final(&self, may_be_known: bool) -> bool {
        let speaks_of_state = self.status == 409;
        !speaks_of_state || !(may_be_known || self.speaks_of_time())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_submitter_knows_better_is_left_out_of_the_hint() {
        let hint = format!("receive it first{NOT_THE_LAST_WORD}2026-01-01T00:00:00Z");
        assert_eq!(without_caution(&hint), "receive it first");
        assert_eq!(without_caution("receive it first"), "receive it first");
    }
}
