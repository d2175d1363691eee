//! Who holds a pack or a unit (ledger.md, section 3): the walk from a place up to an account.

use theriac_ledger::constants::NESTING_MAX;
use theriac_ledger::identifier::AccountId;
use theriac_ledger::record::{
    Account, HandlingUnit, Organisation, PackPlace, Shipment, ShipmentState, UnitState,
};
use theriac_ledger::state::State;
use theriac_ledger::state_key::StateKey;

use crate::view::{ReadError, find, get};

/// Who holds something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Custody {
    /// The holder; of something on its way, its sender.
    pub(crate) holder: AccountId,
    /// To whom it is on its way.
    pub(crate) addressee: Option<AccountId>,
    /// Whether it is inside a unit.
    pub(crate) is_in_unit: bool,
}

/// An account, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Party {
    /// The account.
    pub(crate) account: AccountId,
    /// Legal name of its organisation.
    pub(crate) organisation: String,
    /// Name of its premises.
    pub(crate) name: String,
}

/// Who holds what stands at `place`.
pub(crate) fn of_place(state: &dyn State, place: PackPlace) -> Result<Custody, ReadError> {
    let mut place = place;
    let mut is_in_unit = false;
    // Above the deepest nesting of units stand a shipment and an account.
    for _ in 0..u32::from(NESTING_MAX) + 2 {
        match place {
            PackPlace::Account(holder) => return Ok(held(holder, is_in_unit)),
            PackPlace::Unit(sscc) => {
                let unit: HandlingUnit = get(state, &StateKey::unit(&sscc), "unit")?;
                if let UnitState::Resolved(holder) = unit.private.state {
                    return Ok(held(holder, is_in_unit));
                }
                is_in_unit = true;
                place = place_of_unit(unit.private.state);
            }
            PackPlace::Shipment(id) => {
                let shipment: Shipment = get(state, &StateKey::shipment(&id), "shipment")?;
                return Ok(match shipment.private.state {
                    ShipmentState::Resolved(holder) => held(holder, is_in_unit),
                    ShipmentState::Open => Custody {
                        holder: shipment.private.from,
                        addressee: Some(shipment.private.to),
                        is_in_unit,
                    },
                });
            }
        }
    }
    Err(ReadError::Missing {
        what: "an end of units inside each other",
    })
}

/// Where a unit stands.
pub(crate) fn place_of_unit(state: UnitState) -> PackPlace {
    match state {
        UnitState::Held(account) | UnitState::Resolved(account) => PackPlace::Account(account),
        UnitState::Inside(parent) => PackPlace::Unit(parent),
        UnitState::InShipment(shipment) => PackPlace::Shipment(shipment),
    }
}

/// The names behind an account.
pub(crate) fn party(state: &dyn State, id: AccountId) -> Result<Party, ReadError> {
    let account: Account = get(state, &StateKey::account(&id), "account")?;
    let owner = StateKey::organisation(&account.private.organisation);
    let organisation: Option<Organisation> = find(state, &owner, "organisation")?;
    Ok(Party {
        account: id,
        organisation: organisation
            .map(|organisation| organisation.public.legal_name.to_string())
            .unwrap_or_default(),
        name: account.private.name.to_string(),
    })
}

fn held(holder: AccountId, is_in_unit: bool) -> Custody {
    Custody {
        holder,
        addressee: None,
        is_in_unit,
    }
}
