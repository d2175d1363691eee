//! Who holds what: the walk from a place up to an account.

use std::sync::Arc;

use theriac_gs1::Sscc;

use crate::constants::NESTING_MAX;
use crate::identifier::{AccountId, ShipmentId};
use crate::record::{HandlingUnit, PackPlace, Record, Shipment, ShipmentState, UnitState};
use crate::state::{State, StateUnavailable};
use crate::state_key::StateKey;

/// Who holds something, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Custody {
    /// The holder; of something on its way, its sender.
    pub holder: AccountId,
    /// How it is held.
    pub hold: Hold,
}

/// How something is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// In hand.
    Direct,
    /// Inside a unit that is in hand.
    InUnit,
    /// On its way; the sender is the holder.
    InShipment {
        /// The shipment.
        shipment: ShipmentId,
        /// Its addressee.
        to: AccountId,
        /// Whether it is inside a unit there.
        is_in_unit: bool,
    },
}

impl Custody {
    /// Whether it is inside a unit.
    pub fn is_in_unit(&self) -> bool {
        match self.hold {
            Hold::Direct => false,
            Hold::InUnit => true,
            Hold::InShipment { is_in_unit, .. } => is_in_unit,
        }
    }

    /// To whom it is on its way.
    pub fn addressee(&self) -> Option<AccountId> {
        match self.hold {
            Hold::InShipment { to, .. } => Some(to),
            Hold::Direct | Hold::InUnit => None,
        }
    }
}

/// The custody of whatever stands at a place of committed state.
///
/// # Errors
///
/// [`StateUnavailable`] also where a record names another that is not there.
pub fn of_place<S: State + ?Sized>(
    state: &S,
    place: PackPlace,
) -> Result<Custody, StateUnavailable> {
    walk(&mut Committed(state), place)
}

/// The place of a unit; of a resolved one, the account that holds what still names it.
pub fn unit_place(state: UnitState) -> PackPlace {
    match state {
        UnitState::Held(account) | UnitState::Resolved(account) => PackPlace::Account(account),
        UnitState::Inside(parent) => PackPlace::Unit(parent),
        UnitState::InShipment(shipment) => PackPlace::Shipment(shipment),
    }
}

/// Where the walk reads: committed state, or a transaction's own view of it.
pub(crate) trait Places {
    /// Why a record could not be read.
    type Error: From<StateUnavailable>;

    fn unit(&mut self, sscc: &Sscc) -> Result<Option<Arc<HandlingUnit>>, Self::Error>;
    fn shipment(&mut self, id: &ShipmentId) -> Result<Option<Arc<Shipment>>, Self::Error>;
}

const MISSING_UNIT: StateUnavailable = StateUnavailable::Missing { what: "a unit" };
const MISSING_SHIPMENT: StateUnavailable = StateUnavailable::Missing { what: "a shipment" };

/// The walk from a place up to an account.
pub(crate) fn walk<P: Places>(places: &mut P, place: PackPlace) -> Result<Custody, P::Error> {
    let mut place = place;
    let mut is_in_unit = false;
    // A unit nests at most NESTING_MAX levels; above them stand a shipment and an account.
    for _ in 0..u32::from(NESTING_MAX) + 2 {
        match place {
            PackPlace::Account(holder) => return Ok(held(holder, is_in_unit)),
            PackPlace::Unit(sscc) => {
                let unit = places.unit(&sscc)?.ok_or(MISSING_UNIT)?;
                if let UnitState::Resolved(holder) = unit.private.state {
                    return Ok(held(holder, is_in_unit));
                }
                is_in_unit = true;
                place = unit_place(unit.private.state);
            }
            PackPlace::Shipment(shipment) => {
                let record = places.shipment(&shipment)?.ok_or(MISSING_SHIPMENT)?;
                let to = record.private.to;
                return Ok(match record.private.state {
                    ShipmentState::Resolved(holder) => held(holder, is_in_unit),
                    ShipmentState::Open => Custody {
                        holder: record.private.from,
                        hold: Hold::InShipment {
                            shipment,
                            to,
                            is_in_unit,
                        },
                    },
                });
            }
        }
    }
    Err(StateUnavailable::Endless.into())
}

fn held(holder: AccountId, is_in_unit: bool) -> Custody {
    let hold = if is_in_unit {
        Hold::InUnit
    } else {
        Hold::Direct
    };
    Custody { holder, hold }
}

/// Committed state, record by record.
struct Committed<'a, S: ?Sized>(&'a S);

impl<S: State + ?Sized> Committed<'_, S> {
    fn find<R: Record>(&self, key: &StateKey) -> Result<Option<Arc<R>>, StateUnavailable> {
        let Some(stored) = self.0.record(key)? else {
            return Ok(None);
        };
        let record =
            R::load(&stored).map_err(|source| StateUnavailable::Damaged { key: *key, source })?;
        Ok(Some(Arc::new(record)))
    }
}

impl<S: State + ?Sized> Places for Committed<'_, S> {
    type Error = StateUnavailable;

    fn unit(&mut self, sscc: &Sscc) -> Result<Option<Arc<HandlingUnit>>, StateUnavailable> {
        self.find(&StateKey::unit(sscc))
    }

    fn shipment(&mut self, id: &ShipmentId) -> Result<Option<Arc<Shipment>>, StateUnavailable> {
        self.find(&StateKey::shipment(id))
    }
}
