//! Short ways to name things. They panic where a test names something that does not exist.

use theriac_crypto::digest;
use theriac_gs1::{CalendarDate, Gtin, Lot, SerialNumber, Sscc};

use crate::action::{CommissionRun, Country, RegisterProduct};
use crate::encoding::{BoundedList, BoundedText};
use crate::identifier::{PackKey, RunId};
use crate::pack_set::{PackRange, PackSet, PackSets};

/// GTIN-14 `0 ‖ prefix ‖ item`, filled to 13 digits, with its check digit.
pub fn gtin(prefix: &str, item: u32) -> Gtin {
    let width = 12usize.saturating_sub(prefix.len());
    Gtin::parse(&with_check_digit(&format!("0{prefix}{item:0width$}"))).expect("digits of a GTIN")
}

/// SSCC `0 ‖ prefix ‖ number`, filled to 17 digits, with its check digit.
pub fn sscc(prefix: &str, number: u32) -> Sscc {
    let width = 16usize.saturating_sub(prefix.len());
    Sscc::parse(&with_check_digit(&format!("0{prefix}{number:0width$}")))
        .expect("digits of an SSCC")
}

/// GS1 General Specifications section 7.9.1.
fn with_check_digit(digits: &str) -> String {
    let sum: u32 = digits
        .bytes()
        .rev()
        .zip([3, 1].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit.saturating_sub(b'0')) * weight)
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// A date from `YYYY-MM-DD`.
pub fn date(text: &str) -> CalendarDate {
    CalendarDate::parse(text).expect("a date")
}

/// A run by the text of its lot.
pub fn run_id(gtin: Gtin, lot: &str, number: u16) -> RunId {
    let lot = Lot::parse(lot).expect("a lot");
    RunId { gtin, lot, number }
}

/// Packs of one run, by ranges of (first, count).
pub fn packs(run: RunId, ranges: &[(u32, u32)]) -> PackSets {
    if ranges.is_empty() {
        return BoundedList::empty();
    }
    let ranges = ranges
        .iter()
        .map(|(first, count)| PackRange {
            first: *first,
            count: *count,
        })
        .collect();
    let ranges = BoundedList::new(ranges).expect("few ranges");
    BoundedList::new(vec![PackSet { run, ranges }]).expect("one set")
}

/// The serial of that number: scattered as random serials are.
pub fn serial(number: u32) -> SerialNumber {
    let text = digest("testing-serial", &number.to_le_bytes()).to_string();
    SerialNumber::parse(&text[..20]).expect("hexadecimal digits")
}

/// Keys of packs whose serials are numbered from `first`.
pub fn pack_keys(gtin: &Gtin, first: u32, count: u32) -> Vec<PackKey> {
    (first..first.saturating_add(count))
        .map(|number| PackKey::new(gtin, &serial(number)))
        .collect()
}

/// A run of packs whose serials are numbered from `first_serial`, made on 2025-12-01, to expire on
/// 2027-12-31.
pub fn commission_run(run: RunId, first_serial: u32, count: u32) -> CommissionRun {
    CommissionRun {
        gtin: run.gtin,
        lot: run.lot,
        number: run.number,
        expiry: date("2027-12-31"),
        manufactured: date("2025-12-01"),
        keys: BoundedList::new(pack_keys(&run.gtin, first_serial, count)).expect("one run"),
    }
}

/// A plain product.
pub fn product(gtin: Gtin) -> RegisterProduct {
    RegisterProduct {
        gtin,
        name: BoundedText::parse("Theriaca Andromachi").expect("a name"),
        strength: BoundedText::parse("500 mg").expect("a strength"),
        form: BoundedText::parse("tablet").expect("a form"),
        pack_size: 30,
        storage: None,
        markets: BoundedList::new(vec![Country::parse("IT").expect("a country")])
            .expect("one market"),
    }
}
