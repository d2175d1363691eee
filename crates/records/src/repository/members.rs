//! Organisations, accounts and keys.

use sea_orm::{EntityTrait, QueryOrder};
use serde::Serialize;
use theriac_crypto::PublicKey;
use theriac_gs1::{CompanyPrefix, Gln};
use theriac_ledger::action::Country;
use theriac_ledger::identifier::{AccountId, OrganisationId};
use theriac_ledger::record::{AccountState, Place, Roles};

use crate::entity::{account, key, organisation};
use crate::error::StorageError;
use crate::{Database, codec};

/// An organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OrganisationRecord {
    /// Its id.
    pub id: OrganisationId,
    /// Legal name.
    pub legal_name: String,
    /// Roles.
    pub roles: Roles,
    /// GS1 company prefixes.
    pub gs1_prefixes: Vec<CompanyPrefix>,
    /// Where its services answer.
    pub service_address: String,
}

/// An account: an organisation at one of its premises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountRecord {
    /// Its id.
    pub id: AccountId,
    /// Whose it is.
    pub organisation: OrganisationId,
    /// The premises.
    pub gln: Gln,
    /// Name of the premises.
    pub name: String,
    /// Where they are.
    pub place: Place,
    /// Country of the premises.
    pub country: Country,
    /// Roles.
    pub roles: Roles,
    /// Open or closed.
    pub state: AccountState,
}

/// Every organisation, by name.
pub async fn list_organisations(db: &Database) -> Result<Vec<OrganisationRecord>, StorageError> {
    let rows = organisation::Entity::find()
        .order_by_asc(organisation::Column::LegalName)
        .all(db.reader())
        .await?;
    rows.iter().map(organisation_of).collect()
}

/// One organisation.
pub async fn find_organisation(
    db: &Database,
    id: &OrganisationId,
) -> Result<Option<OrganisationRecord>, StorageError> {
    let row = organisation::Entity::find_by_id(codec::bytes(&id.0))
        .one(db.reader())
        .await?;
    row.as_ref().map(organisation_of).transpose()
}

/// Every account, by name.
pub async fn list_accounts(db: &Database) -> Result<Vec<AccountRecord>, StorageError> {
    let rows = account::Entity::find()
        .order_by_asc(account::Column::Name)
        .all(db.reader())
        .await?;
    rows.iter().map(account_of).collect()
}

/// One account.
pub async fn find_account(
    db: &Database,
    id: &AccountId,
) -> Result<Option<AccountRecord>, StorageError> {
    let row = account::Entity::find_by_id(codec::bytes(&id.0))
        .one(db.reader())
        .await?;
    row.as_ref().map(account_of).transpose()
}

/// The account that a key acts for.
pub async fn find_account_of_key(
    db: &Database,
    key: &PublicKey,
) -> Result<Option<AccountId>, StorageError> {
    let row = key::Entity::find_by_id(key.0.to_vec())
        .one(db.reader())
        .await?;
    row.map(|row| codec::digest(&row.account, "keys.account").map(AccountId))
        .transpose()
}

fn organisation_of(row: &organisation::Model) -> Result<OrganisationRecord, StorageError> {
    Ok(OrganisationRecord {
        id: OrganisationId(codec::digest(&row.id, "organisations.id")?),
        legal_name: row.legal_name.clone(),
        roles: codec::from_json(&row.roles, "organisations.roles")?,
        gs1_prefixes: codec::from_json(&row.gs1_prefixes, "organisations.gs1_prefixes")?,
        service_address: row.service_address.clone(),
    })
}

fn account_of(row: &account::Model) -> Result<AccountRecord, StorageError> {
    Ok(AccountRecord {
        id: AccountId(codec::digest(&row.id, "accounts.id")?),
        organisation: OrganisationId(codec::digest(&row.organisation, "accounts.organisation")?),
        gln: codec::text(&row.gln, "accounts.gln")?,
        name: row.name.clone(),
        place: Place {
            latitude: row.latitude,
            longitude: row.longitude,
        },
        country: codec::text(&row.country, "accounts.country")?,
        roles: codec::from_json(&row.roles, "accounts.roles")?,
        state: codec::from_word(&row.state, "accounts.state")?,
    })
}
