//! Rejections by the lot.

use theriac_gs1::CalendarDate;

use crate::constants::LOT_RUNS_MAX;
use crate::identifier::PackLocation;
use crate::record::LotName;

/// The lot stands against it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LotRejection {
    /// No such lot.
    #[error("{lot} does not exist")]
    Unknown {
        /// The lot.
        lot: LotName,
    },
    /// Made by another organisation.
    #[error("{lot} was made by another organisation")]
    NotMaker {
        /// The lot.
        lot: LotName,
    },
    /// No more runs.
    #[error("{lot} is closed")]
    Closed {
        /// The lot.
        lot: LotName,
    },
    /// Recalled.
    #[error("{lot} is recalled")]
    Recalled {
        /// The lot.
        lot: LotName,
    },
    /// Past its expiry.
    #[error("{lot} expired on {expiry}")]
    Expired {
        /// The lot.
        lot: LotName,
        /// Its expiry.
        expiry: CalendarDate,
    },
    /// Another run number is next.
    #[error("run {found} was named, but the next run of {lot} is {next}")]
    RunNumber {
        /// The lot.
        lot: LotName,
        /// The number named.
        found: u16,
        /// The number expected.
        next: u16,
    },
    /// No room for another run.
    #[error("{lot} already has {LOT_RUNS_MAX} runs")]
    TooManyRuns {
        /// The lot.
        lot: LotName,
    },
    /// The dates differ from those of the lot.
    #[error(
        "{lot} expires on {expiry} and was manufactured on {manufactured}; the run says otherwise"
    )]
    Dates {
        /// The lot.
        lot: LotName,
        /// Its expiry.
        expiry: CalendarDate,
        /// Its day of manufacture.
        manufactured: CalendarDate,
    },
    /// The serial of a pack exists for the product.
    #[error("the serial of pack {position} exists already: it is that of {existing}")]
    DuplicateSerial {
        /// Position in the refused run.
        position: u32,
        /// Where the serial stands.
        existing: PackLocation,
    },
}

impl LotRejection {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown_lot",
            Self::NotMaker { .. } => "not_lot_maker",
            Self::Closed { .. } => "lot_closed",
            Self::Recalled { .. } => "lot_recalled",
            Self::Expired { .. } => "lot_expired",
            Self::RunNumber { .. } => "run_number",
            Self::TooManyRuns { .. } => "too_many_runs",
            Self::Dates { .. } => "lot_dates_differ",
            Self::DuplicateSerial { .. } => "duplicate_serial",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "check the GTIN and the lot number",
            Self::NotMaker { .. } => "only the maker of the lot may do this",
            Self::Closed { .. } => "commission the packs under another lot number",
            Self::Recalled { .. } => {
                "keep the packs out of supply and send them back or destroy them"
            }
            Self::Expired { .. } => {
                "check the expiry date; expired packs go to return or destruction"
            }
            Self::RunNumber { .. } => {
                "read the lot's number of runs again and use it as the number"
            }
            Self::TooManyRuns { .. } => "use fewer, larger runs, or another lot number",
            Self::Dates { .. } => "use the dates of the lot, or another lot number",
            Self::DuplicateSerial { .. } => {
                "give the pack another serial: a serial is unique in all lots of a product, for ever"
            }
        }
    }
}
