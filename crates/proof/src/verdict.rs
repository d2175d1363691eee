//! What the evidence says about a code, before anyone puts it into words.

use serde::{Deserialize, Serialize};
use theriac_gs1::{CalendarDate, Lot};
use theriac_ledger::action::Country;
use theriac_ledger::identifier::Timestamp;
use theriac_ledger::record::{EntryPublic, LotPublic, LotState, PackStatus, ProductPublic};

use crate::bundle::Question;

/// What was asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// One pack: the code had a serial.
    Pack,
    /// A lot: the code had none, so it cannot tell one pack from a copy.
    Lot,
}

/// What is on record about a pack or lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// Pack or lot.
    pub subject: Subject,
    /// The pack's status and since when; none for a lot.
    pub pack: Option<EntryPublic>,
    /// State of the lot.
    pub lot: LotState,
    /// Countries in which the product is withdrawn.
    pub withdrawn: Vec<Country>,
    /// Last day of use.
    pub expiry: CalendarDate,
    /// Block time of the state in which all this stands.
    pub as_of: Timestamp,
}

/// The narrowest thing in whose list the code is proven to be absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AbsentFrom {
    /// No pack of the lot has this serial.
    Lot,
    /// The product has no such lot.
    Product,
    /// No product has this GTIN.
    Register,
}

/// What was read differs from what is on record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Difference {
    /// The serial belongs to another lot of the product.
    Lot,
    /// The expiry read lies in another month.
    Expiry,
}

/// What the evidence says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// On record.
    Recorded(Recorded),
    /// Not on record.
    Unknown {
        /// Where it is proven absent.
        proven_absent_from: AbsentFrom,
    },
    /// On record, but the code says something else.
    Mismatch {
        /// What differs.
        difference: Difference,
        /// What is on record; none where naming it would give away another lot.
        recorded: Option<Recorded>,
    },
    /// The state is older than the caller accepts.
    Stale {
        /// Age of the state, in milliseconds.
        age_ms: u64,
    },
    /// The evidence does not hold.
    Invalid {
        /// The check that failed.
        why: String,
    },
}

/// Judges records that were proven for a code.
///
/// `pack` is the pack's public entry where the code had a serial. The expiry is compared by
/// month: another day of the same month is a matter of label design (day 00), not of identity.
pub fn judge(
    question: &Question,
    lot_name: &Lot,
    lot: &LotPublic,
    product: &ProductPublic,
    pack: Option<EntryPublic>,
    as_of: Timestamp,
) -> Verdict {
    let recorded = Recorded::new(lot, product, pack, as_of);
    if question.lot.is_some_and(|read| read != *lot_name) {
        return Verdict::Mismatch {
            difference: Difference::Lot,
            recorded: Some(recorded),
        };
    }
    if question
        .expiry
        .is_some_and(|read| !same_month(read, lot.expiry))
    {
        return Verdict::Mismatch {
            difference: Difference::Expiry,
            recorded: Some(recorded),
        };
    }
    Verdict::Recorded(recorded)
}

fn same_month(left: CalendarDate, right: CalendarDate) -> bool {
    (left.year(), left.month()) == (right.year(), right.month())
}

impl Recorded {
    /// What is on record of a lot, and of one of its packs where it is about one.
    pub fn new(
        lot: &LotPublic,
        product: &ProductPublic,
        pack: Option<EntryPublic>,
        as_of: Timestamp,
    ) -> Self {
        Self {
            subject: if pack.is_some() {
                Subject::Pack
            } else {
                Subject::Lot
            },
            pack,
            lot: lot.state,
            withdrawn: product.withdrawn.to_vec(),
            expiry: lot.expiry,
            as_of,
        }
    }

    /// Whether the lot is recalled.
    pub fn is_recalled(&self) -> bool {
        matches!(self.lot, LotState::Recalled { .. })
    }

    /// Whether the product is withdrawn in `market`, or anywhere where the market is not known.
    pub fn is_withdrawn(&self, market: Option<Country>) -> bool {
        market.map_or(!self.withdrawn.is_empty(), |country| {
            self.withdrawn.contains(&country)
        })
    }

    /// Days from the state's day to the last day of use; negative once expired.
    pub fn days_left(&self) -> i64 {
        self.expiry.days_since_epoch() - self.as_of.days_since_epoch()
    }

    /// Whether the last day of use is over.
    pub fn is_expired(&self) -> bool {
        self.days_left() < 0
    }

    /// The pack's status.
    pub fn status(&self) -> Option<PackStatus> {
        self.pack.map(|entry| entry.status)
    }
}
