//! Whether the codes of an answer follow from a verdict.
//!
//! A verifier knows more than the evidence shows: who asks, in which market, who holds the pack, and
//! whether a batch that the code claims is recalled although the pack is of another. It may add that,
//! and hold back good news; what the evidence shows against a pack may not be held back.

use theriac_proof::answer::{AnswerCode, answers};
use theriac_proof::verdict::Verdict;

/// Whether an honest verifier may give these codes, of which the first is the answer.
pub(super) fn follow(stated: &[AnswerCode], verdict: &Verdict) -> bool {
    let is_recorded = matches!(verdict, Verdict::Recorded(_));
    if stated.contains(&AnswerCode::NotConfirmed) {
        return !is_recorded
            && stated
                .iter()
                .all(|code| may_stand_beside_not_confirmed(*code));
    }
    // In the market of the caller, a product that is withdrawn elsewhere is not.
    let elsewhere = without_withdrawals(verdict);
    [verdict, &elsewhere].into_iter().any(|verdict| {
        let proved = answers(verdict, None);
        let mut told = known_to_the_evidence(stated);
        if !is_recorded && !proved.contains(&AnswerCode::Recalled) {
            told.retain(|code| *code != AnswerCode::Recalled);
        }
        told == to_be_told(&proved, stated)
    })
}

/// A recall of the batch that the code claims is public; an old state holds its absences back.
fn may_stand_beside_not_confirmed(code: AnswerCode) -> bool {
    matches!(
        code,
        AnswerCode::NotConfirmed | AnswerCode::Recalled | AnswerCode::Stale
    )
}

fn without_withdrawals(verdict: &Verdict) -> Verdict {
    let mut verdict = verdict.clone();
    match &mut verdict {
        Verdict::Recorded(recorded)
        | Verdict::Mismatch {
            recorded: Some(recorded),
            ..
        } => recorded.withdrawn.clear(),
        Verdict::Mismatch { recorded: None, .. }
        | Verdict::Unknown { .. }
        | Verdict::Stale { .. }
        | Verdict::Invalid { .. } => {}
    }
    verdict
}

/// What of the stated codes does not depend on who asks and when.
fn known_to_the_evidence(stated: &[AnswerCode]) -> Vec<AnswerCode> {
    let mut codes: Vec<_> = stated
        .iter()
        .map(|code| match code {
            AnswerCode::AlreadyDispensedHere | AnswerCode::AlreadyDispensedElsewhere => {
                AnswerCode::AlreadyDispensed
            }
            other => *other,
        })
        .filter(|code| !matches!(code, AnswerCode::NotInYourCustody | AnswerCode::Stale))
        .collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// What of the proved codes an answer with such further codes must tell.
fn to_be_told(proved: &[AnswerCode], stated: &[AnswerCode]) -> Vec<AnswerCode> {
    let mut codes: Vec<_> = proved.to_vec();
    if stated.contains(&AnswerCode::NotInYourCustody) {
        codes.retain(|code| code.row().exit != 0);
    }
    if stated.contains(&AnswerCode::Stale) {
        codes.retain(|code| code.row().exit == 3 && *code != AnswerCode::UnknownSerial);
    }
    codes
}

#[cfg(test)]
mod tests {
    use AnswerCode::{
        Active, AlreadyDispensed, AlreadyDispensedElsewhere, Expired, LotMismatch, NotConfirmed,
        NotInYourCustody, Recalled, Stale, UnknownSerial, Withdrawn,
    };
    use theriac_ledger::action::Country;
    use theriac_ledger::identifier::Timestamp;
    use theriac_ledger::record::{EntryPublic, LotState, PackStatus};
    use theriac_proof::verdict::{AbsentFrom, Difference, Recorded, Subject};

    use super::*;

    fn recorded(status: PackStatus) -> Recorded {
        Recorded {
            subject: Subject::Pack,
            pack: Some(EntryPublic {
                status,
                since: Timestamp(0),
            }),
            lot: LotState::Open,
            withdrawn: Vec::new(),
            expiry: theriac_ledger::testing::date("2028-01-31"),
            as_of: Timestamp(0),
        }
    }

    fn pack(status: PackStatus) -> Verdict {
        Verdict::Recorded(recorded(status))
    }

    fn mismatch(status: PackStatus) -> Verdict {
        Verdict::Mismatch {
            difference: Difference::Lot,
            recorded: Some(recorded(status)),
        }
    }

    const UNKNOWN: Verdict = Verdict::Unknown {
        proven_absent_from: AbsentFrom::Lot,
    };

    #[test]
    fn answer_of_the_table_follows_and_another_does_not() {
        let good = pack(PackStatus::Active);
        assert!(follow(&[Active], &good));
        assert!(!follow(&[Expired], &good));
        assert!(!follow(&[Recalled], &good));
        assert!(!follow(&[Active], &pack(PackStatus::Dispensed)));
        assert!(!follow(&[Active], &UNKNOWN));
    }

    #[test]
    fn verifier_that_knows_its_caller_may_say_where_the_pack_is() {
        let dispensed = pack(PackStatus::Dispensed);
        assert!(follow(&[AlreadyDispensed], &dispensed));
        assert!(follow(&[AlreadyDispensedElsewhere], &dispensed));
        assert!(follow(&[NotInYourCustody], &pack(PackStatus::Active)));
        assert!(!follow(&[NotInYourCustody], &dispensed));
        assert!(!follow(
            &[NotInYourCustody, Active],
            &pack(PackStatus::Active)
        ));
    }

    #[test]
    fn anonymous_callers_are_told_less_of_what_is_not_confirmed_only() {
        assert!(follow(&[NotConfirmed], &UNKNOWN));
        assert!(follow(&[UnknownSerial], &UNKNOWN));
        assert!(follow(&[NotConfirmed], &mismatch(PackStatus::Active)));
        assert!(!follow(&[NotConfirmed], &pack(PackStatus::Active)));
        assert!(!follow(&[NotConfirmed, Active], &UNKNOWN));
    }

    #[test]
    fn recall_of_the_batch_that_a_code_claims_may_be_added_where_the_code_is_not_confirmed() {
        assert!(follow(&[Recalled, UnknownSerial], &UNKNOWN));
        assert!(follow(&[Recalled, NotConfirmed], &UNKNOWN));
        assert!(follow(
            &[Recalled, LotMismatch],
            &mismatch(PackStatus::Active)
        ));
        assert!(!follow(&[LotMismatch], &mismatch(PackStatus::Dispensed)));
        assert!(follow(
            &[AlreadyDispensed, LotMismatch],
            &mismatch(PackStatus::Dispensed)
        ));
    }

    #[test]
    fn withdrawal_may_be_left_out_for_the_market_of_the_caller_and_nothing_else() {
        let mut withdrawn = recorded(PackStatus::Dispensed);
        withdrawn.withdrawn = vec![Country::parse("FR").unwrap()];
        let withdrawn = Verdict::Recorded(withdrawn);
        assert!(follow(&[Withdrawn, AlreadyDispensed], &withdrawn));
        assert!(follow(&[AlreadyDispensed], &withdrawn));
        assert!(!follow(&[Withdrawn], &withdrawn));
        assert!(!follow(&[Active], &withdrawn));
    }

    #[test]
    fn verifier_with_a_stricter_clock_may_hold_back_good_news_and_absence_only() {
        assert!(follow(&[Stale], &pack(PackStatus::Active)));
        assert!(follow(&[Stale], &UNKNOWN));
        assert!(follow(
            &[AlreadyDispensed, Stale],
            &pack(PackStatus::Dispensed)
        ));
        assert!(!follow(&[Stale], &pack(PackStatus::Dispensed)));
    }
}
