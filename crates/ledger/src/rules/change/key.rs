//! Keys: registered, rotated, retired, revoked.

use std::sync::Arc;

use theriac_crypto::PublicKey;

use super::plan::Plan;
use crate::change::{KeyRevocation, KeyRotation, NewKey};
use crate::execute::{Refusal, Step};
use crate::record::{
    Account, AccountState, ChangeAuthority, History, KeyPurpose, KeyRecord, KeyRecordPrivate,
    KeyRecordPublic,
};
use crate::rejection::MemberRejection;
use crate::state::State;

/// The record of a key that begins with this block. Whether its account exists is for the caller.
pub(super) fn new_key<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    new: &NewKey,
) -> Result<(PublicKey, KeyRecord), Refusal> {
    let key = new.key;
    if step.get::<KeyRecord>(&key)?.is_some() {
        return Err(MemberRejection::KeyRegistered { key }.into());
    }
    let public = KeyRecordPublic {
        purposes: new.purposes.clone(),
        active_since: step.time(),
        retired_at: None,
        compromised_since: None,
    };
    let private = KeyRecordPrivate {
        account: new.account,
        history: History::default(),
    };
    Ok((key, KeyRecord { public, private }))
}

pub(super) fn register<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    new: &NewKey,
) -> Result<Plan, Refusal> {
    check_account(step, new)?;
    let registered = new_key(step, new)?;
    Ok(Plan {
        keys: vec![registered],
        ..Plan::default()
    })
}

pub(super) fn rotate<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    rotation: &KeyRotation,
    authority: ChangeAuthority,
) -> Result<Plan, Refusal> {
    let KeyRotation { old, new } = rotation;
    let record = get_voteless(step, *old)?;
    // Whoever stole a key may have ended it: a recovery begins from any key that the account had.
    if authority != ChangeAuthority::Recovery {
        check_not_ended(step, *old, &record)?;
    }
    if record.private.account != new.account || record.public.purposes != new.purposes {
        return Err(MemberRejection::KeyDiffers { old: *old }.into());
    }
    check_account(step, new)?;
    let mut ended = KeyRecord::clone(&record);
    let now = step.time();
    ended.public.retired_at = Some(record.public.retired_at.map_or(now, |at| at.min(now)));
    let begun = new_key(step, new)?;
    Ok(Plan {
        keys: vec![(*old, ended), begun],
        ..Plan::default()
    })
}

pub(super) fn retire<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    key: PublicKey,
) -> Result<Plan, Refusal> {
    let record = get_voteless(step, key)?;
    check_not_ended(step, key, &record)?;
    let mut retired = KeyRecord::clone(&record);
    retired.public.retired_at = Some(step.time());
    Ok(Plan {
        keys: vec![(key, retired)],
        ..Plan::default()
    })
}

/// A revoked key may be revoked again, for a time further back.
pub(super) fn revoke<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    revocation: &KeyRevocation,
) -> Result<Plan, Refusal> {
    let key = revocation.key;
    let record = get_voteless(step, key)?;
    let (since, time) = (revocation.compromised_since, step.time());
    if since > time {
        return Err(MemberRejection::CompromisedInFuture { since, time }.into());
    }
    if record
        .public
        .compromised_since
        .is_some_and(|known| known <= since)
    {
        return Err(MemberRejection::KeyEnded { key }.into());
    }
    let mut revoked = KeyRecord::clone(&record);
    revoked.public.compromised_since = Some(since);
    revoked.public.retired_at = Some(record.public.retired_at.map_or(time, |at| at.min(time)));
    Ok(Plan {
        keys: vec![(key, revoked)],
        ..Plan::default()
    })
}

/// A key that a change names.
pub(super) fn get<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    key: PublicKey,
) -> Result<Arc<KeyRecord>, Refusal> {
    let record = step.get::<KeyRecord>(&key)?;
    Ok(record.ok_or(MemberRejection::UnknownKey { key })?)
}

/// A key to vote with comes and goes with its validator.
fn get_voteless<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    key: PublicKey,
) -> Result<Arc<KeyRecord>, Refusal> {
    let record = get(step, key)?;
    if record.public.purposes.contains(&KeyPurpose::Vote) {
        return Err(MemberRejection::KeyVotes { key }.into());
    }
    Ok(record)
}

fn check_not_ended<S: State + ?Sized>(
    step: &Step<'_, S>,
    key: PublicKey,
    record: &KeyRecord,
) -> Result<(), MemberRejection> {
    let time = step.time();
    let has_ended = record.public.retired_at.is_some_and(|at| at <= time)
        || record.public.compromised_since.is_some();
    if has_ended {
        return Err(MemberRejection::KeyEnded { key });
    }
    Ok(())
}

fn check_account<S: State + ?Sized>(step: &mut Step<'_, S>, new: &NewKey) -> Result<(), Refusal> {
    let account = new.account;
    let record = step
        .get::<Account>(&account)?
        .ok_or(MemberRejection::UnknownAccount { account })?;
    if record.private.state == AccountState::Open {
        Ok(())
    } else {
        Err(MemberRejection::AccountClosed { account }.into())
    }
}
