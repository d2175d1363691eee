//! `ProposeChange`: an authority proposes any change; an account's own key, and its recovery key, propose
//! what concerns its keys.

use super::change::{self, Stage, account_of};
use super::signer::Signer;
use crate::action::ProposeChange;
use crate::change::Change;
use crate::encoding::BoundedList;
use crate::execute::{Refusal, Step};
use crate::identifier::{AccountId, ChangeId};
use crate::record::{
    Approval, ChangeAuthority, ChangePublic, ChangeRecord, ChangeState, KeyPurpose, KeyRecord, Role,
};
use crate::rejection::{ChangeRejection, MemberRejection};
use crate::state::State;

pub(crate) fn apply<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    action: &ProposeChange,
) -> Result<(), Refusal> {
    let change = &action.change;
    let authority = authority_of(step, signer, change)?;
    let plan = change::plan(step, change, authority, Stage::Proposal)?;
    let parameters = change::parameters(step)?;
    let notice_ms = match authority {
        ChangeAuthority::Authorities => parameters.voting.rule(change.class()).notice_ms,
        ChangeAuthority::Account => 0,
        ChangeAuthority::Recovery => parameters.recovery_delay_ms,
    };
    let now = step.time();
    let mut approvals = Vec::new();
    if authority == ChangeAuthority::Authorities
        && change::authorities(step)?.contains(&signer.organisation)
    {
        approvals.push(Approval {
            organisation: signer.organisation,
            key: signer.key,
            at: now,
        });
    }
    let id = ChangeId::of_proposal(step.id());
    let public = ChangePublic {
        id,
        change: change.clone(),
        proposer: signer.organisation,
        proposer_key: signer.key,
        authority,
        proposed_at: now,
        ready_at: now.saturating_add(notice_ms),
        expires_at: now.saturating_add(parameters.change_lifetime_ms),
        replaces: plan.replaces(),
        approvals: BoundedList::new(approvals).unwrap_or_default(),
        state: ChangeState::Open,
    };
    let private = ();
    step.put_public(id, ChangeRecord { public, private });
    Ok(())
}

/// On whose authority the signer proposes this.
fn authority_of<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    signer: &Signer,
    change: &Change,
) -> Result<ChangeAuthority, Refusal> {
    let own = own_keys(step, change)?;
    if signer.purpose == KeyPurpose::Recovery {
        let is_own_rotation = matches!(change, Change::RotateKey(_))
            && own.is_some_and(|own| own.account == signer.account);
        let key = signer.key;
        return if is_own_rotation {
            Ok(ChangeAuthority::Recovery)
        } else {
            Err(ChangeRejection::RecoveryKey { key }.into())
        };
    }
    if own.is_some_and(|own| own.account == signer.account && !own.is_recovery) {
        return Ok(ChangeAuthority::Account);
    }
    if signer.has_role(Role::Authority) {
        return Ok(ChangeAuthority::Authorities);
    }
    let account = signer.account;
    Err(match own {
        Some(own) if own.account != account => ChangeRejection::OtherAccount { account },
        _ => ChangeRejection::NotAuthority { account },
    }
    .into())
}

/// Whose keys a change is about, if it is about keys.
#[derive(Debug, Clone, Copy)]
struct OwnKeys {
    account: AccountId,
    /// Whether one of them recovers: whoever stole another key must not get hold of that.
    is_recovery: bool,
}

fn own_keys<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    change: &Change,
) -> Result<Option<OwnKeys>, Refusal> {
    let key = match change {
        Change::RegisterKey(new) => {
            return Ok(Some(OwnKeys {
                account: new.account,
                is_recovery: new.purposes.contains(&KeyPurpose::Recovery),
            }));
        }
        Change::RotateKey(rotation) => rotation.old,
        Change::RetireKey { key } => *key,
        Change::RevokeKey(revocation) => revocation.key,
        _ => return Ok(None),
    };
    let record = step
        .get::<KeyRecord>(&key)?
        .ok_or(MemberRejection::UnknownKey { key })?;
    account_of(step, record.private.account)?;
    Ok(Some(OwnKeys {
        account: record.private.account,
        is_recovery: record.public.purposes.contains(&KeyPurpose::Recovery),
    }))
}
