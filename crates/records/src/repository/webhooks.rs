//! Who is told of news.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use theriac_ledger::identifier::Timestamp;

use super::news::NewsKind;
use crate::entity::webhook;
use crate::error::StorageError;
use crate::fold::statement::insert_all;
use crate::{Database, codec};

/// Webhooks that are in force at once: each gets its copy of all news.
pub const WEBHOOKS_MAX: u64 = 32;

/// A webhook.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookRecord {
    /// Its id.
    pub id: String,
    /// Where its deliveries go.
    pub url: String,
    /// Of what it is told.
    pub kinds: Vec<NewsKind>,
    /// Seed of the key that signs its deliveries.
    pub seed: [u8; 32],
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for WebhookRecord {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WebhookRecord")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Stores a webhook.
pub async fn insert_webhook(db: &Database, new: &WebhookRecord) -> Result<(), StorageError> {
    let txn = db.begin().await?;
    let present = webhook::Entity::find()
        .filter(webhook::Column::RemovedAt.is_null())
        .count(&txn)
        .await?;
    if present >= WEBHOOKS_MAX {
        let max = usize::try_from(WEBHOOKS_MAX).unwrap_or(usize::MAX);
        let what = "webhooks";
        return Err(StorageError::TooMany { what, max });
    }
    let row = webhook::Model {
        id: new.id.clone(),
        url: new.url.clone(),
        kinds: codec::json(&new.kinds),
        seed: new.seed.to_vec(),
        created_by: new.created_by.clone(),
        created_at: codec::time(new.created_at)?,
        removed_at: None,
    };
    insert_all::<webhook::Entity>(&txn, vec![row]).await?;
    txn.commit().await?;
    Ok(())
}

/// Removes a webhook; whether there was one. What was to be sent to it is dead.
pub async fn remove_webhook(db: &Database, id: &str, now: Timestamp) -> Result<bool, StorageError> {
    let outcome = webhook::Entity::update_many()
        .col_expr(webhook::Column::RemovedAt, Expr::value(codec::time(now)?))
        .filter(webhook::Column::Id.eq(id))
        .filter(webhook::Column::RemovedAt.is_null())
        .exec(db.writer())
        .await?;
    Ok(outcome.rows_affected > 0)
}

/// A webhook that is in force.
pub async fn find_webhook(db: &Database, id: &str) -> Result<Option<WebhookRecord>, StorageError> {
    let row = webhook::Entity::find_by_id(id)
        .filter(webhook::Column::RemovedAt.is_null())
        .one(db.reader())
        .await?;
    row.map(record_of).transpose()
}

/// Webhooks that are in force, by id, after one.
pub async fn list_webhooks(
    db: &Database,
    after: Option<&str>,
    limit: u64,
) -> Result<Vec<WebhookRecord>, StorageError> {
    let mut query = webhook::Entity::find().filter(webhook::Column::RemovedAt.is_null());
    if let Some(after) = after {
        query = query.filter(webhook::Column::Id.gt(after));
    }
    let rows = query
        .order_by_asc(webhook::Column::Id)
        .limit(limit)
        .all(db.reader())
        .await?;
    rows.into_iter().map(record_of).collect()
}

pub(crate) async fn list_active<C: ConnectionTrait>(
    db: &C,
) -> Result<Vec<WebhookRecord>, StorageError> {
    let rows = webhook::Entity::find()
        .filter(webhook::Column::RemovedAt.is_null())
        .all(db)
        .await?;
    rows.into_iter().map(record_of).collect()
}

fn record_of(row: webhook::Model) -> Result<WebhookRecord, StorageError> {
    Ok(WebhookRecord {
        id: row.id,
        url: row.url,
        kinds: codec::from_json(&row.kinds, "webhooks.kinds")?,
        seed: codec::digest(&row.seed, "webhooks.seed")?.0,
        created_by: row.created_by,
        created_at: codec::timestamp(row.created_at, "webhooks.created_at")?,
    })
}
