use theriac_crypto::Digest;
use theriac_gs1::CalendarDate;
use theriac_ledger::action::RecallClass;
use theriac_ledger::identifier::Timestamp;
use theriac_ledger::record::{EntryPublic, LotState, PackStatus};

use super::table::ALL;
use super::*;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;
/// 2026-11-22.
const TODAY: u64 = 20_779;

fn pack(status: PackStatus) -> Recorded {
    Recorded {
        subject: Subject::Pack,
        pack: Some(EntryPublic {
            status,
            since: Timestamp(0),
        }),
        lot: LotState::Open,
        withdrawn: Vec::new(),
        expiry: CalendarDate::new(2028, 1, 31).unwrap(),
        as_of: Timestamp(TODAY * DAY_MS),
    }
}

fn first(recorded: Recorded) -> AnswerCode {
    answers(&Verdict::Recorded(recorded), None)[0]
}

#[test]
fn a_recalled_and_dispensed_and_expired_pack_is_first_of_all_recalled() {
    let mut recorded = pack(PackStatus::Dispensed);
    recorded.lot = LotState::Recalled {
        class: RecallClass::One,
        since: Timestamp(1),
        notice: Digest::ZERO,
    };
    recorded.expiry = CalendarDate::new(2026, 11, 21).unwrap();
    let codes = answers(&Verdict::Recorded(recorded), None);
    assert_eq!(
        codes,
        [
            AnswerCode::Recalled,
            AnswerCode::AlreadyDispensed,
            AnswerCode::Expired
        ]
    );
}

#[test]
fn the_last_day_of_use_is_still_good_and_the_next_is_not() {
    let mut recorded = pack(PackStatus::Active);
    recorded.expiry = CalendarDate::new(2026, 11, 22).unwrap();
    assert_eq!(first(recorded.clone()), AnswerCode::ExpiresSoon);
    recorded.as_of = Timestamp((TODAY + 1) * DAY_MS);
    assert_eq!(first(recorded), AnswerCode::Expired);
}

#[test]
fn an_active_pack_may_be_dispensed_and_every_other_status_may_not() {
    assert_eq!(first(pack(PackStatus::Active)).row().exit, 0);
    for status in [
        PackStatus::Dispensed,
        PackStatus::Locked,
        PackStatus::Destroyed,
        PackStatus::Exported,
        PackStatus::Stolen,
        PackStatus::Missing,
        PackStatus::Damaged,
    ] {
        assert_eq!(first(pack(status)).row().exit, 3, "{status:?}");
    }
}

#[test]
fn a_mismatch_never_hides_a_reason_to_stop_and_never_says_active() {
    let mismatch = |recorded| Verdict::Mismatch {
        difference: Difference::Expiry,
        recorded: Some(recorded),
    };
    assert_eq!(
        answers(&mismatch(pack(PackStatus::Active)), None),
        [AnswerCode::ExpiryMismatch]
    );
    assert_eq!(
        answers(&mismatch(pack(PackStatus::Locked)), None)[0],
        AnswerCode::Locked
    );
}

#[test]
fn a_withdrawal_counts_in_its_market_only_and_everywhere_for_an_unknown_market() {
    let kenya = Country::parse("KE").unwrap();
    let mut recorded = pack(PackStatus::Active);
    recorded.withdrawn = vec![kenya];
    let verdict = Verdict::Recorded(recorded);
    assert_eq!(answers(&verdict, Some(kenya))[0], AnswerCode::Withdrawn);
    assert_eq!(
        answers(&verdict, Country::parse("UG").ok())[0],
        AnswerCode::Active
    );
    assert_eq!(answers(&verdict, None)[0], AnswerCode::Withdrawn);
}

#[test]
fn the_table_is_in_order_of_precedence_and_its_text_is_that_of_the_interface() {
    assert!(ALL.windows(2).all(|pair| pair[0] < pair[1]));
    for code in ALL {
        assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        assert_eq!(code.row().code, *code);
    }
    let exits: Vec<u8> = ALL.iter().map(|code| code.row().exit).collect();
    let stops = exits.iter().take_while(|exit| **exit == 3).count();
    assert!(exits[..stops].iter().all(|exit| *exit == 3));
    assert!(!exits[stops..].contains(&3));
}

#[test]
fn anonymous_callers_cannot_tell_an_unknown_code_from_a_mismatched_one() {
    for code in [
        AnswerCode::UnknownSerial,
        AnswerCode::UnknownLot,
        AnswerCode::UnknownProduct,
        AnswerCode::LotMismatch,
        AnswerCode::ExpiryMismatch,
    ] {
        assert_eq!(code.for_anonymous(), AnswerCode::NotConfirmed);
    }
}

#[test]
fn no_sentence_calls_a_pack_genuine_or_fake() {
    for code in ALL {
        let row = code.row();
        let text = format!(
            "{} {} {} {}",
            row.word, row.sentence, row.action, row.patient
        );
        let text = text.to_lowercase();
        assert!(
            !text.contains("genuine") && !text.contains("fake"),
            "{text}"
        );
    }
}
