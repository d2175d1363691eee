//! `Unlock`: the account that locked, or a regulator, ends a quarantine.

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
    packs::edit(step, &action.packs, |step, pack, entry| {
        packs::require_status(entry, PackStatus::Locked, pack)?;
        if !is_regulator && entry.private.by != signer.account {
            let status = entry.public.status;
            return Err(PackRejection::ByOther { pack, status }.into());
        }
        packs::set_status(entry, PackStatus::Active, step.time(), signer.account);
        Ok(())
    })
}
