//! What is worth knowing beside the answer, in words.

use theriac_gs1::{ScanError, ScanHint, ScannedCode};
use theriac_http::problem::chain;
use theriac_proof::verdict::{AbsentFrom, Difference, Verdict};

use super::recorded;
use crate::lookup::{Asker, Finding, ItemFinding, UnitFinding};
use crate::picture::PictureRefusal;

/// What the table of answers says otherwise of a unit: it speaks of packs and batches.
pub(super) struct UnitWords {
    pub(super) word: &'static str,
    pub(super) sentence: &'static str,
    pub(super) action: &'static str,
}

/// The words for a unit with nothing against it.
pub(super) fn words_of_unit(is_resolved: bool) -> UnitWords {
    if is_resolved {
        UnitWords {
            word: "Unit taken apart",
            sentence: "This case or pallet was taken apart; what was in it moves on by itself.",
            action: "Scan the packs or cases that came out of it; this number is never booked in again.",
        }
    } else {
        UnitWords {
            word: "Unit on record",
            sentence: "This case or pallet is on record, and no batch in it is recalled or expired.",
            action: "Book it in as one delivery, or scan a pack from it.",
        }
    }
}

/// What a signed-in caller does next about a code that is not confirmed.
pub(super) fn action_of_unconfirmed(finding: &Finding) -> Option<&'static str> {
    match finding {
        Finding::Item(_) => Some(
            "Do not dispense. Scan the code that also names the batch, or type the batch (10) beside \
             the serial number: then the answer says what is wrong.",
        ),
        Finding::Unit(_) => Some(
            "Compare the number with the label of the case or pallet and scan again; if it stays so, \
             ask whoever sent it.",
        ),
        Finding::Nothing { .. } => None,
    }
}

/// Lots of a unit that are named: the rest are counted.
const LOTS_NAMED_MAX: usize = 20;

/// Why a code could not be read, and what to do about the scanner.
pub(super) fn unreadable(error: &ScanError) -> String {
    let what_to_do = match error.hint {
        Some(ScanHint::CaseInverted) => " Switch Caps Lock off and scan again.",
        Some(ScanHint::SeparatorLost | ScanHint::SeparatorSubstituted(_)) => {
            " Have the scanner set to send the separator (GS), or type the code with brackets."
        }
        Some(ScanHint::KeyboardLayout) => {
            " Set the scanner to the keyboard layout of this computer and scan again."
        }
        None => "",
    };
    format!("{}.{what_to_do}", sentence(&error.to_string()))
}

/// Why a picture gives no code, and what to do about it.
pub(super) fn unreadable_picture(refusal: &PictureRefusal) -> String {
    let words = format!("{}.", sentence(&chain(refusal)));
    match refusal.what_to_do() {
        Some(what_to_do) => format!("{words} {what_to_do}"),
        None => words,
    }
}

/// Notes on a pack or lot.
pub(super) fn of_item(code: &ScannedCode, item: &ItemFinding, asker: &Asker) -> Vec<String> {
    let mut notes = Vec::new();
    if item.is_on_record()
        && let (Some(read), Some(recorded)) = (code.expiry, recorded(item))
        && read.day_given
        && read.date != recorded.expiry
    {
        notes.push(format!(
            "The expiry day on the pack is {}, on record it is {}: another day of the same month.",
            read.date, recorded.expiry
        ));
    }
    if asker.is_signed_in {
        notes.extend(reasons(item));
        notes.extend(delivery(item, asker));
    }
    if code.serial.is_none() && item.is_on_record() {
        notes.push("The code has no serial number, so the answer is about the whole batch.".into());
    }
    notes
}

fn reasons(item: &ItemFinding) -> Option<String> {
    if item.is_known_in_other_case {
        return Some(
            "With capital and small letters swapped this serial number is on record: switch Caps \
             Lock off and scan again."
                .to_owned(),
        );
    }
    let reason = match item.verdict.as_ref() {
        None => {
            "This serial number is not on record for the product. The code names no batch, so its \
             absence cannot be proven."
        }
        Some(Verdict::Unknown { proven_absent_from }) => match proven_absent_from {
            AbsentFrom::Lot => "The batch is on record; this serial number is not in it.",
            AbsentFrom::Product => "The product is on record; this batch is not.",
            AbsentFrom::Register => "No product with this GTIN is on record.",
        },
        Some(Verdict::Mismatch {
            difference: Difference::Lot,
            ..
        }) => {
            return item
                .lot
                .map(|(lot, _)| format!("On record this pack is of batch {lot}."));
        }
        Some(Verdict::Mismatch {
            difference: Difference::Expiry,
            ..
        }) => return recorded(item).map(|on| format!("On record the expiry is {}.", on.expiry)),
        Some(_) => return None,
    };
    Some(reason.to_owned())
}

fn delivery(item: &ItemFinding, asker: &Asker) -> Option<String> {
    let (account, pack) = (asker.account?, item.pack.as_ref()?);
    (pack.custody.addressee() == Some(account)).then(|| {
        "The pack is in a delivery on its way to you; dispensing it books this one pack in."
            .to_owned()
    })
}

/// Notes on a unit. What is in it is told to signed-in callers.
pub(super) fn of_unit(unit: &UnitFinding, asker: &Asker) -> Vec<String> {
    let Some(record) = &unit.record else {
        return vec!["No case or pallet with this number (SSCC) is on record.".to_owned()];
    };
    let mut notes = Vec::new();
    if record.is_resolved {
        notes.push("This unit was unpacked; its number is not used again.".to_owned());
    }
    if record.lots.iter().any(|lot| lot.is_recalled) {
        notes.push("A batch that was packed into this unit is recalled.".to_owned());
    }
    if !asker.is_signed_in {
        return notes;
    }
    for lot in record.lots.iter().take(LOTS_NAMED_MAX) {
        let state = match (lot.is_recalled, lot.is_withdrawn, lot.is_expired) {
            (true, ..) => "recalled",
            (_, true, _) => "withdrawn",
            (.., true) => "expired",
            _ => "good",
        };
        let (name, gtin) = (lot.name.lot, lot.name.gtin);
        notes.push(format!(
            "Holds or held batch {name} of product {gtin}: {state}."
        ));
    }
    let rest = record.lots.len().saturating_sub(LOTS_NAMED_MAX);
    if rest > 0 {
        notes.push(format!("And {rest} further batches."));
    }
    notes
}

/// An error's words with a capital letter.
fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => String::new(),
    }
}
