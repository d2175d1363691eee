//! People who use the service. Passwords and PINs are stored as the hashes that they come as.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use theriac_ledger::identifier::Timestamp;

use super::sessions::end_of_user;
use crate::entity::user;
use crate::error::StorageError;
use crate::fold::statement::insert_all;
use crate::{Database, codec};

/// People in one database: more than any branch has, and few enough to list and to limit.
pub const USERS_MAX: u64 = 10_000;

/// What a person may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Reads and writes.
    Operator,
    /// Also approves what others drafted.
    Approver,
    /// Also administers users, keys and webhooks, and reads the audit trail.
    Administrator,
}

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// The name to sign in with.
    pub name: String,
    /// What the person may do.
    pub role: Role,
    /// Hash of the password, as a PHC string.
    pub password: String,
    /// Hash of the PIN, as a PHC string.
    pub pin: Option<String>,
    /// Wrong PINs since the last right one or the last use of the password.
    pub pin_failures: u32,
    /// Whether the person is kept out.
    pub disabled: bool,
    /// When the person was added.
    pub created_at: Timestamp,
    /// When anything of this last changed.
    pub updated_at: Timestamp,
}

/// What is to change of a person; what is absent stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChange {
    /// The role.
    pub role: Option<Role>,
    /// Whether the person is kept out.
    pub disabled: Option<bool>,
    /// Hash of a new password: all sessions end, and the PIN counts anew.
    pub password: Option<String>,
    /// Hash of a new PIN, which counts anew.
    pub pin: Option<String>,
}

/// Why a person was not added or changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UserError {
    /// The name is taken.
    #[error("user {name:?} exists already")]
    Exists {
        /// The name.
        name: String,
    },
    /// Nobody has the name.
    #[error("there is no user {name:?}")]
    Unknown {
        /// The name.
        name: String,
    },
    /// Nobody would be left to administer.
    #[error("{name:?} is the last administrator who can sign in")]
    LastAdministrator {
        /// The name.
        name: String,
    },
    /// The database does not take it.
    #[error("the user could not be stored")]
    Storage(#[from] StorageError),
}

impl From<sea_orm::DbErr> for UserError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Storage(error.into())
    }
}

/// Adds a person.
pub async fn insert_user(db: &Database, new: &UserRecord) -> Result<(), UserError> {
    let txn = db.begin().await?;
    if find_in(&txn, &new.name).await?.is_some() {
        return Err(UserError::Exists {
            name: new.name.clone(),
        });
    }
    if user::Entity::find().count(&txn).await? >= USERS_MAX {
        let max = usize::try_from(USERS_MAX).unwrap_or(usize::MAX);
        return Err(StorageError::TooMany { what: "users", max }.into());
    }
    insert_all::<user::Entity>(&txn, vec![model_of(new)?]).await?;
    txn.commit().await?;
    Ok(())
}

/// Changes a person; gives the person as changed.
pub async fn change_user(
    db: &Database,
    now: Timestamp,
    name: &str,
    change: &UserChange,
) -> Result<UserRecord, UserError> {
    let txn = db.begin().await?;
    let Some(row) = find_in(&txn, name).await? else {
        return Err(UserError::Unknown {
            name: name.to_owned(),
        });
    };
    let mut person = record_of(row)?;
    let was_administrator = person.role == Role::Administrator && !person.disabled;
    person.role = change.role.unwrap_or(person.role);
    person.disabled = change.disabled.unwrap_or(person.disabled);
    let is_administrator = person.role == Role::Administrator && !person.disabled;
    if was_administrator && !is_administrator && count_administrators(&txn).await? <= 1 {
        return Err(UserError::LastAdministrator {
            name: name.to_owned(),
        });
    }
    if let Some(password) = &change.password {
        person.password.clone_from(password);
        person.pin_failures = 0;
    }
    if let Some(pin) = &change.pin {
        person.pin = Some(pin.clone());
        person.pin_failures = 0;
    }
    person.updated_at = now;
    update(&txn, &person).await?;
    if person.disabled || change.password.is_some() {
        end_of_user(&txn, name).await?;
    }
    txn.commit().await?;
    Ok(person)
}

/// Counts a wrong PIN, or forgets the wrong ones.
pub async fn count_pin(db: &Database, name: &str, is_right: bool) -> Result<(), StorageError> {
    let txn = db.begin().await?;
    if let Some(row) = find_in(&txn, name).await? {
        let mut person = record_of(row)?;
        let failures = if is_right {
            0
        } else {
            person.pin_failures.saturating_add(1)
        };
        if failures != person.pin_failures {
            person.pin_failures = failures;
            update(&txn, &person).await?;
        }
    }
    txn.commit().await?;
    Ok(())
}

/// One person.
pub async fn find_user(db: &Database, name: &str) -> Result<Option<UserRecord>, StorageError> {
    let row = user::Entity::find_by_id(name).one(db.reader()).await?;
    row.map(record_of).transpose()
}

/// People by name, after one name.
pub async fn list_users(
    db: &Database,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<UserRecord>, StorageError> {
    let mut query = user::Entity::find();
    if let Some(after) = after {
        query = query.filter(user::Column::Name.gt(after));
    }
    let rows = query
        .order_by_asc(user::Column::Name)
        .limit(limit)
        .all(db.reader())
        .await?;
    rows.into_iter().map(record_of).collect()
}

async fn find_in(
    txn: &DatabaseTransaction,
    name: &str,
) -> Result<Option<user::Model>, StorageError> {
    Ok(user::Entity::find_by_id(name).one(txn).await?)
}

async fn count_administrators(txn: &DatabaseTransaction) -> Result<u64, StorageError> {
    Ok(user::Entity::find()
        .filter(user::Column::Role.eq(codec::word(&Role::Administrator)))
        .filter(user::Column::Disabled.eq(false))
        .count(txn)
        .await?)
}

async fn update(txn: &DatabaseTransaction, person: &UserRecord) -> Result<(), StorageError> {
    let model = model_of(person)?.into_active_model().reset_all();
    model.update(txn).await?;
    Ok(())
}

fn model_of(person: &UserRecord) -> Result<user::Model, StorageError> {
    Ok(user::Model {
        name: person.name.clone(),
        role: codec::word(&person.role),
        password: person.password.clone(),
        pin: person.pin.clone(),
        pin_failures: codec::int(person.pin_failures, "a count")?,
        disabled: person.disabled,
        created_at: codec::time(person.created_at)?,
        updated_at: codec::time(person.updated_at)?,
    })
}

fn record_of(row: user::Model) -> Result<UserRecord, StorageError> {
    Ok(UserRecord {
        role: codec::from_word(&row.role, "users.role")?,
        name: row.name,
        password: row.password,
        pin: row.pin,
        pin_failures: codec::unsigned(row.pin_failures, "users.pin_failures")?,
        disabled: row.disabled,
        created_at: codec::timestamp(row.created_at, "users.created_at")?,
        updated_at: codec::timestamp(row.updated_at, "users.updated_at")?,
    })
}
