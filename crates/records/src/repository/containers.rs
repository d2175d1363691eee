//! Who holds what, by the walk from a place to an account (ledger.md section 3, "holder").

use sea_orm::{ConnectionTrait, EntityTrait};
use serde::Serialize;
use theriac_gs1::Sscc;
use theriac_ledger::constants::NESTING_MAX;
use theriac_ledger::identifier::{AccountId, ShipmentId};
use theriac_ledger::record::{PackPlace, UnitState};

use super::shipments::{ShipmentOutcome, shipment_of};
use crate::codec;
use crate::entity::{shipment, unit};
use crate::error::StorageError;

/// Who holds something, and in what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holder {
    /// The account that has custody.
    pub account: AccountId,
    /// Whether it is in no unit and on no way: only then it may be packed, unpacked or shipped.
    pub is_direct: bool,
    /// Units around it that are not resolved, the innermost first.
    pub units: Vec<Sscc>,
    /// The open shipment it is in.
    pub shipment: Option<ShipmentId>,
    /// To whom that shipment goes.
    pub addressee: Option<AccountId>,
}

/// Walks from a place to the account that has custody.
pub(crate) async fn holder_of<C: ConnectionTrait>(
    db: &C,
    place: PackPlace,
) -> Result<Holder, StorageError> {
    let broken = StorageError::Corrupt {
        column: "units.state",
    };
    let mut units = Vec::new();
    let mut place = place;
    // The rules bound nesting, so a longer walk is a ring: not data of this program.
    while units.len() <= usize::from(NESTING_MAX) {
        match place {
            PackPlace::Account(account) => {
                return Ok(Holder {
                    account,
                    is_direct: units.is_empty(),
                    units,
                    shipment: None,
                    addressee: None,
                });
            }
            PackPlace::Shipment(id) => return in_shipment(db, id, units).await,
            PackPlace::Unit(sscc) => {
                let row = unit::Entity::find_by_id(sscc.as_str())
                    .one(db)
                    .await?
                    .ok_or(broken.clone())?;
                let state = codec::unit_state(row.state_kind, &row.state, "units.state")?;
                if !matches!(state, UnitState::Resolved(_)) {
                    units.push(sscc);
                }
                place = place_of(state);
            }
        }
    }
    Err(broken)
}

/// The place of a unit.
pub(crate) fn place_of(state: UnitState) -> PackPlace {
    match state {
        UnitState::Held(account) | UnitState::Resolved(account) => PackPlace::Account(account),
        UnitState::Inside(parent) => PackPlace::Unit(parent),
        UnitState::InShipment(shipment) => PackPlace::Shipment(shipment),
    }
}

async fn in_shipment<C: ConnectionTrait>(
    db: &C,
    id: ShipmentId,
    units: Vec<Sscc>,
) -> Result<Holder, StorageError> {
    let row = shipment::Entity::find_by_id(codec::bytes(&id.0))
        .one(db)
        .await?
        .ok_or(StorageError::Corrupt {
            column: "shipments.id",
        })?;
    let found = shipment_of(&row)?;
    let is_open = found.outcome == ShipmentOutcome::Open;
    Ok(Holder {
        account: found.holder(),
        is_direct: !is_open && units.is_empty(),
        units,
        shipment: is_open.then_some(id),
        addressee: is_open.then_some(found.to),
    })
}
