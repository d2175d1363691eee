//! `Lock`: the holder or a regulator quarantines active packs, wherever they are.

use super::custody::Memory;
use super::packs;
use super::signer::Signer;
use crate::action::Lock;
use crate::execute::{Refusal, Step};
use crate::record::{PackStatus, Role};
use crate::state::State;

pub(crate) fn apply<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    action: &Lock,
) -> Result<(), Refusal> {
    let is_regulator = signer.has_role(Role::Regulator);
    let mut memory = Memory::default();
    packs::edit(step, &action.packs, |step, pack, entry| {
        if !is_regulator {
            let custody = memory.of_place(step, entry.private.place)?;
            packs::require_held(signer, custody, pack)?;
        }
        packs::require_status(entry, PackStatus::Active, pack)?;
        packs::set_status(entry, PackStatus::Locked, step.time(), signer.account);
        Ok(())
    })
}
