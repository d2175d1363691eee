//! What the rules of changes share: who is an authority, which change is meant, whether it is decided.

use std::collections::BTreeSet;
use std::sync::Arc;

use theriac_crypto::PublicKey;

use super::signer::Signer;
use crate::change::Change;
use crate::constants::PROTOCOL;
use crate::execute::{Refusal, Review, Step};
use crate::identifier::{AccountId, ChangeId, OrganisationId, Timestamp};
use crate::record::{
    Account, ChangeAuthority, ChangePublic, ChangeRecord, ChangeState, KeyPurpose, KeyRecord,
    Organisation, Parameters, ParametersRecord, Standing, ValidatorsRecord,
};
use crate::rejection::ChangeRejection;
use crate::state::State;

mod account;
mod key;
mod organisation;
mod plan;
mod validator;

pub(crate) use plan::{Stage, plan};

const _: () = assert!(
    PROTOCOL == 1,
    "`Change::SetProtocol` needs a rule for what version 2 means"
);

/// The parameters as this transaction sees them.
pub(crate) fn parameters<S: State + ?Sized>(step: &mut Step<'_, S>) -> Result<Parameters, Refusal> {
    let record = step
        .get::<ParametersRecord>(&())?
        .ok_or_else(|| super::damaged("the parameters"))?;
    Ok(record.public)
}

/// The organisations whose validators sign this block. Approvals count against these.
pub(crate) fn authorities<S: State + ?Sized>(
    step: &mut Step<'_, S>,
) -> Result<BTreeSet<OrganisationId>, Refusal> {
    let set = step
        .committed::<ValidatorsRecord>(&())?
        .ok_or_else(|| super::damaged("the validators"))?;
    let mut organisations = BTreeSet::new();
    for validator in set.public.members() {
        let key = step
            .get::<KeyRecord>(&validator.key)?
            .ok_or_else(|| super::damaged("the key of a validator"))?;
        let account = account_of(step, key.private.account)?;
        organisations.insert(account.private.organisation);
    }
    Ok(organisations)
}

/// An account that a record names.
pub(crate) fn account_of<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    account: AccountId,
) -> Result<Arc<Account>, Refusal> {
    step.get::<Account>(&account)?
        .ok_or_else(|| super::damaged("the account of a key"))
}

/// A change that can still be approved, withdrawn or enacted.
pub(crate) fn open_change<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    id: ChangeId,
) -> Result<Arc<ChangeRecord>, Refusal> {
    let record = step
        .get::<ChangeRecord>(&id)?
        .ok_or(ChangeRejection::Unknown { id })?;
    match record.public.state {
        ChangeState::Enacted { at } => return Err(ChangeRejection::Enacted { id, at }.into()),
        ChangeState::Withdrawn { at } => return Err(ChangeRejection::Withdrawn { id, at }.into()),
        ChangeState::Open => {}
    }
    let expires_at = record.public.expires_at;
    if expires_at <= step.time() {
        return Err(ChangeRejection::Expired { id, expires_at }.into());
    }
    Ok(record)
}

/// What a change still needs in approvals: counted against the authorities that sign this block, by the
/// threshold that holds now.
pub(crate) fn review<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    change: &ChangePublic,
) -> Result<Review, Refusal> {
    let authorities = authorities(step)?;
    let count = u32::try_from(authorities.len()).unwrap_or(u32::MAX);
    let rule = parameters(step)?.voting.rule(change.change.class());
    let needed = match change.authority {
        ChangeAuthority::Authorities => rule.needed(count),
        ChangeAuthority::Account | ChangeAuthority::Recovery => 0,
    };
    Ok(Review {
        approvals: count_approvals(step, change, &authorities)?,
        needed,
        authorities: count,
    })
}

/// Approvals that count: of authorities whose validators sign this block, in good standing, by keys that
/// nobody else held then.
fn count_approvals<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    change: &ChangePublic,
    authorities: &BTreeSet<OrganisationId>,
) -> Result<u32, Refusal> {
    let mut found = 0u32;
    for approval in &change.approvals {
        if !authorities.contains(&approval.organisation) {
            continue;
        }
        if is_in_standing(step, approval.organisation)?
            && !is_disputed(step, approval.key, approval.at)?
        {
            found = found.saturating_add(1);
        }
    }
    Ok(found)
}

/// Whether an organisation is in good standing.
pub(crate) fn is_in_standing<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    organisation: OrganisationId,
) -> Result<bool, Refusal> {
    let record = step
        .get::<Organisation>(&organisation)?
        .ok_or_else(|| super::damaged("an organisation of a change"))?;
    Ok(record.public.standing == Standing::Good)
}

/// Whether others may have held a key when it signed something.
pub(crate) fn is_disputed<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    key: PublicKey,
    at: Timestamp,
) -> Result<bool, Refusal> {
    let record = step
        .get::<KeyRecord>(&key)?
        .ok_or_else(|| super::damaged("a key of a change"))?;
    Ok(record.public.is_disputed_at(at))
}

/// A recovery key has a part only in recoveries of its own account.
pub(crate) fn check_recovery(
    signer: &Signer,
    change: &ChangePublic,
) -> Result<(), ChangeRejection> {
    if signer.purpose != KeyPurpose::Recovery {
        return Ok(());
    }
    let is_own = change.authority == ChangeAuthority::Recovery
        && matches!(&change.change, Change::RotateKey(rotation) if rotation.new.account == signer.account);
    if is_own {
        Ok(())
    } else {
        Err(ChangeRejection::RecoveryKey { key: signer.key })
    }
}
