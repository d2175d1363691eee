//! Validators: added, removed, found elsewhere.

use std::sync::Arc;

use theriac_crypto::PublicKey;

use super::key::{get as get_key, new_key};
use super::plan::{Plan, Stage};
use crate::change::{NewValidator, Seat, SeatUpdate};
use crate::encoding::digest_of;
use crate::execute::{Refusal, Step};
use crate::identifier::AccountId;
use crate::record::{
    Account, AccountState, KeyRecord, Organisation, Role, SeatRecord, Standing, ValidatorsRecord,
};
use crate::rejection::MemberRejection;
use crate::state::State;
use crate::validator::{Validator, ValidatorSet};

pub(super) fn add<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    new: &NewValidator,
    stage: Stage,
) -> Result<Plan, Refusal> {
    check_authority(step, new.account)?;
    let key = new_key(step, &new.key())?;
    let present = set(step)?;
    let validator = new.validator;
    check_network_key(step, &present, validator, &new.seat)?;
    let mut members = present.members().to_vec();
    members.push(Validator {
        key: validator,
        power: new.power,
    });
    let changed = ValidatorSet::new(members).map_err(|_| MemberRejection::TooManyValidators)?;
    if stage == Stage::Enactment {
        check_pace(step, &present, new.power)?;
    }
    Ok(Plan {
        keys: vec![key],
        seat: Some((validator, seat_record(&new.seat))),
        validators: Some(changed),
        ..Plan::default()
    })
}

pub(super) fn remove<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    validator: PublicKey,
    stage: Stage,
) -> Result<Plan, Refusal> {
    let present = set(step)?;
    let removed = *find(&present, validator)?;
    let members: Vec<Validator> = present
        .members()
        .iter()
        .copied()
        .filter(|member| member.key != validator)
        .collect();
    let left = u16::try_from(members.len()).unwrap_or(u16::MAX);
    let least = super::parameters(step)?.validators_min.max(1);
    let mut plan = Plan::default();
    if stage == Stage::Enactment {
        if left < least {
            return Err(MemberRejection::TooFewValidators { left, least }.into());
        }
        check_pace(step, &present, removed.power)?;
    }
    // The last one is proposed for removal only to be refused at enactment.
    plan.validators = ValidatorSet::new(members).ok();
    let mut ended = KeyRecord::clone(&*get_key(step, validator)?);
    ended.public.retired_at = Some(step.time());
    plan.keys.push((validator, ended));
    Ok(plan)
}

pub(super) fn update_seat<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    update: &SeatUpdate,
) -> Result<Plan, Refusal> {
    let validator = update.validator;
    let present = set(step)?;
    find(&present, validator)?;
    check_network_key(step, &present, validator, &update.seat)?;
    let replaced = step.get::<SeatRecord>(&validator)?;
    let replaced = replaced.as_deref().map(|record| &record.public);
    Ok(Plan {
        replaces: Some(digest_of("replaced", &replaced)),
        seat: Some((validator, seat_record(&update.seat))),
        ..Plan::default()
    })
}

fn seat_record(seat: &Seat) -> SeatRecord {
    SeatRecord {
        public: seat.clone(),
        private: (),
    }
}

fn set<S: State + ?Sized>(step: &mut Step<'_, S>) -> Result<ValidatorSet, Refusal> {
    let record = step
        .get::<ValidatorsRecord>(&())?
        .ok_or_else(|| super::super::damaged("the validators"))?;
    Ok(record.public.clone())
}

fn find(set: &ValidatorSet, validator: PublicKey) -> Result<&Validator, MemberRejection> {
    set.find(&validator)
        .ok_or(MemberRejection::UnknownValidator { validator })
}

/// A validator is run by an authority in good standing.
fn check_authority<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    account: AccountId,
) -> Result<(), Refusal> {
    let record = step
        .get::<Account>(&account)?
        .ok_or(MemberRejection::UnknownAccount { account })?;
    let organisation: Arc<Organisation> =
        super::organisation::get(step, record.private.organisation)?;
    let is_authority = record.private.roles.contains(Role::Authority)
        && organisation.public.roles.contains(Role::Authority)
        && organisation.public.standing == Standing::Good
        && record.private.state == AccountState::Open;
    if is_authority {
        Ok(())
    } else {
        Err(MemberRejection::NoAuthority { account }.into())
    }
}

fn check_network_key<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    set: &ValidatorSet,
    validator: PublicKey,
    seat: &Seat,
) -> Result<(), Refusal> {
    let network_key = seat.network_key;
    for member in set
        .members()
        .iter()
        .filter(|member| member.key != validator)
    {
        let other = step.get::<SeatRecord>(&member.key)?;
        let known = other.map_or(member.key, |record| record.public.network_key);
        if known == network_key {
            return Err(MemberRejection::NetworkKeyTaken { network_key }.into());
        }
    }
    Ok(())
}

/// One enactment a block, and no more power at once than may be faulty: those that stay must be able to
/// decide the next block, and whoever follows the chain must be able to recognise them in the set after it.
/// A set that is too small for any fault may still grow or shrink by its smallest member.
fn check_pace<S: State + ?Sized>(
    step: &Step<'_, S>,
    present: &ValidatorSet,
    changed: u64,
) -> Result<(), Refusal> {
    let committed = step
        .committed::<ValidatorsRecord>(&())?
        .ok_or_else(|| super::super::damaged("the validators"))?;
    if committed.public != *present {
        return Err(MemberRejection::ValidatorsBusy.into());
    }
    let faulty = present.total_power().saturating_sub(1) / 3;
    let smallest = present.members().iter().map(|member| member.power).min();
    let allowed = faulty.max(smallest.unwrap_or(0));
    if changed <= allowed {
        Ok(())
    } else {
        Err(MemberRejection::TooMuchPower { changed, allowed }.into())
    }
}
