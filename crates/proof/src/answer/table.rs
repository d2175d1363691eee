//! The table itself.

use super::AnswerCode;
use super::Colour::{Amber, Blue, Green, Red};
use super::Row;

macro_rules! answer_table {
    ($($code:ident $text:literal $exit:literal $colour:ident $word:literal $sentence:literal $action:literal $patient:literal;)+) => {
        /// The row of a code.
        pub(super) fn row(code: AnswerCode) -> &'static Row {
            match code {
                $(AnswerCode::$code => const {
                    &Row {
                        code: AnswerCode::$code, exit: $exit, colour: $colour, word: $word,
                        sentence: $sentence, action: $action, patient: $patient,
                    }
                },)+
            }
        }

        /// The code as text.
        pub(super) fn text(code: AnswerCode) -> &'static str {
            match code { $(AnswerCode::$code => $text,)+ }
        }

        /// Every code, in order of precedence.
        #[cfg(test)]
        pub(super) const ALL: &[AnswerCode] = &[$(AnswerCode::$code,)+];
    };
}

answer_table! {
    EvidenceInvalid "EVIDENCE_INVALID" 3 Red "Stop"
        "The evidence for this answer does not hold."
        "Do not dispense. Ask another verifier, and report this one to the authorities."
        "This answer could not be checked. Please ask your pharmacist.";
    Recalled "RECALLED" 3 Red "Recalled"
        "This batch is recalled."
        "Do not dispense. Put the pack in quarantine and follow the recall notice."
        "This batch is recalled. Do not use it; take the pack back to a pharmacy.";
    Withdrawn "WITHDRAWN" 3 Red "Withdrawn"
        "This product is withdrawn from the market."
        "Do not dispense. Put the pack in quarantine and ask the manufacturer."
        "This product is withdrawn. Ask your pharmacist before you use it.";
    AlreadyDispensed "ALREADY_DISPENSED" 3 Red "Already supplied"
        "A pack with this code was already supplied."
        "Do not dispense. Keep the pack apart and compare it with your records."
        "This pack was supplied. If you did not just receive it, ask your pharmacist: a copied code can look the same.";
    AlreadyDispensedHere "ALREADY_DISPENSED_HERE" 3 Red "Already supplied here"
        "This pack was already supplied by your own pharmacy."
        "Check whether it was scanned twice; undo the first entry if it did not occur."
        "This pack was supplied. If you did not just receive it, ask your pharmacist: a copied code can look the same.";
    AlreadyDispensedElsewhere "ALREADY_DISPENSED_ELSEWHERE" 3 Red "Already supplied"
        "A pack with this code was already supplied by someone else."
        "Do not dispense. Quarantine the pack and report it: one of the two may be a copy."
        "This pack was supplied. If you did not just receive it, ask your pharmacist: a copied code can look the same.";
    Decommissioned "DECOMMISSIONED" 3 Red "Out of supply"
        "This pack was taken out of supply."
        "Do not dispense. Quarantine the pack and ask the supplier."
        "This pack was taken out of supply. Do not use it; ask your pharmacist.";
    Locked "LOCKED" 3 Red "In quarantine"
        "This pack is in quarantine."
        "Do not dispense until whoever locked it, or the regulator, ends the quarantine."
        "This pack is being looked into. Do not use it; ask your pharmacist.";
    Expired "EXPIRED" 3 Red "Expired"
        "This pack is past its last day of use."
        "Do not dispense. Put the pack aside for destruction."
        "This pack has expired. Do not use it.";
    UnknownSerial "UNKNOWN_SERIAL" 3 Red "Not known"
        "No pack of this batch was issued with this serial number."
        "Do not dispense. Quarantine the pack and report it."
        "We cannot confirm this code. Ask your pharmacist.";
    UnknownLot "UNKNOWN_LOT" 4 Amber "Cannot tell"
        "No batch with this number is on record for this product."
        "Compare the batch number with the pack and scan again; if it stays so, ask the manufacturer."
        "We cannot confirm this code. Ask your pharmacist.";
    UnknownProduct "UNKNOWN_PRODUCT" 4 Amber "Cannot tell"
        "No product with this number is on record."
        "Compare the number with the pack; its maker may not take part in this record."
        "We cannot confirm this code. Ask your pharmacist.";
    LotMismatch "LOT_MISMATCH" 4 Amber "Does not match"
        "The batch number read differs from the one on record for this serial number."
        "Compare the batch number with the pack and scan again; if it stays so, quarantine the pack."
        "We cannot confirm this code. Ask your pharmacist.";
    ExpiryMismatch "EXPIRY_MISMATCH" 4 Amber "Does not match"
        "The expiry date read differs from the one on record."
        "Compare the date with the pack and scan again; if it stays so, quarantine the pack."
        "We cannot confirm this code. Ask your pharmacist.";
    NotConfirmed "NOT_CONFIRMED" 4 Amber "Cannot tell"
        "This code cannot be confirmed from the record."
        "Compare every part of the code with the pack and scan again; sign in to learn the reason."
        "We cannot confirm this code. Ask your pharmacist.";
    Unreadable "UNREADABLE" 4 Amber "Cannot read"
        "The code could not be read."
        "Scan again, try another scanner, or type what is printed beside the code."
        "The code could not be read. Try again, or ask your pharmacist.";
    Stale "STALE" 4 Amber "Cannot tell"
        "The record here is too old to answer from."
        "Try again in a minute, or ask another verifier."
        "We cannot confirm this code right now. Try again later.";
    NotInYourCustody "NOT_IN_YOUR_CUSTODY" 4 Amber "Not booked in"
        "This pack is on record, but not in your custody."
        "Book in the delivery it came with, or ask the supplier."
        "Ask your pharmacist.";
    ExpiresSoon "EXPIRES_SOON" 0 Green "May be dispensed"
        "On record and in supply; its last day of use is near."
        "May be dispensed if the treatment ends before the expiry date."
        "Issued by the maker named here and in supply. Check the expiry date. A copied code can look the same.";
    Active "ACTIVE" 0 Green "May be dispensed"
        "On record and in supply."
        "May be dispensed."
        "Issued by the maker named here and in supply. A copied code can look the same.";
    LotActive "LOT_ACTIVE" 0 Blue "Batch on record"
        "This batch is on record and not recalled; the code cannot tell one pack from a copy."
        "Scan the code of the pack itself, if it has one."
        "This batch is on record and not recalled. This code cannot tell one pack from a copy.";
}
