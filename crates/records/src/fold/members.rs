//! Organisations, accounts and keys, as changes bring them in and take them out.

use sea_orm::{ActiveModelTrait, ActiveValue, EntityTrait, IntoActiveModel};
use theriac_crypto::PublicKey;
use theriac_gs1::CompanyPrefix;
use theriac_ledger::change::{
    Change, KeyRevocation, KeyRotation, NewAccount, NewKey, NewOrganisation, NewValidator,
    OrganisationUpdate,
};
use theriac_ledger::identifier::{AccountId, OrganisationId};
use theriac_ledger::record::{AccountState, Standing};

use super::FoldError;
use super::statement::insert_all;
use super::step::Step;
use crate::codec;
use crate::entity::{account, key, organisation};

/// Repeats the effect of a change that was enacted. Validators, parameters and protocol have no table.
pub(super) async fn enact(step: &Step<'_>, change: &Change) -> Result<(), FoldError> {
    match change {
        Change::AdmitOrganisation(new) => admit(step, new).await,
        Change::SuspendOrganisation { organisation } => {
            set_standing(step, organisation, Standing::Suspended).await
        }
        Change::RestoreOrganisation { organisation } => {
            set_standing(step, organisation, Standing::Good).await
        }
        Change::UpdateOrganisation(update) => update_organisation(step, update).await,
        Change::OpenAccount(opening) => {
            let row = account_row(&opening.organisation, &opening.opened);
            Ok(insert_all::<account::Entity>(step.txn, vec![row]).await?)
        }
        Change::CloseAccount { account } => set_state(step, account, AccountState::Closed).await,
        Change::ReopenAccount { account } => set_state(step, account, AccountState::Open).await,
        Change::RegisterKey(new) => register(step, new).await,
        Change::RotateKey(KeyRotation { old, new }) => {
            end(step, old, None).await?;
            register(step, new).await
        }
        Change::RetireKey { key } => end(step, key, None).await,
        Change::RevokeKey(revocation) => end(step, &revocation.key, Some(revocation)).await,
        Change::AddValidator(new) => register(step, &NewValidator::key(new)).await,
        Change::RemoveValidator { validator } => end(step, validator, None).await,
        Change::UpdateSeat(_) | Change::SetParameters { .. } | Change::SetProtocol { .. } => Ok(()),
    }
}

async fn admit(step: &Step<'_>, new: &NewOrganisation) -> Result<(), FoldError> {
    let row = organisation::Model {
        id: codec::bytes(&new.organisation.0),
        legal_name: new.legal_name.to_string(),
        roles: codec::json(&new.roles),
        licences: codec::json(&new.licences),
        gs1_prefixes: codec::json(&new.gs1_prefixes),
        standing: codec::word(&Standing::Good),
        service_address: new.service_address.to_string(),
    };
    insert_all::<organisation::Entity>(step.txn, vec![row]).await?;
    let accounts = new.accounts.iter();
    let accounts = accounts.map(|one| account_row(&new.organisation, one));
    insert_all::<account::Entity>(step.txn, accounts.collect()).await?;
    for key in &new.keys {
        register(step, key).await?;
    }
    Ok(())
}

fn account_row(organisation: &OrganisationId, new: &NewAccount) -> account::Model {
    account::Model {
        id: codec::bytes(&new.account.0),
        organisation: codec::bytes(&organisation.0),
        gln: new.gln.to_string(),
        name: new.name.to_string(),
        latitude: new.place.latitude,
        longitude: new.place.longitude,
        country: new.country.to_string(),
        roles: codec::json(&new.roles),
        state: codec::word(&AccountState::Open),
    }
}

async fn set_standing(
    step: &Step<'_>,
    organisation: &OrganisationId,
    standing: Standing,
) -> Result<(), FoldError> {
    let mut row = find_organisation(step, organisation).await?;
    row.standing = ActiveValue::Set(codec::word(&standing));
    row.update(step.txn).await?;
    Ok(())
}

async fn update_organisation(
    step: &Step<'_>,
    update: &OrganisationUpdate,
) -> Result<(), FoldError> {
    let mut row = find_organisation(step, &update.organisation).await?;
    let mut prefixes: Vec<CompanyPrefix> = match &row.gs1_prefixes {
        ActiveValue::Set(text) | ActiveValue::Unchanged(text) => {
            codec::from_json(text, "organisations.gs1_prefixes")?
        }
        ActiveValue::NotSet => Vec::new(),
    };
    prefixes.extend(update.added_prefixes.iter());
    prefixes.sort_unstable();
    prefixes.dedup();
    row.roles = ActiveValue::Set(codec::json(&update.roles));
    row.licences = ActiveValue::Set(codec::json(&update.licences));
    row.gs1_prefixes = ActiveValue::Set(codec::json(&prefixes));
    row.service_address = ActiveValue::Set(update.service_address.to_string());
    row.update(step.txn).await?;
    Ok(())
}

async fn find_organisation(
    step: &Step<'_>,
    organisation: &OrganisationId,
) -> Result<organisation::ActiveModel, FoldError> {
    let row = organisation::Entity::find_by_id(codec::bytes(&organisation.0));
    let row = row.one(step.txn).await?;
    let row = row.ok_or_else(|| step.inconsistent("the organisation is not known"))?;
    Ok(row.into_active_model())
}

async fn set_state(
    step: &Step<'_>,
    account: &AccountId,
    state: AccountState,
) -> Result<(), FoldError> {
    let row = account::Entity::find_by_id(codec::bytes(&account.0));
    let row = row.one(step.txn).await?;
    let row = row.ok_or_else(|| step.inconsistent("the account is not known"))?;
    let mut row = row.into_active_model();
    row.state = ActiveValue::Set(codec::word(&state));
    row.update(step.txn).await?;
    Ok(())
}

async fn register(step: &Step<'_>, new: &NewKey) -> Result<(), FoldError> {
    let row = key::Model {
        key: new.key.0.to_vec(),
        account: codec::bytes(&new.account.0),
        purposes: codec::json(&new.purposes),
        active_since: codec::time(step.time)?,
        retired_at: None,
        compromised_since: None,
    };
    Ok(insert_all::<key::Entity>(step.txn, vec![row]).await?)
}

/// Ends a key, unless it has ended before; a revoked one is compromised since then, too.
async fn end(
    step: &Step<'_>,
    key: &PublicKey,
    revocation: Option<&KeyRevocation>,
) -> Result<(), FoldError> {
    let row = key::Entity::find_by_id(key.0.to_vec());
    let row = row.one(step.txn).await?;
    let row = row.ok_or_else(|| step.inconsistent("the key is not known"))?;
    let now = codec::time(step.time)?;
    let retired_at = row.retired_at.map_or(now, |at| at.min(now));
    let since = revocation.map(|one| codec::time(one.compromised_since));
    let since = since.transpose()?;
    let mut row = row.into_active_model();
    row.retired_at = ActiveValue::Set(Some(retired_at));
    if since.is_some() {
        row.compromised_since = ActiveValue::Set(since);
    }
    row.update(step.txn).await?;
    Ok(())
}
