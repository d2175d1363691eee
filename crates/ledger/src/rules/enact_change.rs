//! `EnactChange`: its proposer's organisation or any authority, once it is approved and its notice is over.

use super::change::{self, Stage};
use super::signer::Signer;
use crate::action::EnactChange;
use crate::execute::{Refusal, Step};
use crate::record::{ChangeAuthority, ChangePublic, ChangeRecord, ChangeState, Role};
use crate::rejection::ChangeRejection;
use crate::state::State;

pub(crate) fn apply<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    action: &EnactChange,
) -> Result<(), Refusal> {
    let id = action.id;
    let record = change::open_change(step, id)?;
    if action.change != record.public.change {
        return Err(ChangeRejection::Differs { id }.into());
    }
    change::check_recovery(signer, &record.public)?;
    if signer.organisation != record.public.proposer && !signer.has_role(Role::Authority) {
        let account = signer.account;
        return Err(ChangeRejection::NoPart { account, id }.into());
    }
    let (ready_at, time) = (record.public.ready_at, step.time());
    if time < ready_at {
        return Err(ChangeRejection::TooEarly { ready_at, time }.into());
    }
    check_proposer(step, &record.public)?;
    let review = change::review(step, &record.public)?;
    if review.approvals < review.needed {
        let (found, needed) = (review.approvals, review.needed);
        return Err(ChangeRejection::TooFewApprovals { found, needed }.into());
    }
    let authority = record.public.authority;
    let plan = change::plan(step, &action.change, authority, Stage::Enactment)?;
    if plan.replaces() != record.public.replaces {
        return Err(ChangeRejection::Outdated { id }.into());
    }
    plan.write(step)?;
    let mut enacted = ChangeRecord::clone(&record);
    enacted.public.state = ChangeState::Enacted { at: time };
    step.put_public(id, enacted);
    Ok(())
}

/// What needs nobody's approval rests on its proposal alone.
fn check_proposer<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    change: &ChangePublic,
) -> Result<(), Refusal> {
    if change.authority == ChangeAuthority::Authorities {
        return Ok(());
    }
    let is_disputed = change::is_disputed(step, change.proposer_key, change.proposed_at)?;
    if is_disputed || !change::is_in_standing(step, change.proposer)? {
        return Err(ChangeRejection::Disputed { id: change.id }.into());
    }
    Ok(())
}
