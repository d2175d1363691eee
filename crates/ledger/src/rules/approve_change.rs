//! `ApproveChange`: an authority whose validator votes now, once.

use super::change;
use super::signer::Signer;
use crate::action::ApproveChange;
use crate::encoding::BoundedList;
use crate::execute::{Refusal, Step};
use crate::record::{Approval, ChangeAuthority, ChangeRecord, Role};
use crate::rejection::ChangeRejection;
use crate::state::State;

pub(crate) fn apply<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    action: &ApproveChange,
) -> Result<(), Refusal> {
    let id = action.id;
    let record = change::open_change(step, id)?;
    if record.public.authority != ChangeAuthority::Authorities {
        return Err(ChangeRejection::NeedsNoApproval { id }.into());
    }
    let organisation = signer.organisation;
    let authorities = change::authorities(step)?;
    if !signer.has_role(Role::Authority) || !authorities.contains(&organisation) {
        let account = signer.account;
        return Err(ChangeRejection::NotAuthority { account }.into());
    }
    // Who no longer votes makes room for who does, and a thief for whom he stole from.
    let mut approvals = Vec::new();
    for approval in &record.public.approvals {
        if authorities.contains(&approval.organisation)
            && !change::is_disputed(step, approval.key, approval.at)?
        {
            approvals.push(*approval);
        }
    }
    if approvals
        .iter()
        .any(|approval| approval.organisation == organisation)
    {
        return Err(ChangeRejection::AlreadyApproved { organisation }.into());
    }
    approvals.push(Approval {
        organisation,
        key: signer.key,
        at: step.time(),
    });
    approvals.sort_unstable_by_key(|approval| approval.organisation);
    let mut approved = ChangeRecord::clone(&record);
    approved.public.approvals =
        BoundedList::new(approvals).map_err(|_| super::damaged("the bound of approvals"))?;
    step.put_public(id, approved);
    Ok(())
}
