//! Handling units: cases, pallets and the like. A unit holds no list: its children name it.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use theriac_gs1::{Gtin, Lot, Sscc};

use super::{History, record};
use crate::constants::UNIT_LOTS_MAX;
use crate::encoding::BoundedList;
use crate::identifier::{AccountId, ShipmentId};

/// Where a unit is.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum UnitState {
    /// Held directly by an account.
    Held(AccountId),
    /// Inside another unit.
    Inside(Sscc),
    /// In a shipment.
    InShipment(ShipmentId),
    /// Unpacked whole: what still names it is held by this account. Never written again.
    Resolved(AccountId),
}

/// A product's lot, by name.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
pub struct LotName {
    /// The product.
    pub gtin: Gtin,
    /// The lot.
    pub lot: Lot,
}

impl std::fmt::Display for LotName {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "lot {} of product {}", self.lot, self.gtin)
    }
}

/// A handling unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandlingUnit {
    /// Nothing of a unit is public.
    pub public: (),
    /// Private half.
    pub private: HandlingUnitPrivate,
}

/// What members know of a unit.
#[derive(Debug, Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct HandlingUnitPrivate {
    /// Where it is.
    pub state: UnitState,
    /// One more than that of the deepest unit ever packed into it; 1 for a unit of packs alone.
    pub nesting: u8,
    /// Every lot ever packed into it, nested units included: ascending; never shrinks.
    pub lots: BoundedList<LotName, UNIT_LOTS_MAX>,
    /// History.
    pub history: History,
}

record!(HandlingUnit, (), HandlingUnitPrivate);
