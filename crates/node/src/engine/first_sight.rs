//! What speaks against a proposal before its transactions are read: this node's clock, and the
//! name of whoever made the block.
//!
//! The proposal's own claim to have had a quorum of prevotes is not signed, and the engine does not
//! hold it against the signed proposal. So such a claim lifts only what other clocks may know
//! better: that a block is old. That it is ahead of this node's clock, nothing lifts: a block that
//! a quorum has seen is never further ahead when it is seen again. Else one liar could set the time
//! of the chain.

use std::collections::BTreeMap;

use theriac_consensus::engine::Round;
use theriac_consensus::parts::ProposalHead;
use theriac_ledger::block::Header;
use theriac_ledger::identifier::{BlockDigest, Height, Timestamp};

use crate::chain::{check_time, check_time_ahead};

/// The blocks of heights ahead that were refused at first sight. Forgotten with the process: after
/// a restart nobody can say what came when.
#[derive(Debug, Default)]
pub(super) struct FirstSight {
    refused: BTreeMap<BlockDigest, Height>,
}

impl FirstSight {
    /// Whether a proposal that came whole in a live round may be voted for, as far as this goes.
    /// `is_known` says whether the block was there before: the clock judges it once.
    pub(super) fn admits(
        &mut self,
        head: &ProposalHead,
        header: &Header,
        is_known: bool,
        now: Timestamp,
    ) -> bool {
        let objection = if head.pol_round == Round::Nil {
            if is_known {
                return self.hands_back(&head.block, header, now);
            }
            first_objection(head, header, now)
        } else {
            objection_of_clock(check_time_ahead(header, now))
        };
        if let Some(reason) = objection {
            tracing::warn!(block.height = header.height, "refused a proposal: {reason}");
            self.refused.insert(head.block, header.height);
            return false;
        }
        self.refused.remove(&head.block);
        true
    }

    /// Whether an undecided block may be handed back to the engine as valid.
    pub(super) fn hands_back(&self, digest: &BlockDigest, header: &Header, now: Timestamp) -> bool {
        !self.is_refused(digest) && check_time_ahead(header, now).is_ok()
    }

    /// Forgets what can no longer be decided.
    pub(super) fn commit(&mut self, height: Height) {
        self.refused.retain(|_, refused| *refused > height);
    }

    fn is_refused(&self, digest: &BlockDigest) -> bool {
        self.refused.contains_key(digest)
    }
}

fn first_objection(head: &ProposalHead, header: &Header, now: Timestamp) -> Option<String> {
    let maker = header.proposer;
    if maker != head.proposer.0 {
        return Some(format!("it is a block of {maker}"));
    }
    objection_of_clock(check_time(header, now))
}

fn objection_of_clock<E: std::fmt::Display>(judged: Result<(), E>) -> Option<String> {
    judged.err().map(|error| error.to_string())
}

#[cfg(test)]
mod tests;
