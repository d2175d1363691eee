//! Organisations: admitted, suspended, restored, updated.

use std::collections::BTreeMap;
use std::sync::Arc;

use theriac_gs1::CompanyPrefix;

use super::account::new_account;
use super::key::new_key;
use super::plan::Plan;
use crate::change::{NewOrganisation, OrganisationUpdate};
use crate::encoding::{BoundedList, digest_of};
use crate::execute::{Refusal, Step};
use crate::identifier::OrganisationId;
use crate::record::{
    History, Organisation, OrganisationPrivate, OrganisationPublic, PrefixBucket, Prefixes,
    PrefixesPrivate, Standing,
};
use crate::rejection::MemberRejection;
use crate::state::State;

/// An organisation that a change names.
pub(super) fn get<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    organisation: OrganisationId,
) -> Result<Arc<Organisation>, Refusal> {
    let record = step.get::<Organisation>(&organisation)?;
    Ok(record.ok_or(MemberRejection::UnknownOrganisation { organisation })?)
}

pub(super) fn admit<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    new: &NewOrganisation,
) -> Result<Plan, Refusal> {
    let organisation = new.organisation;
    if step.get::<Organisation>(&organisation)?.is_some() {
        return Err(MemberRejection::OrganisationExists { organisation }.into());
    }
    let record = Organisation {
        public: OrganisationPublic {
            legal_name: new.legal_name.clone(),
            roles: new.roles.clone(),
            licences: new.licences.clone(),
            standing: Standing::Good,
            gs1_prefixes: new.gs1_prefixes.clone(),
        },
        private: OrganisationPrivate {
            service_address: new.service_address.clone(),
            history: History::default(),
        },
    };
    let mut plan = Plan {
        organisation: Some((organisation, record)),
        prefixes: take_prefixes(step, organisation, &new.gs1_prefixes)?,
        ..Plan::default()
    };
    for account in &new.accounts {
        let opened = new_account(step, organisation, account)?;
        plan.accounts.push(opened);
    }
    for key in &new.keys {
        let registered = new_key(step, key)?;
        plan.keys.push(registered);
    }
    Ok(plan)
}

pub(super) fn suspend<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    organisation: OrganisationId,
) -> Result<Plan, Refusal> {
    let record = get(step, organisation)?;
    if record.public.standing == Standing::Suspended {
        return Err(MemberRejection::AlreadySuspended { organisation }.into());
    }
    Ok(with_standing(organisation, &record, Standing::Suspended))
}

pub(super) fn restore<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    organisation: OrganisationId,
) -> Result<Plan, Refusal> {
    let record = get(step, organisation)?;
    if record.public.standing == Standing::Good {
        return Err(MemberRejection::NotSuspended { organisation }.into());
    }
    Ok(with_standing(organisation, &record, Standing::Good))
}

fn with_standing(id: OrganisationId, record: &Organisation, standing: Standing) -> Plan {
    let mut record = record.clone();
    record.public.standing = standing;
    Plan {
        organisation: Some((id, record)),
        ..Plan::default()
    }
}

pub(super) fn update<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    update: &OrganisationUpdate,
) -> Result<Plan, Refusal> {
    let organisation = update.organisation;
    let record = get(step, organisation)?;
    let mut updated = Organisation::clone(&record);
    updated.public.roles = update.roles.clone();
    updated.public.licences = update.licences.clone();
    updated.private.service_address = update.service_address.clone();
    let mut prefixes = record.public.gs1_prefixes.to_vec();
    prefixes.extend(update.added_prefixes.iter());
    prefixes.sort_unstable();
    prefixes.dedup();
    updated.public.gs1_prefixes =
        BoundedList::new(prefixes).map_err(|_| too_many(&update.added_prefixes))?;
    // What is on record of it, but for the standing: that changes apart, and fast.
    let mut replaced = record.public.clone();
    replaced.standing = Standing::Good;
    let address = &record.private.service_address;
    Ok(Plan {
        organisation: Some((organisation, updated)),
        prefixes: take_prefixes(step, organisation, &update.added_prefixes)?,
        replaces: Some(digest_of("replaced", &(replaced, address))),
        ..Plan::default()
    })
}

fn too_many(prefixes: &[CompanyPrefix]) -> Refusal {
    match prefixes.first() {
        Some(prefix) => MemberRejection::TooManyPrefixes { prefix: *prefix }.into(),
        None => super::super::damaged("a bound of company prefixes"),
    }
}

/// Notes prefixes as an organisation's, unless one overlaps with another organisation's.
fn take_prefixes<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    organisation: OrganisationId,
    prefixes: &[CompanyPrefix],
) -> Result<Vec<(PrefixBucket, Prefixes)>, Refusal> {
    let mut buckets: BTreeMap<PrefixBucket, Vec<CompanyPrefix>> = BTreeMap::new();
    for prefix in prefixes {
        let bucket = buckets.entry(PrefixBucket::of(prefix)).or_default();
        bucket.push(*prefix);
    }
    let mut taken = Vec::new();
    for (bucket, prefixes) in buckets {
        let record = step.get::<Prefixes>(&bucket)?;
        let known = record.map_or_else(PrefixesPrivate::default, |record| record.private.clone());
        let mut owners = known.owners.to_vec();
        for prefix in &prefixes {
            let prefix = *prefix;
            if let Some(other) = known.overlap(&prefix, &organisation) {
                return Err(MemberRejection::PrefixTaken { prefix, other }.into());
            }
            owners.push((prefix, organisation));
        }
        owners.sort_unstable();
        owners.dedup();
        let owners = BoundedList::new(owners).map_err(|_| too_many(&prefixes))?;
        let history = known.history;
        let private = PrefixesPrivate { owners, history };
        let public = ();
        taken.push((bucket, Prefixes { public, private }));
    }
    Ok(taken)
}
