//! `Reject`: the addressee refuses an open shipment; everything in it is the sender's again.

use super::shipments;
use super::signer::Signer;
use crate::action::Reject;
use crate::execute::{Refusal, Step};
use crate::rejection::ShipmentRejection;
use crate::state::State;

pub(crate) fn apply<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    action: &Reject,
) -> Result<(), Refusal> {
    let id = action.shipment;
    let shipment = shipments::get_open(step, id)?;
    if shipment.private.to != signer.account {
        return Err(ShipmentRejection::NotAddressee { shipment: id }.into());
    }
    shipments::resolve(step, id, &shipment, shipment.private.from)
}
