//! Rejections by a pack.

use theriac_gs1::{CalendarDate, Sscc};

use crate::action::Country;
use crate::constants::UNDO_MS_MAX;
use crate::identifier::{PackLocation, RunId, ShipmentId, Timestamp};
use crate::record::PackStatus;

/// Why packs of a lot are kept out of supply.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SupplyBlock {
    /// The lot is recalled.
    #[error("the lot is recalled")]
    Recalled,
    /// The lot is past its expiry.
    #[error("the lot expired on {expiry}")]
    Expired {
        /// Its expiry.
        expiry: CalendarDate,
    },
    /// The product is withdrawn.
    #[error("the product is withdrawn in {country}")]
    Withdrawn {
        /// Country of the account that acts.
        country: Country,
    },
}

impl SupplyBlock {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Recalled => "lot_recalled",
            Self::Expired { .. } => "lot_expired",
            Self::Withdrawn { .. } => "product_withdrawn",
        }
    }
}

/// A pack stands against it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PackRejection {
    /// No such run.
    #[error("{run} does not exist")]
    UnknownRun {
        /// The run.
        run: RunId,
    },
    /// Past the end of the run.
    #[error("pack {position} is past the end of {run}, which has {count} packs")]
    BeyondRun {
        /// The run.
        run: RunId,
        /// Last position named.
        position: u32,
        /// Packs in the run.
        count: u32,
    },
    /// Held by another account.
    #[error("{pack} is not held by your account")]
    NotHeld {
        /// The pack.
        pack: PackLocation,
    },
    /// In a unit.
    #[error("{pack} is inside a handling unit")]
    InsideUnit {
        /// The pack.
        pack: PackLocation,
    },
    /// On its way.
    #[error("{pack} is in an open shipment")]
    InOpenShipment {
        /// The pack.
        pack: PackLocation,
    },
    /// Its status stands against it.
    #[error("{pack} is {status}")]
    Status {
        /// The pack.
        pack: PackLocation,
        /// Its status.
        status: PackStatus,
    },
    /// Its lot or product is kept out of supply.
    #[error("{pack} may not be supplied: {block}")]
    Blocked {
        /// The pack.
        pack: PackLocation,
        /// Why.
        block: SupplyBlock,
    },
    /// The status was set by another account.
    #[error("{pack} is {status}, as reported by another account")]
    ByOther {
        /// The pack.
        pack: PackLocation,
        /// Its status.
        status: PackStatus,
    },
    /// The time for undoing is over.
    #[error(
        "{pack} was dispensed at {since}, more than {} days ago",
        UNDO_MS_MAX / 86_400_000
    )]
    UndoTooLate {
        /// The pack.
        pack: PackLocation,
        /// When it was dispensed.
        since: Timestamp,
    },
    /// The reason does not belong to the status.
    #[error("{pack} is {status}, to which the reason given does not belong")]
    Reason {
        /// The pack.
        pack: PackLocation,
        /// Its status.
        status: PackStatus,
    },
    /// Not in the unit that is unpacked.
    #[error("{pack} is not directly in unit {sscc}")]
    NotInUnit {
        /// The pack.
        pack: PackLocation,
        /// The unit.
        sscc: Sscc,
    },
    /// Not in the shipment that is received.
    #[error("{pack} is not in shipment {shipment}")]
    NotInShipment {
        /// The pack.
        pack: PackLocation,
        /// The shipment.
        shipment: ShipmentId,
    },
}

impl PackRejection {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownRun { .. } => "unknown_run",
            Self::BeyondRun { .. } => "pack_beyond_run",
            Self::NotHeld { .. } => "pack_not_held",
            Self::InsideUnit { .. } => "pack_inside_unit",
            Self::InOpenShipment { .. } => "pack_in_open_shipment",
            Self::Status { status, .. } => status_code(*status),
            Self::Blocked { block, .. } => block.code(),
            Self::ByOther { .. } => "reported_by_other_account",
            Self::UndoTooLate { .. } => "undo_too_late",
            Self::Reason { .. } => "reactivate_reason",
            Self::NotInUnit { .. } => "pack_not_in_unit",
            Self::NotInShipment { .. } => "pack_not_in_shipment",
        }
    }

    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::UnknownRun { .. } => "check the GTIN, the lot and the number of the run",
            Self::BeyondRun { .. } => "name positions below the number of packs in the run",
            Self::NotHeld { .. } => "receive the shipment that brings the pack first",
            Self::InsideUnit { .. } => "unpack the pack from its unit first",
            Self::InOpenShipment { .. } => {
                "wait until the shipment is received or rejected, or cancel it"
            }
            Self::Status { status, .. } => status_hint(*status),
            Self::Blocked { .. } => {
                "keep the pack out of supply and send it for return or destruction"
            }
            Self::ByOther { .. } => "only the account that set the status may change it back",
            Self::UndoTooLate { .. } => "the pack stays dispensed; have it destroyed",
            Self::Reason { .. } => {
                "use not_dispensed for dispensed packs and found for missing packs"
            }
            Self::NotInUnit { .. } => {
                "check what the unit contains; name only what is directly in it"
            }
            Self::NotInShipment { .. } => "check what the shipment contains",
        }
    }
}

fn status_code(status: PackStatus) -> &'static str {
    match status {
        PackStatus::Active => "pack_active",
        PackStatus::Dispensed => "already_dispensed",
        PackStatus::Locked => "pack_locked",
        PackStatus::Destroyed => "pack_destroyed",
        PackStatus::Exported => "pack_exported",
        PackStatus::Stolen => "pack_stolen",
        PackStatus::Missing => "pack_missing",
        PackStatus::Damaged => "pack_damaged",
    }
}

fn status_hint(status: PackStatus) -> &'static str {
    match status {
        PackStatus::Active => "nothing is to be undone: the pack is active",
        PackStatus::Dispensed => {
            "a pack is dispensed once; if this one was not, the account that dispensed it can undo within ten days"
        }
        PackStatus::Locked => {
            "wait until the account that locked the pack, or a regulator, unlocks it"
        }
        PackStatus::Destroyed | PackStatus::Exported => {
            "the record is final; report the pack in hand as suspect to the regulator"
        }
        PackStatus::Stolen => "report the pack in hand to the regulator; it may only be destroyed",
        PackStatus::Missing => "the account that reported it missing can report it found",
        PackStatus::Damaged => "return the pack or have it destroyed",
    }
}
