//! People who use the service. Passwords and PINs are stored as the hashes that they come as.

use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{
    ColumnTrait, ConnectionTrait as _, DatabaseTransaction, DbBackend, EntityTrait, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
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

/// Changes a person; gives the person as changed. What is not to change is not written: others may
/// change it at this moment.
pub async fn change_user(
    db: &Database,
    now: Timestamp,
    name: &str,
    change: &UserChange,
) -> Result<UserRecord, UserError> {
    let txn = db.begin().await?;
    let takes_rights = change.disabled == Some(true)
        || change.role.is_some_and(|role| role != Role::Administrator);
    if takes_rights && txn.get_database_backend() == DbBackend::Postgres {
        // Two of the last administrators must not each count on the other.
        txn.execute_unprepared("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE")
            .await?;
    }
    let unknown = || UserError::Unknown {
        name: name.to_owned(),
    };
    let before = record_of(find_in(&txn, name).await?.ok_or_else(unknown)?)?;
    let was_administrator = before.role == Role::Administrator && !before.disabled;
    let is_administrator = change.role.unwrap_or(before.role) == Role::Administrator
        && !change.disabled.unwrap_or(before.disabled);
    if was_administrator && !is_administrator && count_administrators(&txn).await? <= 1 {
        return Err(UserError::LastAdministrator {
            name: name.to_owned(),
        });
    }
    write_change(&txn, now, name, change).await?;
    let person = record_of(find_in(&txn, name).await?.ok_or_else(unknown)?)?;
    if person.disabled || change.password.is_some() {
        end_of_user(&txn, name).await?;
    }
    txn.commit().await?;
    Ok(person)
}

async fn write_change(
    txn: &DatabaseTransaction,
    now: Timestamp,
    name: &str,
    change: &UserChange,
) -> Result<(), StorageError> {
    let mut update = user::Entity::update_many()
        .col_expr(user::Column::UpdatedAt, Expr::value(codec::time(now)?))
        .filter(user::Column::Name.eq(name));
    if let Some(role) = &change.role {
        update = update.col_expr(user::Column::Role, Expr::value(codec::word(role)));
    }
    if let Some(disabled) = change.disabled {
        update = update.col_expr(user::Column::Disabled, Expr::value(disabled));
    }
    if let Some(password) = &change.password {
        update = update.col_expr(user::Column::Password, Expr::value(password.as_str()));
    }
    if let Some(pin) = &change.pin {
        update = update.col_expr(user::Column::Pin, Expr::value(pin.as_str()));
    }
    if change.password.is_some() || change.pin.is_some() {
        update = update.col_expr(user::Column::PinFailures, Expr::value(0));
    }
    update.exec(txn).await?;
    Ok(())
}

/// Counts one try of a PIN before it is checked, so that tries at once count as well; whether it may be
/// checked: the person is there, has a PIN, is not kept out, and had fewer than `failures_max` wrong ones.
/// A right one is forgotten by [`super::sessions::switch_session`].
pub async fn begin_pin(db: &Database, name: &str, failures_max: u32) -> Result<bool, StorageError> {
    let max: i32 = codec::int(failures_max, "a count")?;
    let counted = Expr::col(user::Column::PinFailures).add(1);
    let outcome = user::Entity::update_many()
        .col_expr(user::Column::PinFailures, counted)
        .filter(user::Column::Name.eq(name))
        .filter(user::Column::Pin.is_not_null())
        .filter(user::Column::Disabled.eq(false))
        .filter(user::Column::PinFailures.lt(max))
        .exec(db.writer())
        .await?;
    Ok(outcome.rows_affected > 0)
}

/// Forgets a person's wrong PINs where `secret`, the column that was checked, still holds `hash` and the
/// person is not kept out; whether that is so. Until the transaction ends, neither changes.
pub(super) async fn confirm(
    txn: &DatabaseTransaction,
    name: &str,
    secret: user::Column,
    hash: &str,
) -> Result<bool, StorageError> {
    let outcome = user::Entity::update_many()
        .col_expr(user::Column::PinFailures, Expr::value(0))
        .filter(user::Column::Name.eq(name))
        .filter(secret.eq(hash))
        .filter(user::Column::Disabled.eq(false))
        .exec(txn)
        .await?;
    Ok(outcome.rows_affected > 0)
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
