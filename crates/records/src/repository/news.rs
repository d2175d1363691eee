//! What happened that others want to hear of: gathered once from what the service knows, in one
//! database transaction with what is to be sent to webhooks.

use std::collections::BTreeSet;

use sea_orm::sea_query::{Expr, ExprTrait, IntoColumnRef, Query};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, Condition, ConnectionTrait as _,
    DatabaseTransaction, DbBackend, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use theriac_ledger::identifier::{AccountId, Timestamp};

use super::IN_LIST;
use super::intents::IntentState;
use super::webhooks::{WebhookRecord, list_active};
use crate::entity::{delivery, followed_head, intent, lot, news, news_cursor, shipment};
use crate::error::StorageError;
use crate::fold::lots::RECALLED;
use crate::fold::statement::insert_all;
use crate::fold::{HEAD, parent_of};
use crate::{Database, Sequence, codec};

mod drafts;
mod exceptions;
mod jobs;

/// Intents of one gathering: the rest comes with the next.
const INTENTS_MAX: u64 = 1_000;
/// Days for which news and what was sent of them are kept.
const KEPT_MS: u64 = 30 * 24 * 3_600_000;
/// The one row of `news_cursor`.
const CURSOR: i16 = 1;

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NewsKind {
    /// An intent of the service is final or rejected.
    IntentSettled,
    /// A shipment to the account was opened.
    ShipmentInbound,
    /// A shipment from or to the account was received, refused or cancelled.
    ShipmentEnded,
    /// A batch was recalled.
    BatchRecalled,
    /// A long job of the service has ended.
    JobEnded,
    /// An exception of a delivery was opened, written about, or ended.
    ExceptionChanged,
    /// A request waits for a second person.
    DraftWaiting,
    /// A draft was approved or declined.
    DraftDecided,
}

/// Every kind.
pub const NEWS_KINDS: [NewsKind; 8] = [
    NewsKind::IntentSettled,
    NewsKind::ShipmentInbound,
    NewsKind::ShipmentEnded,
    NewsKind::BatchRecalled,
    NewsKind::JobEnded,
    NewsKind::ExceptionChanged,
    NewsKind::DraftWaiting,
    NewsKind::DraftDecided,
];

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewsRecord {
    /// Its number: later news have greater ones.
    pub number: u64,
    /// When it was gathered.
    pub at: Timestamp,
    /// What kind of thing.
    pub kind: NewsKind,
    /// Of what: an id.
    pub subject: String,
    /// What is told of it, as JSON.
    pub document: String,
}

/// Something to be told.
#[derive(Debug, Clone, PartialEq)]
struct Found {
    kind: NewsKind,
    subject: String,
    document: Value,
}

/// Whether something was not told of yet. Asked of each by the index: a list of all that was told is long.
fn untold<C: ColumnTrait + IntoColumnRef>(kind: NewsKind, subject: C) -> Condition {
    let told = Query::select()
        .expr(Expr::val(1))
        .from(news::Entity)
        .and_where(news::Column::Kind.eq(codec::word(&kind)))
        .and_where(
            Expr::col((news::Entity, news::Column::Subject))
                .equals((subject.entity_name(), subject)),
        )
        .to_owned();
    Condition::all().not().add(Expr::exists(told))
}

/// Gathers what happened to an account since the last time; gives how much it was. What was before the
/// first time is old.
///
/// `ids` gives an id for each delivery.
pub async fn gather(
    db: &Database,
    own: &AccountId,
    now: Timestamp,
    ids: &mut (dyn FnMut() -> String + Send),
) -> Result<usize, StorageError> {
    let txn = db.begin().await?;
    let Some(head) = followed_head::Entity::find_by_id(HEAD).one(&txn).await? else {
        return Ok(0);
    };
    let head = parent_of(&head)?;
    let mut newest = news_cursor::Model {
        id: CURSOR,
        // The last one that a block up to the head could have.
        sequence: Sequence::new(head.height.saturating_add(1), 0)?.0 - 1,
        intents_after: settled_up_to(&txn).await?,
        recalled_after: codec::time(head.time)?,
    };
    let Some(cursor) = news_cursor::Entity::find_by_id(CURSOR).one(&txn).await? else {
        insert_all::<news_cursor::Entity>(&txn, vec![newest]).await?;
        txn.commit().await?;
        return Ok(0);
    };
    // While a read model is rebuilt, its head is below what was told before.
    newest.sequence = Ord::max(newest.sequence, cursor.sequence);
    newest.recalled_after = Ord::max(newest.recalled_after, cursor.recalled_after);
    let mut found = Vec::new();
    shipments(&txn, own, &cursor, &mut found).await?;
    recalls(&txn, &cursor, &mut found).await?;
    let before = found.len();
    let settled_jobs = intents(&txn, &cursor, now, &mut found).await?;
    if u64::try_from(found.len() - before).is_ok_and(|count| count >= INTENTS_MAX) {
        newest.intents_after = cursor.intents_after;
    }
    jobs::requests(&txn, settled_jobs, &mut found).await?;
    jobs::captures(&txn, now, &mut found).await?;
    exceptions::messages(&txn, now, &mut found).await?;
    drafts::waiting(&txn, now, &mut found).await?;
    drafts::decided(&txn, now, &mut found).await?;
    if found.is_empty() {
        return Ok(0);
    }
    let count = found.len();
    store(&txn, now, found, ids).await?;
    newest.into_active_model().reset_all().update(&txn).await?;
    txn.commit().await?;
    Ok(count)
}

/// News after a number, the oldest first.
pub async fn list_news(
    db: &Database,
    after: u64,
    limit: u64,
) -> Result<Vec<NewsRecord>, StorageError> {
    let rows = news::Entity::find()
        .filter(news::Column::Number.gt(i64::try_from(after).unwrap_or(i64::MAX)))
        .order_by_asc(news::Column::Number)
        .limit(limit)
        .all(db.reader())
        .await?;
    rows.into_iter().map(record_of).collect()
}

/// The number of the last news; 0 before the first.
pub async fn last_news(db: &Database) -> Result<u64, StorageError> {
    let last = news::Entity::find()
        .order_by_desc(news::Column::Number)
        .one(db.reader())
        .await?;
    Ok(last
        .map(record_of)
        .transpose()?
        .map_or(0, |last| last.number))
}

/// The number of the last intent before which none is open.
async fn settled_up_to(txn: &DatabaseTransaction) -> Result<i64, StorageError> {
    let open = [IntentState::Pending, IntentState::Sent].map(|state| codec::word(&state));
    let first_open = intent::Entity::find()
        .filter(intent::Column::State.is_in(open))
        .order_by_asc(intent::Column::Number)
        .one(txn)
        .await?;
    if let Some(row) = first_open {
        return Ok(row.number.saturating_sub(1));
    }
    let last = intent::Entity::find()
        .order_by_desc(intent::Column::Number)
        .one(txn)
        .await?;
    Ok(last.map_or(0, |row| row.number))
}

async fn shipments(
    txn: &DatabaseTransaction,
    own: &AccountId,
    cursor: &news_cursor::Model,
    found: &mut Vec<Found>,
) -> Result<(), StorageError> {
    let own = codec::bytes(&own.0);
    let to_own = shipment::Column::ToAccount.eq(own.clone());
    let from_own = shipment::Column::FromAccount.eq(own);
    let own_either = Condition::any().add(to_own.clone()).add(from_own);
    let opened = shipment::Entity::find()
        .filter(shipment::Column::Sequence.gt(cursor.sequence))
        .filter(to_own)
        .order_by_asc(shipment::Column::Sequence)
        .all(txn)
        .await?;
    for row in &opened {
        found.push(shipment_news(row, NewsKind::ShipmentInbound)?);
    }
    exceptions::rests(txn, own_either.clone(), cursor, found).await?;
    let ended = shipment::Entity::find()
        .filter(shipment::Column::ResolvedSequence.gt(cursor.sequence))
        .filter(own_either)
        .order_by_asc(shipment::Column::ResolvedSequence)
        .all(txn)
        .await?;
    for row in &ended {
        found.push(shipment_news(row, NewsKind::ShipmentEnded)?);
    }
    Ok(())
}

fn shipment_news(row: &shipment::Model, kind: NewsKind) -> Result<Found, StorageError> {
    let record = super::shipments::shipment_of(row)?;
    let subject = record.id.to_string();
    let document = json!({
        "shipment": subject,
        "from": record.from.to_string(),
        "to": record.to.to_string(),
        "purpose": row.purpose,
        "state": row.outcome,
    });
    Ok(Found {
        kind,
        subject,
        document,
    })
}

async fn recalls(
    txn: &DatabaseTransaction,
    cursor: &news_cursor::Model,
    found: &mut Vec<Found>,
) -> Result<(), StorageError> {
    let rows = lot::Entity::find()
        .filter(lot::Column::State.eq(RECALLED))
        .filter(lot::Column::RecalledAt.gt(cursor.recalled_after))
        .order_by_asc(lot::Column::RecalledAt)
        .all(txn)
        .await?;
    found.extend(rows.into_iter().map(|row| Found {
        kind: NewsKind::BatchRecalled,
        subject: format!("{}/{}", row.gtin, row.lot),
        document: json!({ "gtin": row.gtin, "lot": row.lot, "class": row.recall_class }),
    }));
    Ok(())
}

async fn intents(
    txn: &DatabaseTransaction,
    cursor: &news_cursor::Model,
    now: Timestamp,
    found: &mut Vec<Found>,
) -> Result<BTreeSet<String>, StorageError> {
    let settled = [IntentState::Final, IntentState::Rejected].map(|state| codec::word(&state));
    let rows = intent::Entity::find()
        .filter(intent::Column::Number.gt(cursor.intents_after))
        .filter(intent::Column::State.is_in(settled))
        .filter(intent::Column::UpdatedAt.gte(kept_since(now)?))
        .filter(untold(NewsKind::IntentSettled, intent::Column::Id))
        .order_by_asc(intent::Column::Number)
        .limit(INTENTS_MAX)
        .all(txn)
        .await?;
    let jobs = rows.iter().filter_map(|row| row.job.clone()).collect();
    found.extend(rows.into_iter().map(|row| Found {
        kind: NewsKind::IntentSettled,
        document: json!({
            "intent": row.id,
            "state": row.state,
            "height": row.height,
            "code": row.error_code.filter(|_| row.height.is_none()),
        }),
        subject: row.id,
    }));
    Ok(jobs)
}

async fn store(
    txn: &DatabaseTransaction,
    now: Timestamp,
    found: Vec<Found>,
    ids: &mut (dyn FnMut() -> String + Send),
) -> Result<(), StorageError> {
    if txn.get_database_backend() == DbBackend::Postgres {
        // Numbers are given before the commit: of two writers at once the later number could be seen first,
        // and a reader that goes on after it would never see the other. Readers go on.
        txn.execute_unprepared("LOCK TABLE news IN SHARE ROW EXCLUSIVE MODE")
            .await?;
    }
    let hooks = list_active(txn).await?;
    let at = codec::time(now)?;
    if hooks.is_empty() {
        for part in found.chunks(IN_LIST) {
            let rows = part.iter().map(|item| row_of(item, at));
            news::Entity::insert_many(rows)
                .exec_without_returning(txn)
                .await?;
        }
        return Ok(());
    }
    for item in found {
        let stored = row_of(&item, at).insert(txn).await?;
        for hook in hooks.iter().filter(|hook| hook.kinds.contains(&item.kind)) {
            let body = body(&stored, &item);
            delivery_row(hook, &item, body, at, ids())
                .insert(txn)
                .await?;
        }
    }
    Ok(())
}

fn row_of(item: &Found, at: i64) -> news::ActiveModel {
    news::ActiveModel {
        number: ActiveValue::NotSet,
        at: ActiveValue::Set(at),
        kind: ActiveValue::Set(codec::word(&item.kind)),
        subject: ActiveValue::Set(item.subject.clone()),
        document: ActiveValue::Set(item.document.to_string()),
    }
}

/// What a webhook gets of an item.
fn body(stored: &news::Model, item: &Found) -> String {
    json!({
        "number": stored.number,
        "at": stored.at,
        "kind": item.kind,
        "data": item.document,
    })
    .to_string()
}

fn delivery_row(
    hook: &WebhookRecord,
    item: &Found,
    body: String,
    at: i64,
    id: String,
) -> delivery::ActiveModel {
    delivery::ActiveModel {
        number: ActiveValue::NotSet,
        id: ActiveValue::Set(id),
        webhook: ActiveValue::Set(hook.id.clone()),
        kind: ActiveValue::Set(codec::word(&item.kind)),
        body: ActiveValue::Set(body),
        state: ActiveValue::Set(codec::word(&super::deliveries::DeliveryState::Pending)),
        attempts: ActiveValue::Set(0),
        next_at: ActiveValue::Set(at),
        last_status: ActiveValue::Set(None),
        last_error: ActiveValue::Set(None),
        created_at: ActiveValue::Set(at),
        updated_at: ActiveValue::Set(at),
    }
}

/// Forgets what is old. What is still to be sent stays.
pub async fn sweep(db: &Database, now: Timestamp) -> Result<(), StorageError> {
    let txn = db.begin().await?;
    let before = kept_since(now)?;
    let old = news::Entity::delete_many().filter(news::Column::At.lt(before));
    old.exec(&txn).await?;
    let pending = codec::word(&super::deliveries::DeliveryState::Pending);
    let sent = delivery::Entity::delete_many()
        .filter(delivery::Column::UpdatedAt.lt(before))
        .filter(delivery::Column::State.ne(pending));
    sent.exec(&txn).await?;
    txn.commit().await?;
    Ok(())
}

fn kept_since(now: Timestamp) -> Result<i64, StorageError> {
    codec::time(Timestamp(now.0.saturating_sub(KEPT_MS)))
}

fn record_of(row: news::Model) -> Result<NewsRecord, StorageError> {
    Ok(NewsRecord {
        number: u64::try_from(row.number).map_err(|_| StorageError::Corrupt {
            column: "news.number",
        })?,
        at: codec::timestamp(row.at, "news.at")?,
        kind: codec::from_word(&row.kind, "news.kind")?,
        subject: row.subject,
        document: row.document,
    })
}
