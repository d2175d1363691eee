//! `Unpack`: takes contents out of a unit that the signer has in hand.

use super::packs;
use super::signer::Signer;
use super::units;
use crate::action::{Unpack, UnpackContents};
use crate::execute::{Refusal, Step};
use crate::record::{PackPlace, UnitState};
use crate::rejection::{PackRejection, UnitRejection};
use crate::state::State;

pub(crate) fn apply<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    action: &Unpack,
) -> Result<(), Refusal> {
    let parent = action.sscc;
    let unit = units::get_direct(step, signer, parent)?;
    let (packs, units) = match &action.contents {
        UnpackContents::All => {
            let resolved = UnitState::Resolved(signer.account);
            return units::set_state(step, parent, &unit, resolved);
        }
        UnpackContents::Some { packs, units } => (packs, units),
    };
    packs::edit(step, packs, |_, pack, entry| {
        if entry.private.place != PackPlace::Unit(parent) {
            return Err(PackRejection::NotInUnit { pack, sscc: parent }.into());
        }
        packs::place_with(entry, signer);
        Ok(())
    })?;
    for sscc in units {
        let child = units::get_unresolved(step, *sscc)?;
        if child.private.state != UnitState::Inside(parent) {
            let sscc = *sscc;
            return Err(UnitRejection::NotInUnit { sscc, parent }.into());
        }
        units::set_state(step, *sscc, &child, UnitState::Held(signer.account))?;
    }
    Ok(())
}
