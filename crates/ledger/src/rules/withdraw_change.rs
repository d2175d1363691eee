//! `WithdrawChange`: its proposer's organisation takes it back. One of an account's own keys may also be
//! vetoed: by a key for custody of that account, or by any authority whose validator votes now.

use super::change;
use super::signer::Signer;
use crate::action::WithdrawChange;
use crate::execute::{Refusal, Step};
use crate::record::{ChangeAuthority, ChangePublic, ChangeRecord, ChangeState, Role};
use crate::rejection::ChangeRejection;
use crate::state::State;

pub(crate) fn apply<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    action: &WithdrawChange,
) -> Result<(), Refusal> {
    let id = action.id;
    let record = change::open_change(step, id)?;
    change::check_recovery(signer, &record.public)?;
    if signer.organisation != record.public.proposer && !may_veto(step, signer, &record.public)? {
        let account = signer.account;
        return Err(ChangeRejection::NoPart { account, id }.into());
    }
    let mut withdrawn = ChangeRecord::clone(&record);
    withdrawn.public.state = ChangeState::Withdrawn { at: step.time() };
    step.put_public(id, withdrawn);
    Ok(())
}

/// Keys of an account are proposed by its own organisation, so what is left are the authorities.
fn may_veto<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    change: &ChangePublic,
) -> Result<bool, Refusal> {
    if change.authority == ChangeAuthority::Authorities || !signer.has_role(Role::Authority) {
        return Ok(false);
    }
    Ok(change::authorities(step)?.contains(&signer.organisation))
}
