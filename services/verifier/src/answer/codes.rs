//! Which rows of the table apply, in order of precedence.

use theriac_ledger::identifier::AccountId;
use theriac_ledger::record::PackStatus;
use theriac_proof::answer::{AnswerCode, answers};
use theriac_proof::verdict::Recorded;

use super::recorded;
use crate::lookup::{Asker, ItemFinding, UnitFinding};

/// Codes for a pack or lot; never empty.
pub(super) fn of_item(item: &ItemFinding, asker: &Asker) -> Vec<AnswerCode> {
    let mut codes = if asker.is_signed_in || item.is_on_record() {
        item.verdict
            .as_ref()
            .map_or_else(not_confirmed, |verdict| answers(verdict, item.market))
    } else {
        // One answer for everything unknown or mismatched, whatever else is on record.
        not_confirmed()
    };
    if item.is_claimed_lot_recalled && !codes.contains(&AnswerCode::Recalled) {
        // That a batch is recalled is public, and a pack that claims to be of it is not to be used,
        // whether its serial is on record or not.
        codes.push(AnswerCode::Recalled);
    }
    if let Some(account) = asker.account {
        codes = codes
            .into_iter()
            .map(|code| here_or_elsewhere(code, item, account))
            .collect();
        if is_elsewhere(item, account) {
            codes.retain(|code| code.row().exit != 0);
            codes.push(AnswerCode::NotInYourCustody);
        }
    }
    if !asker.is_signed_in {
        codes = codes.into_iter().map(AnswerCode::for_anonymous).collect();
    }
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn not_confirmed() -> Vec<AnswerCode> {
    vec![AnswerCode::NotConfirmed]
}

fn here_or_elsewhere(code: AnswerCode, item: &ItemFinding, account: AccountId) -> AnswerCode {
    match (code, &item.pack) {
        (AnswerCode::AlreadyDispensed, Some(pack)) if pack.by == account => {
            AnswerCode::AlreadyDispensedHere
        }
        (AnswerCode::AlreadyDispensed, Some(_)) => AnswerCode::AlreadyDispensedElsewhere,
        (other, _) => other,
    }
}

/// A pack in supply that the asker neither holds nor is being sent. What was sent to a pharmacy may
/// be dispensed there before it is booked in (ledger.md, section 3).
fn is_elsewhere(item: &ItemFinding, account: AccountId) -> bool {
    let status = recorded(item).and_then(Recorded::status);
    let is_in_supply = matches!(status, Some(PackStatus::Active | PackStatus::Locked));
    is_in_supply
        && item.pack.as_ref().is_some_and(|pack| {
            pack.custody.holder != account && pack.custody.addressee() != Some(account)
        })
}

/// Codes for a unit; never empty.
pub(super) fn of_unit(unit: &UnitFinding) -> Vec<AnswerCode> {
    let Some(record) = &unit.record else {
        return not_confirmed();
    };
    let mut codes = Vec::new();
    if record.lots.iter().any(|lot| lot.is_recalled) {
        codes.push(AnswerCode::Recalled);
    }
    if record.lots.iter().any(|lot| lot.is_withdrawn) {
        codes.push(AnswerCode::Withdrawn);
    }
    if record.lots.iter().any(|lot| lot.is_expired) {
        codes.push(AnswerCode::Expired);
    }
    if codes.is_empty() {
        codes.push(AnswerCode::LotActive);
    }
    codes
}

/// What remains of an answer from a state that is too old: a stop stays a stop, because recalls and
/// the like are not taken back lightly; nothing good is said, and absence is not claimed, because
/// the pack may have been brought on record since.
pub(super) fn when_stale(codes: Vec<AnswerCode>) -> Vec<AnswerCode> {
    let mut kept: Vec<_> = codes
        .into_iter()
        .filter(|code| code.row().exit == 3 && *code != AnswerCode::UnknownSerial)
        .collect();
    kept.push(AnswerCode::Stale);
    kept.sort_unstable();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stale_state_keeps_its_stops_and_says_nothing_good_nor_absent() {
        let codes = when_stale(vec![AnswerCode::Recalled, AnswerCode::UnknownSerial]);
        assert_eq!(codes, [AnswerCode::Recalled, AnswerCode::Stale]);
        assert_eq!(when_stale(vec![AnswerCode::Active]), [AnswerCode::Stale]);
    }
}
