//! Handling units that an action names.

use std::sync::Arc;

use theriac_gs1::Sscc;

use super::custody::{Hold, of_place, unit_place};
use super::signer::Signer;
use crate::execute::{Refusal, Step};
use crate::record::{HandlingUnit, UnitState};
use crate::rejection::UnitRejection;
use crate::state::State;

/// A unit that exists and is not resolved.
pub(crate) fn get_unresolved<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    sscc: Sscc,
) -> Result<Arc<HandlingUnit>, Refusal> {
    let unit = step
        .get::<HandlingUnit>(&sscc)?
        .ok_or(UnitRejection::Unknown { sscc })?;
    match unit.private.state {
        UnitState::Resolved(_) => Err(UnitRejection::Resolved { sscc }.into()),
        _ => Ok(unit),
    }
}

/// A unit, not resolved, that the signer has in hand.
pub(crate) fn get_direct<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    sscc: Sscc,
) -> Result<Arc<HandlingUnit>, Refusal> {
    let unit = get_unresolved(step, sscc)?;
    let custody = of_place(step, unit_place(unit.private.state))?;
    if custody.holder != signer.account {
        return Err(UnitRejection::NotHeld { sscc }.into());
    }
    match custody.hold {
        Hold::Direct => Ok(unit),
        Hold::InUnit => Err(UnitRejection::InsideUnit { sscc }.into()),
        Hold::InShipment { .. } => Err(UnitRejection::InOpenShipment { sscc }.into()),
    }
}

/// Moves a unit.
pub(crate) fn set_state<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    sscc: Sscc,
    unit: &HandlingUnit,
    state: UnitState,
) -> Result<(), Refusal> {
    let mut moved = unit.clone();
    moved.private.state = state;
    step.put(sscc, moved)
}
