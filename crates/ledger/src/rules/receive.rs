//! `Receive`: the addressee takes custody, whole or except what goes to a rest shipment.

use super::custody::{Hold, Memory, of_place, unit_place};
use super::packs;
use super::shipments;
use super::signer::Signer;
use super::units;
use crate::action::Receive;
use crate::execute::{Refusal, Step};
use crate::identifier::ShipmentId;
use crate::record::{History, PackPlace, Shipment, UnitState};
use crate::rejection::{PackRejection, ShipmentRejection, UnitRejection};
use crate::state::State;

pub(crate) fn apply<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    action: &Receive,
) -> Result<(), Refusal> {
    let id = action.shipment;
    let shipment = shipments::get_open(step, id)?;
    if shipment.private.to != signer.account {
        return Err(ShipmentRejection::NotAddressee { shipment: id }.into());
    }
    if !action.except.is_empty() {
        set_aside(step, action, &shipment)?;
    }
    shipments::resolve(step, id, &shipment, signer.account)
}

/// Moves the exceptions into a rest shipment. All are judged by what is inside before any moves,
/// so their order does not matter.
fn set_aside<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    action: &Receive,
    shipment: &Shipment,
) -> Result<(), Refusal> {
    let id = action.shipment;
    let rest = ShipmentId::of_rest(step.id());
    let mut memory = Memory::default();
    for exception in &action.except {
        packs::edit(step, &exception.packs, |step, pack, entry| {
            let custody = memory.of_place(step, entry.private.place)?;
            if !is_inside(custody.hold, id) {
                return Err(PackRejection::NotInShipment { pack, shipment: id }.into());
            }
            entry.private.place = PackPlace::Shipment(rest);
            Ok(())
        })?;
    }
    let mut moved = Vec::new();
    for sscc in action.except.iter().flat_map(|part| part.units.iter()) {
        let unit = units::get_unresolved(step, *sscc)?;
        let custody = of_place(step, unit_place(unit.private.state))?;
        if !is_inside(custody.hold, id) {
            let sscc = *sscc;
            return Err(UnitRejection::NotInShipment { sscc, shipment: id }.into());
        }
        moved.push((*sscc, unit));
    }
    for (sscc, unit) in moved {
        units::set_state(step, sscc, &unit, UnitState::InShipment(rest))?;
    }
    let mut remainder = shipment.clone();
    remainder.private.history = History::default();
    step.put(rest, remainder)
}

fn is_inside(hold: Hold, id: ShipmentId) -> bool {
    matches!(hold, Hold::InShipment { shipment, .. } if shipment == id)
}
