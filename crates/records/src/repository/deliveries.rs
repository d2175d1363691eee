//! What was and is to be sent to webhooks.

use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use theriac_ledger::identifier::Timestamp;

use super::webhooks::list_active;
use crate::entity::{delivery, webhook};
use crate::error::StorageError;
use crate::{Database, codec};

/// Characters of an error that are kept.
const ERROR_CHARS_MAX: usize = 300;

/// Where a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// To be sent, or to be sent again.
    Pending,
    /// Taken by its receiver.
    Delivered,
    /// Not tried any more.
    Dead,
}

/// A delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryRecord {
    /// Its number: later ones have greater ones.
    pub number: u64,
    /// Its id: the same each time it is sent.
    pub id: String,
    /// The webhook.
    pub webhook: String,
    /// Kind of the news.
    pub kind: String,
    /// What is sent.
    pub body: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// How often it was sent.
    pub attempts: u32,
    /// When it is sent next, while it is pending.
    pub next_at: Timestamp,
    /// HTTP status of the last answer.
    pub last_status: Option<u16>,
    /// What last went wrong.
    pub last_error: Option<String>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// What became of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempted {
    /// Where the delivery stands now.
    pub state: DeliveryState,
    /// When it is sent next.
    pub next_at: Timestamp,
    /// HTTP status of the answer.
    pub status: Option<u16>,
    /// What went wrong.
    pub error: Option<String>,
}

/// Webhooks in force that have a delivery to be sent, and when the first one is due. Asked of each: it is the first
/// entry of an index, however much waits behind it.
pub async fn list_waiting(db: &Database) -> Result<Vec<(String, Timestamp)>, StorageError> {
    let mut waiting = Vec::new();
    for hook in list_active(db.reader()).await? {
        let next: Option<i64> = delivery::Entity::find()
            .select_only()
            .column(delivery::Column::NextAt)
            .filter(delivery::Column::Webhook.eq(hook.id.as_str()))
            .filter(delivery::Column::State.eq(codec::word(&DeliveryState::Pending)))
            .order_by_asc(delivery::Column::NextAt)
            .into_tuple()
            .one(db.reader())
            .await?;
        if let Some(next) = next {
            waiting.push((hook.id, codec::timestamp(next, "deliveries.next_at")?));
        }
    }
    Ok(waiting)
}

/// Deliveries to one webhook that are due, the oldest first; none where it is no longer in force.
pub async fn list_due(
    db: &Database,
    webhook: &str,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<DeliveryRecord>, StorageError> {
    let rows = delivery::Entity::find()
        .filter(delivery::Column::State.eq(codec::word(&DeliveryState::Pending)))
        .filter(delivery::Column::NextAt.lte(codec::time(now)?))
        .filter(delivery::Column::Webhook.eq(webhook))
        .filter(delivery::Column::Webhook.in_subquery(in_force()))
        .order_by_asc(delivery::Column::NextAt)
        .order_by_asc(delivery::Column::Number)
        .limit(limit)
        .all(db.reader())
        .await?;
    rows.into_iter().map(record_of).collect()
}

/// Notes an attempt.
pub async fn note_attempt(
    db: &Database,
    id: &str,
    now: Timestamp,
    attempted: &Attempted,
) -> Result<(), StorageError> {
    let error = attempted
        .error
        .as_ref()
        .map(|error| error.chars().take(ERROR_CHARS_MAX).collect::<String>());
    let attempts = Expr::col(delivery::Column::Attempts);
    delivery::Entity::update_many()
        .col_expr(
            delivery::Column::Attempts,
            sea_orm::sea_query::ExprTrait::add(attempts, 1),
        )
        .col_expr(
            delivery::Column::State,
            Expr::value(codec::word(&attempted.state)),
        )
        .col_expr(
            delivery::Column::NextAt,
            Expr::value(codec::time(attempted.next_at)?),
        )
        .col_expr(
            delivery::Column::LastStatus,
            Expr::value(attempted.status.map(i32::from)),
        )
        .col_expr(delivery::Column::LastError, Expr::value(error))
        .col_expr(delivery::Column::UpdatedAt, Expr::value(codec::time(now)?))
        .filter(delivery::Column::Id.eq(id))
        .exec(db.writer())
        .await?;
    Ok(())
}

/// Sends a delivery of a webhook again, from its first attempt; whether there is one.
pub async fn replay(
    db: &Database,
    webhook: &str,
    id: &str,
    now: Timestamp,
) -> Result<bool, StorageError> {
    let now = codec::time(now)?;
    let outcome = delivery::Entity::update_many()
        .col_expr(
            delivery::Column::State,
            Expr::value(codec::word(&DeliveryState::Pending)),
        )
        .col_expr(delivery::Column::Attempts, Expr::value(0))
        .col_expr(delivery::Column::NextAt, Expr::value(now))
        .col_expr(delivery::Column::UpdatedAt, Expr::value(now))
        .filter(delivery::Column::Webhook.eq(webhook))
        .filter(delivery::Column::Id.eq(id))
        .exec(db.writer())
        .await?;
    Ok(outcome.rows_affected > 0)
}

/// Deliveries of a webhook before one, the newest first.
pub async fn list_deliveries(
    db: &Database,
    webhook: &str,
    before: Option<u64>,
    limit: u64,
) -> Result<Vec<DeliveryRecord>, StorageError> {
    let mut query = delivery::Entity::find().filter(delivery::Column::Webhook.eq(webhook));
    if let Some(before) = before {
        let before = i64::try_from(before).unwrap_or(i64::MAX);
        query = query.filter(delivery::Column::Number.lt(before));
    }
    let rows = query
        .order_by_desc(delivery::Column::Number)
        .limit(limit)
        .all(db.reader())
        .await?;
    rows.into_iter().map(record_of).collect()
}

fn in_force() -> sea_orm::sea_query::SelectStatement {
    Query::select()
        .column(webhook::Column::Id)
        .from(webhook::Entity)
        .and_where(webhook::Column::RemovedAt.is_null())
        .to_owned()
}

fn record_of(row: delivery::Model) -> Result<DeliveryRecord, StorageError> {
    let corrupt = |column| StorageError::Corrupt { column };
    Ok(DeliveryRecord {
        number: u64::try_from(row.number).map_err(|_| corrupt("deliveries.number"))?,
        id: row.id,
        webhook: row.webhook,
        kind: row.kind,
        body: row.body,
        state: codec::from_word(&row.state, "deliveries.state")?,
        attempts: codec::unsigned(row.attempts, "deliveries.attempts")?,
        next_at: codec::timestamp(row.next_at, "deliveries.next_at")?,
        last_status: row
            .last_status
            .and_then(|status| u16::try_from(status).ok()),
        last_error: row.last_error,
        created_at: codec::timestamp(row.created_at, "deliveries.created_at")?,
        updated_at: codec::timestamp(row.updated_at, "deliveries.updated_at")?,
    })
}
