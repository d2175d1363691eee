//! Rejections by a handling unit.

use theriac_gs1::Sscc;

use super::SupplyBlock;
use crate::constants::{NESTING_MAX, UNIT_LOTS_MAX};
use crate::identifier::ShipmentId;
use crate::record::LotName;

/// A handling unit stands against it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitRejection {
    /// No such unit.
    #[error("unit {sscc} does not exist")]
    Unknown {
        /// The unit.
        sscc: Sscc,
    },
    /// Unpacked whole before.
    #[error("unit {sscc} was unpacked whole and is never used again")]
    Resolved {
        /// The unit.
        sscc: Sscc,
    },
    /// Held by another account.
    #[error("unit {sscc} is not held by your account")]
    NotHeld {
        /// The unit.
        sscc: Sscc,
    },
    /// Inside another unit.
    #[error("unit {sscc} is inside another unit")]
    InsideUnit {
        /// The unit.
        sscc: Sscc,
    },
    /// On its way.
    #[error("unit {sscc} is in an open shipment")]
    InOpenShipment {
        /// The unit.
        sscc: Sscc,
    },
    /// The number belongs to another company.
    #[error("SSCC {sscc} does not begin with a company prefix of the signer's organisation")]
    Prefix {
        /// The unit.
        sscc: Sscc,
    },
    /// Not in the unit that is unpacked.
    #[error("unit {sscc} is not directly in unit {parent}")]
    NotInUnit {
        /// The unit named.
        sscc: Sscc,
        /// The unit that is unpacked.
        parent: Sscc,
    },
    /// Not in the shipment that is received.
    #[error("unit {sscc} is not in shipment {shipment}")]
    NotInShipment {
        /// The unit.
        sscc: Sscc,
        /// The shipment.
        shipment: ShipmentId,
    },
    /// Too many levels.
    #[error("unit {sscc} would nest more than {NESTING_MAX} levels")]
    TooDeep {
        /// The unit.
        sscc: Sscc,
    },
    /// Too many lots.
    #[error("unit {sscc} would have held more than {UNIT_LOTS_MAX} lots")]
    TooManyLots {
        /// The unit.
        sscc: Sscc,
    },
    /// A lot that was ever in it is kept out of supply.
    #[error("unit {sscc} may hold packs of {lot}: {block}")]
    Blocked {
        /// The unit.
        sscc: Sscc,
        /// The lot.
        lot: LotName,
        /// Why.
        block: SupplyBlock,
    },
}

impl UnitRejection {
    /// A stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "unknown_unit",
            Self::Resolved { .. } => "unit_resolved",
            Self::NotHeld { .. } => "unit_not_held",
            Self::InsideUnit { .. } => "unit_inside_unit",
            Self::InOpenShipment { .. } => "unit_in_open_shipment",
            Self::Prefix { .. } => "sscc_not_yours",
            Self::NotInUnit { .. } => "unit_not_in_unit",
            Self::NotInShipment { .. } => "unit_not_in_shipment",
            Self::TooDeep { .. } => "unit_too_deep",
            Self::TooManyLots { .. } => "unit_too_many_lots",
            Self::Blocked { block, .. } => block.code(),
        }
    }

    /// What to do next.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "check the SSCC",
            Self::Resolved { .. } => "name its former contents, or pack them under a new SSCC",
            Self::NotHeld { .. } => "receive the shipment that brings the unit first",
            Self::InsideUnit { .. } => "unpack the outer unit first",
            Self::InOpenShipment { .. } => {
                "wait until the shipment is received or rejected, or cancel it"
            }
            Self::Prefix { .. } => {
                "number the unit under a GS1 company prefix of the organisation's record"
            }
            Self::NotInUnit { .. } => {
                "check what the unit contains; name only what is directly in it"
            }
            Self::NotInShipment { .. } => "check what the shipment contains",
            Self::TooDeep { .. } => "unpack an inner level first",
            Self::TooManyLots { .. } => "use a new SSCC, or spread the lots over several units",
            Self::Blocked { .. } => {
                "unpack the unit and ship the other packs, or send it for return or destruction"
            }
        }
    }
}
