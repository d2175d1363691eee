//! `CancelShipment`: the sender takes an open shipment back.

use super::shipments;
use super::signer::Signer;
use crate::action::CancelShipment;
use crate::execute::{Refusal, Step};
use crate::rejection::ShipmentRejection;
use crate::state::State;

pub(crate) fn apply<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    action: &CancelShipment,
) -> Result<(), Refusal> {
    let id = action.shipment;
    let shipment = shipments::get_open(step, id)?;
    if shipment.private.from != signer.account {
        return Err(ShipmentRejection::NotSender { shipment: id }.into());
    }
    shipments::resolve(step, id, &shipment, signer.account)
}
