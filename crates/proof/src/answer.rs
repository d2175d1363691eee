//! What people see: one table from verdict to stable code, exit code, colour and sentence.

use serde::{Deserialize, Serialize};
use theriac_ledger::action::Country;
use theriac_ledger::record::PackStatus;

use crate::verdict::{AbsentFrom, Difference, Recorded, Subject, Verdict};

mod table;

/// Days before the last day of use from which an answer says so: time to sell an ordinary course.
pub const EXPIRES_SOON_DAYS: i64 = 30;

/// A stable code of an answer, in order of precedence: where several apply, the first is the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AnswerCode {
    /// The evidence does not hold.
    EvidenceInvalid,
    /// The lot is recalled.
    Recalled,
    /// The product is withdrawn from the market.
    Withdrawn,
    /// The pack was supplied before.
    AlreadyDispensed,
    /// The pack was supplied before, by the caller (told to signed-in callers only).
    AlreadyDispensedHere,
    /// The pack was supplied before, by someone else (told to signed-in callers only).
    AlreadyDispensedElsewhere,
    /// The pack left supply.
    Decommissioned,
    /// The pack is in quarantine.
    Locked,
    /// Past the last day of use.
    Expired,
    /// No pack of the lot has this serial.
    UnknownSerial,
    /// The product has no such lot.
    UnknownLot,
    /// No product has this GTIN.
    UnknownProduct,
    /// The serial belongs to another lot.
    LotMismatch,
    /// The expiry lies in another month.
    ExpiryMismatch,
    /// The one answer of anonymous callers for every unknown or mismatched code.
    NotConfirmed,
    /// The code could not be read.
    Unreadable,
    /// The state is too old to answer from.
    Stale,
    /// The pack is on record, but not held by the caller (told to signed-in callers only).
    NotInYourCustody,
    /// Good, but the last day of use is near.
    ExpiresSoon,
    /// Good.
    Active,
    /// The lot is good; one pack of it cannot be told from a copy.
    LotActive,
}

/// How an answer is shown; never by colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    /// Stop.
    Red,
    /// Cannot tell.
    Amber,
    /// May be dispensed.
    Green,
    /// Information.
    Blue,
}

/// Row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The code.
    pub code: AnswerCode,
    /// Exit code of the command line: 0 good, 3 stop, 4 cannot tell.
    pub exit: u8,
    /// Colour.
    pub colour: Colour,
    /// One or two words for the band.
    pub word: &'static str,
    /// One sentence for staff.
    pub sentence: &'static str,
    /// What staff do next.
    pub action: &'static str,
    /// One sentence for patients.
    pub patient: &'static str,
}

impl AnswerCode {
    /// The row of this code.
    pub fn row(self) -> &'static Row {
        table::row(self)
    }

    /// The code as text, such as `ALREADY_DISPENSED`.
    pub fn as_str(self) -> &'static str {
        table::text(self)
    }

    /// What anonymous callers are told: one answer for everything unknown or mismatched, so that
    /// nobody learns by trying which part of a guess was right.
    #[must_use]
    pub fn for_anonymous(self) -> Self {
        match self {
            Self::UnknownSerial
            | Self::UnknownLot
            | Self::UnknownProduct
            | Self::LotMismatch
            | Self::ExpiryMismatch => Self::NotConfirmed,
            Self::AlreadyDispensedHere | Self::AlreadyDispensedElsewhere => Self::AlreadyDispensed,
            other => other,
        }
    }
}

/// Every code that applies to a verdict, in order of precedence; never empty.
///
/// `market` is the country in which the caller supplies, if known.
pub fn answers(verdict: &Verdict, market: Option<Country>) -> Vec<AnswerCode> {
    let mut codes = match verdict {
        Verdict::Recorded(recorded) => recorded_codes(recorded, market),
        Verdict::Unknown { proven_absent_from } => vec![match proven_absent_from {
            AbsentFrom::Lot => AnswerCode::UnknownSerial,
            AbsentFrom::Product => AnswerCode::UnknownLot,
            AbsentFrom::Register => AnswerCode::UnknownProduct,
        }],
        Verdict::Mismatch {
            difference,
            recorded,
        } => {
            let mut codes: Vec<_> = recorded
                .iter()
                .flat_map(|recorded| recorded_codes(recorded, market))
                .filter(|code| code.row().exit != 0)
                .collect();
            codes.push(match difference {
                Difference::Lot => AnswerCode::LotMismatch,
                Difference::Expiry => AnswerCode::ExpiryMismatch,
            });
            codes
        }
        Verdict::Stale { .. } => vec![AnswerCode::Stale],
        Verdict::Invalid { .. } => vec![AnswerCode::EvidenceInvalid],
    };
    codes.sort_unstable();
    codes
}

fn recorded_codes(recorded: &Recorded, market: Option<Country>) -> Vec<AnswerCode> {
    let mut codes = Vec::new();
    if recorded.is_recalled() {
        codes.push(AnswerCode::Recalled);
    }
    if recorded.is_withdrawn(market) {
        codes.push(AnswerCode::Withdrawn);
    }
    match recorded.status() {
        Some(PackStatus::Dispensed) => codes.push(AnswerCode::AlreadyDispensed),
        Some(PackStatus::Locked) => codes.push(AnswerCode::Locked),
        Some(PackStatus::Active) | None => {}
        Some(
            PackStatus::Destroyed
            | PackStatus::Exported
            | PackStatus::Stolen
            | PackStatus::Missing
            | PackStatus::Damaged,
        ) => codes.push(AnswerCode::Decommissioned),
    }
    if recorded.is_expired() {
        codes.push(AnswerCode::Expired);
    }
    if codes.is_empty() {
        codes.push(match recorded.subject {
            Subject::Lot => AnswerCode::LotActive,
            Subject::Pack if recorded.days_left() <= EXPIRES_SOON_DAYS => AnswerCode::ExpiresSoon,
            Subject::Pack => AnswerCode::Active,
        });
    }
    codes
}

#[cfg(test)]
mod tests;
