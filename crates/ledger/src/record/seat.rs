//! Seats: where validators are found. Public whole.

use super::record;
use crate::change::Seat;

/// Where a validator is found. One that was there at genesis has a seat only once a change gave it one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeatRecord {
    /// Everything.
    pub public: Seat,
    /// Nothing.
    pub private: (),
}

record!(SeatRecord, Seat, ());
