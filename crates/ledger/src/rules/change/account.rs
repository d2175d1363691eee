//! Accounts: opened, closed, reopened.

use super::organisation;
use super::plan::Plan;
use crate::change::{AccountOpening, NewAccount};
use crate::execute::{Refusal, Step};
use crate::identifier::{AccountId, OrganisationId};
use crate::record::{Account, AccountPrivate, AccountState, History};
use crate::rejection::MemberRejection;
use crate::state::State;

/// The record of an account that is opened.
pub(super) fn new_account<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    organisation: OrganisationId,
    new: &NewAccount,
) -> Result<(AccountId, Account), Refusal> {
    let account = new.account;
    if step.get::<Account>(&account)?.is_some() {
        return Err(MemberRejection::AccountExists { account }.into());
    }
    let private = AccountPrivate {
        organisation,
        gln: new.gln,
        name: new.name.clone(),
        place: new.place,
        country: new.country,
        roles: new.roles.clone(),
        state: AccountState::Open,
        history: History::default(),
    };
    let public = ();
    Ok((account, Account { public, private }))
}

pub(super) fn open<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    opening: &AccountOpening,
) -> Result<Plan, Refusal> {
    let owner = organisation::get(step, opening.organisation)?;
    if !opening.opened.roles.is_subset(&owner.public.roles) {
        let account = opening.opened.account;
        return Err(MemberRejection::AccountRoles { account }.into());
    }
    let opened = new_account(step, opening.organisation, &opening.opened)?;
    Ok(Plan {
        accounts: vec![opened],
        ..Plan::default()
    })
}

pub(super) fn close<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    account: AccountId,
) -> Result<Plan, Refusal> {
    set_state(step, account, AccountState::Closed)
}

pub(super) fn reopen<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    account: AccountId,
) -> Result<Plan, Refusal> {
    set_state(step, account, AccountState::Open)
}

fn set_state<S: State + ?Sized>(
    step: &mut Step<'_, S>,
    account: AccountId,
    state: AccountState,
) -> Result<Plan, Refusal> {
    let record = step
        .get::<Account>(&account)?
        .ok_or(MemberRejection::UnknownAccount { account })?;
    if record.private.state == state {
        return Err(match state {
            AccountState::Open => MemberRejection::AccountOpen { account },
            AccountState::Closed => MemberRejection::AccountClosed { account },
        }
        .into());
    }
    let mut record = Account::clone(&record);
    record.private.state = state;
    Ok(Plan {
        accounts: vec![(account, record)],
        ..Plan::default()
    })
}
