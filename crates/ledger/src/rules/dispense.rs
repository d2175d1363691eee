//! `Dispense`: a pharmacy supplies packs that it holds, or that are on their way to it.

use super::custody::{Hold, Memory};
use super::packs;
use super::signer::Signer;
use super::supply;
use crate::action::Dispense;
use crate::execute::{Refusal, Step};
use crate::planted::{Bug, is_planted};
use crate::record::{PackStatus, Role};
use crate::state::State;

pub(crate) fn apply<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    action: &Dispense,
) -> Result<(), Refusal> {
    signer.require_role(Role::Pharmacy)?;
    supply::check_packs(step, signer, &action.packs)?;
    let mut memory = Memory::default();
    packs::edit(step, &action.packs, |step, pack, entry| {
        let is_again = entry.public.status == PackStatus::Dispensed;
        if !(is_again && is_planted(Bug::DispenseTwice)) {
            packs::require_status(entry, PackStatus::Active, pack)?;
        }
        let custody = memory.of_place(step, entry.private.place)?;
        // Pharmacies dispense before a delivery is booked in: that is receipt of this pack alone.
        let is_addressed =
            matches!(custody.hold, Hold::InShipment { to, .. } if to == signer.account);
        if !is_addressed {
            packs::require_off_the_road(signer, custody, pack)?;
        }
        packs::set_status(entry, PackStatus::Dispensed, step.time(), signer.account);
        packs::place_with(entry, signer);
        Ok(())
    })
}
