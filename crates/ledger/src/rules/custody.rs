//! Who holds what: the walk from a place up to an account.

use crate::constants::NESTING_MAX;
use crate::execute::{Refusal, Step};
use crate::identifier::{AccountId, ShipmentId};
use crate::record::{HandlingUnit, PackPlace, Shipment, ShipmentState, UnitState};
use crate::state::State;

/// Who holds something, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Custody {
    pub(crate) holder: AccountId,
    pub(crate) hold: Hold,
}

/// How something is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hold {
    /// In hand.
    Direct,
    /// Inside a unit that is in hand.
    InUnit,
    /// On its way, in a unit or not; the sender is the holder.
    InShipment { shipment: ShipmentId, to: AccountId },
}

/// The custody of whatever stands at a place.
pub(crate) fn of_place<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    place: PackPlace,
) -> Result<Custody, Refusal> {
    let mut place = place;
    let mut in_unit = false;
    // A unit nests at most NESTING_MAX levels; above them stand a shipment and an account.
    for _ in 0..u32::from(NESTING_MAX) + 2 {
        match place {
            PackPlace::Account(holder) => return Ok(held(holder, in_unit)),
            PackPlace::Unit(sscc) => {
                let unit = step
                    .get::<HandlingUnit>(&sscc)?
                    .ok_or_else(|| super::damaged("a unit"))?;
                if let UnitState::Resolved(holder) = unit.private.state {
                    return Ok(held(holder, in_unit));
                }
                in_unit = true;
                place = unit_place(unit.private.state);
            }
            PackPlace::Shipment(shipment) => {
                let record = step
                    .get::<Shipment>(&shipment)?
                    .ok_or_else(|| super::damaged("a shipment"))?;
                let to = record.private.to;
                return Ok(match record.private.state {
                    ShipmentState::Resolved(holder) => held(holder, in_unit),
                    ShipmentState::Open => Custody {
                        holder: record.private.from,
                        hold: Hold::InShipment { shipment, to },
                    },
                });
            }
        }
    }
    Err(super::damaged("a unit inside itself"))
}

fn held(holder: AccountId, in_unit: bool) -> Custody {
    let hold = if in_unit { Hold::InUnit } else { Hold::Direct };
    Custody { holder, hold }
}

/// The place of a unit that is not resolved.
pub(crate) fn unit_place(state: UnitState) -> PackPlace {
    match state {
        UnitState::Held(account) | UnitState::Resolved(account) => PackPlace::Account(account),
        UnitState::Inside(parent) => PackPlace::Unit(parent),
        UnitState::InShipment(shipment) => PackPlace::Shipment(shipment),
    }
}

/// The last answer of [`of_place`], because neighbours mostly stand at the same place.
///
/// Only for as long as no unit and no shipment is written.
#[derive(Debug, Default)]
pub(crate) struct Memory(Option<(PackPlace, Custody)>);

impl Memory {
    pub(crate) fn of_place<S: State + ?Sized>(
        &mut self,
        step: &mut Step<'_, S>,
        place: PackPlace,
    ) -> Result<Custody, Refusal> {
        match self.0 {
            Some((known, custody)) if known == place => Ok(custody),
            _ => {
                let custody = of_place(step, place)?;
                self.0 = Some((place, custody));
                Ok(custody)
            }
        }
    }
}
