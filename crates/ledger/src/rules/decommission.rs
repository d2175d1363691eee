//! `Decommission`: the holder takes packs out of supply, out of whatever unit or shipment they are in.

use super::custody::Memory;
use super::packs;
use super::signer::Signer;
use crate::action::Decommission;
use crate::execute::{Refusal, Step};
use crate::record::PackStatus;
use crate::rejection::PackRejection;
use crate::state::State;

pub(crate) fn apply<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    action: &Decommission,
) -> Result<(), Refusal> {
    let next = action
        .reason
        .status()
        .expect("check_stateless refuses reserved reasons");
    let mut memory = Memory::default();
    packs::edit(step, &action.packs, |step, pack, entry| {
        let custody = memory.of_place(step, entry.private.place)?;
        packs::require_held(signer, custody, pack)?;
        let status = entry.public.status;
        if !is_transition(status, next) {
            return Err(PackRejection::Status { pack, status }.into());
        }
        packs::set_status(entry, next, step.time(), signer.account);
        packs::place_with(entry, signer);
        Ok(())
    })
}

fn is_transition(from: PackStatus, to: PackStatus) -> bool {
    match from {
        PackStatus::Active | PackStatus::Locked => true,
        PackStatus::Missing | PackStatus::Stolen | PackStatus::Damaged => {
            to == PackStatus::Destroyed
        }
        PackStatus::Dispensed | PackStatus::Destroyed | PackStatus::Exported => false,
    }
}
