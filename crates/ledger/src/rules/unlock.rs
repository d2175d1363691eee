//! `Unlock`: the account that locked, or a regulator, ends a quarantine.

use super::custody::Memory;
use super::packs;
use super::signer::Signer;
use crate::action::Unlock;
use crate::execute::{Refusal, Step};
use crate::record::{PackStatus, Role};
use crate::rejection::PackRejection;
use crate::state::State;

pub(crate) fn apply<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    action: &Unlock,
) -> Result<(), Refusal> {
    let is_regulator = signer.has_role(Role::Regulator);
    let mut memory = Memory::default();
    packs::edit(step, &action.packs, |step, pack, entry| {
        packs::require_status(entry, PackStatus::Locked, pack)?;
        if !is_regulator {
            if entry.private.by != signer.account {
                let status = entry.public.status;
                return Err(PackRejection::ByOther { pack, status }.into());
            }
            // The pack may have moved on since, but on the road only its sender judges it: the
            // addressee, who may have locked it before, takes it as it was sent or not at all.
            let custody = memory.of_place(step, entry.private.place)?;
            if custody.addressee().is_some() && custody.holder != signer.account {
                return Err(PackRejection::InOpenShipment { pack }.into());
            }
        }
        packs::set_status(entry, PackStatus::Active, step.time(), signer.account);
        Ok(())
    })
}
