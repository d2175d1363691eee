//! Shipments that an action names.

use std::sync::Arc;

use crate::execute::{Refusal, Step};
use crate::identifier::{AccountId, ShipmentId};
use crate::record::{Shipment, ShipmentState};
use crate::rejection::ShipmentRejection;
use crate::state::State;

/// A shipment that exists and is open.
pub(crate) fn get_open<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    shipment: ShipmentId,
) -> Result<Arc<Shipment>, Refusal> {
    let record = step
        .get::<Shipment>(&shipment)?
        .ok_or(ShipmentRejection::Unknown { shipment })?;
    match record.private.state {
        ShipmentState::Open => Ok(record),
        ShipmentState::Resolved(_) => Err(ShipmentRejection::Resolved { shipment }.into()),
    }
}

/// Ends a shipment: what still names it is held by `holder`.
pub(crate) fn resolve<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    id: ShipmentId,
    shipment: &Shipment,
    holder: AccountId,
) -> Result<(), Refusal> {
    let mut resolved = shipment.clone();
    resolved.private.state = ShipmentState::Resolved(holder);
    step.put(id, resolved)
}
