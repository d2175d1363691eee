//! What can be done with a pack, as the rules of the ledger and of this service will judge it.

use theriac_ledger::constants::UNDO_MS_MAX;
use theriac_ledger::identifier::{AccountId, Timestamp};
use theriac_ledger::record::{LotState, PackStatus};
use theriac_proof::answer::Colour;
use theriac_records::repository::lots::LotRecord;
use theriac_records::repository::packs::PackRecord;

use super::answer::{ActAnswer, ScanAnswer, can, cannot, receive, word};
use crate::operation::dispensed::Earlier;

/// A pack on record, and who asks.
pub(super) struct Subject<'a> {
    pub(super) own: AccountId,
    pub(super) as_of: Timestamp,
    pub(super) lot: &'a LotRecord,
    pub(super) pack: &'a PackRecord,
    pub(super) earlier: Option<&'a Earlier>,
    pub(super) is_unverified: bool,
}

impl Subject<'_> {
    /// Each act, and why not.
    pub(super) fn acts(&self, answer: &ScanAnswer) -> Vec<ActAnswer> {
        let Self { pack, earlier, .. } = *self;
        let is_bad = answer.colour != word(&Colour::Green);
        let is_held = pack.holder.account == self.own && pack.holder.shipment.is_none();
        let not_held = || "you do not hold it".to_owned();
        let dispense = if is_bad {
            cannot("dispense", answer.sentence.clone())
        } else if self.is_unverified {
            let why =
                "it came back and was not verified: POST /api/v1/returns/{shipment}/verifications";
            cannot("dispense", why.to_owned())
        } else {
            can("dispense")
        };
        let quarantine = match pack.status {
            _ if !is_held => cannot("quarantine", not_held()),
            PackStatus::Active if earlier.is_none() => can("quarantine"),
            PackStatus::Active => cannot("quarantine", "it is being dispensed".to_owned()),
            status => cannot("quarantine", format!("the pack is {status}")),
        };
        let end_quarantine = match pack.status {
            PackStatus::Locked if pack.by == self.own => can("end_quarantine"),
            PackStatus::Locked => cannot("end_quarantine", "somebody else locked it".to_owned()),
            status => cannot("end_quarantine", format!("the pack is {status}")),
        };
        vec![
            dispense,
            self.undo(),
            quarantine,
            end_quarantine,
            receive(answer),
        ]
    }

    /// Undoing: the same account, within ten days, and nothing that speaks against supply since.
    fn undo(&self) -> ActAnswer {
        let Self { lot, earlier, .. } = *self;
        let is_expired = lot.expiry.days_since_epoch() < self.as_of.days_since_epoch();
        match earlier {
            None => cannot("undo", "it is not dispensed".to_owned()),
            Some(Earlier::Elsewhere { .. }) => {
                cannot("undo", "somebody else dispensed it".to_owned())
            }
            Some(Earlier::Here { at, .. }) if self.as_of.0.saturating_sub(at.0) > UNDO_MS_MAX => {
                cannot("undo", "it was dispensed more than ten days ago".to_owned())
            }
            Some(Earlier::Here { .. }) if matches!(lot.state, LotState::Recalled { .. }) => {
                cannot("undo", "the batch is recalled".to_owned())
            }
            Some(Earlier::Here { .. }) if is_expired => {
                cannot("undo", "the batch has expired".to_owned())
            }
            Some(Earlier::Here { .. }) => can("undo"),
        }
    }
}
