//! API keys that the service made. Only their hashes are stored; a revoked key stays, so that its name
//! never means another.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use theriac_crypto::Digest;
use theriac_ledger::identifier::Timestamp;

use super::persons_of;
use crate::entity::api_key;
use crate::error::StorageError;
use crate::fold::statement::insert_all;
use crate::{Database, codec};

/// Keys in one database, revoked ones among them.
pub const STORED_KEYS_MAX: u64 = 10_000;

/// A stored key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyRecord {
    /// Its id.
    pub id: String,
    /// Who uses it.
    pub name: String,
    /// Hash of the key.
    pub hash: Digest,
    /// What it may do.
    pub scopes: Vec<String>,
    /// Who made it.
    pub created_by: String,
    /// The people and keys behind it: who made it, and who stood behind them.
    pub persons: Vec<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
}

/// Why a key was not stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreKeyError {
    /// A key has or had this name.
    #[error("an API key has or had the name {name:?}")]
    NameTaken {
        /// The name.
        name: String,
    },
    /// The database does not take it.
    #[error("the API key could not be stored")]
    Storage(#[from] StorageError),
}

impl From<sea_orm::DbErr> for StoreKeyError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Storage(error.into())
    }
}

/// Stores a key.
pub async fn insert_key(db: &Database, new: &ApiKeyRecord) -> Result<(), StoreKeyError> {
    let txn = db.begin().await?;
    let same_name = api_key::Entity::find()
        .filter(api_key::Column::Name.eq(new.name.as_str()))
        .count(&txn)
        .await?;
    if same_name > 0 {
        return Err(StoreKeyError::NameTaken {
            name: new.name.clone(),
        });
    }
    if api_key::Entity::find().count(&txn).await? >= STORED_KEYS_MAX {
        let max = usize::try_from(STORED_KEYS_MAX).unwrap_or(usize::MAX);
        let what = "API keys";
        return Err(StorageError::TooMany { what, max }.into());
    }
    let row = api_key::Model {
        id: new.id.clone(),
        name: new.name.clone(),
        hash: codec::bytes(&new.hash),
        scopes: codec::json(&new.scopes),
        created_by: new.created_by.clone(),
        persons: Some(codec::json(&new.persons)),
        created_at: codec::time(new.created_at)?,
        revoked_at: None,
        last_used_at: None,
    };
    insert_all::<api_key::Entity>(&txn, vec![row]).await?;
    txn.commit().await?;
    Ok(())
}

/// The key with a hash that is not revoked.
pub async fn find_key(db: &Database, hash: &Digest) -> Result<Option<ApiKeyRecord>, StorageError> {
    let row = api_key::Entity::find()
        .filter(api_key::Column::Hash.eq(codec::bytes(hash)))
        .filter(api_key::Column::RevokedAt.is_null())
        .one(db.reader())
        .await?;
    row.map(record_of).transpose()
}

/// A key that is not revoked, by its id.
pub async fn find_key_by_id(db: &Database, id: &str) -> Result<Option<ApiKeyRecord>, StorageError> {
    let row = api_key::Entity::find_by_id(id)
        .filter(api_key::Column::RevokedAt.is_null())
        .one(db.reader())
        .await?;
    row.map(record_of).transpose()
}

/// Remembers that a key was used.
pub async fn touch_key(db: &Database, id: &str, now: Timestamp) -> Result<(), StorageError> {
    api_key::Entity::update_many()
        .col_expr(api_key::Column::LastUsedAt, Expr::value(codec::time(now)?))
        .filter(api_key::Column::Id.eq(id))
        .exec(db.writer())
        .await?;
    Ok(())
}

/// Revokes a key: its name, or nothing where no key that is in force has the id.
pub async fn revoke_key(
    db: &Database,
    id: &str,
    now: Timestamp,
) -> Result<Option<String>, StorageError> {
    let txn = db.begin().await?;
    let row = api_key::Entity::find_by_id(id)
        .filter(api_key::Column::RevokedAt.is_null())
        .one(&txn)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    api_key::Entity::update_many()
        .col_expr(api_key::Column::RevokedAt, Expr::value(codec::time(now)?))
        .filter(api_key::Column::Id.eq(id))
        .exec(&txn)
        .await?;
    txn.commit().await?;
    Ok(Some(row.name))
}

/// Keys by name, after one name.
pub async fn list_keys(
    db: &Database,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<ApiKeyRecord>, StorageError> {
    let mut query = api_key::Entity::find();
    if let Some(after) = after {
        query = query.filter(api_key::Column::Name.gt(after));
    }
    let rows = query
        .order_by_asc(api_key::Column::Name)
        .limit(limit)
        .all(db.reader())
        .await?;
    rows.into_iter().map(record_of).collect()
}

fn record_of(row: api_key::Model) -> Result<ApiKeyRecord, StorageError> {
    let time = |at: Option<i64>, column| at.map(|at| codec::timestamp(at, column)).transpose();
    Ok(ApiKeyRecord {
        id: row.id,
        name: row.name,
        hash: codec::digest(&row.hash, "api_keys.hash")?,
        scopes: codec::from_json(&row.scopes, "api_keys.scopes")?,
        persons: persons_of(row.persons.as_deref(), &row.created_by, "api_keys.persons")?,
        created_by: row.created_by,
        created_at: codec::timestamp(row.created_at, "api_keys.created_at")?,
        revoked_at: time(row.revoked_at, "api_keys.revoked_at")?,
        last_used_at: time(row.last_used_at, "api_keys.last_used_at")?,
    })
}
