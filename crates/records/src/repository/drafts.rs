//! Requests that wait for a second person.

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, EntityTrait, FromQueryResult, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use theriac_crypto::Digest;
use theriac_ledger::identifier::Timestamp;

use super::{older_than, persons_of};
use crate::entity::{capture, draft, idempotency};
use crate::error::StorageError;
use crate::fold::statement::insert_all;
use crate::{Database, codec};

/// Where a draft stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DraftState {
    /// Waits for a second person.
    Open,
    /// Approved, and put into the outbox.
    Approved,
    /// Refused by a second person, or taken back by its author.
    Declined,
}

/// A request, not yet done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDraft {
    /// Its id.
    pub id: String,
    /// The caller's key for the request.
    pub key: String,
    /// Digest of everything that the request asks for.
    pub digest: Digest,
    /// What it asks for: `batch`.
    pub kind: String,
    /// The request as JSON.
    pub request: String,
    /// The file that came with it.
    pub content: Option<Vec<u8>>,
    /// What it would put on the ledger, in words.
    pub words: Vec<String>,
    /// Who made it.
    pub author: String,
    /// The people and keys behind it: its author, who opened the author's session or made the author's key.
    pub persons: Vec<String>,
}

/// A draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftRecord {
    /// As it was made.
    pub draft: NewDraft,
    /// Where it stands.
    pub state: DraftState,
    /// Who decided.
    pub decided_by: Option<String>,
    /// What they wrote about it.
    pub note: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
}

/// A draft in a list: neither the request nor its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftSummary {
    /// Its id.
    pub id: String,
    /// What it asks for: `batches`.
    pub kind: String,
    /// What it would put on the ledger, in words.
    pub words: Vec<String>,
    /// Who made it.
    pub author: String,
    /// Where it stands.
    pub state: DraftState,
    /// Who decided.
    pub decided_by: Option<String>,
    /// What they wrote about it.
    pub note: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
}

impl From<DraftRecord> for DraftSummary {
    fn from(record: DraftRecord) -> Self {
        Self {
            id: record.draft.id,
            kind: record.draft.kind,
            words: record.draft.words,
            author: record.draft.author,
            state: record.state,
            decided_by: record.decided_by,
            note: record.note,
            created_at: record.created_at,
            decided_at: record.decided_at,
        }
    }
}

/// The key under which what a draft asks for is stored: it is done once, whoever approves it how often.
pub fn key_of_done(id: &str) -> String {
    format!("draft/{id}")
}

/// Whether what a draft asks for is stored, as intents or as a document.
pub async fn is_done(db: &Database, id: &str) -> Result<bool, StorageError> {
    let key = key_of_done(id);
    let intents = idempotency::Entity::find_by_id(key.as_str());
    if intents.count(db.reader()).await? > 0 {
        return Ok(true);
    }
    let documents = capture::Entity::find().filter(capture::Column::Key.eq(key));
    Ok(documents.count(db.reader()).await? > 0)
}

/// Stores a draft. The same key again stores nothing and gives the first draft.
pub async fn store_draft(
    db: &Database,
    now: Timestamp,
    new: &NewDraft,
) -> Result<DraftRecord, StorageError> {
    match store_once(db, now, new).await {
        // On PostgreSQL two look at once: the second finds what the first has stored meanwhile.
        Err(StorageError::Duplicate { .. }) => store_once(db, now, new).await,
        stored => stored,
    }
}

/// The draft that a request's key stands for, where there is one.
pub async fn find_draft_of_key(
    db: &Database,
    key: &str,
) -> Result<Option<DraftRecord>, StorageError> {
    let row = draft::Entity::find()
        .filter(draft::Column::Key.eq(key))
        .one(db.reader())
        .await?;
    row.map(record_of).transpose()
}

async fn store_once(
    db: &Database,
    now: Timestamp,
    new: &NewDraft,
) -> Result<DraftRecord, StorageError> {
    let txn = db.begin().await?;
    let before = draft::Entity::find()
        .filter(draft::Column::Key.eq(new.key.as_str()))
        .one(&txn)
        .await?;
    if let Some(before) = before {
        return record_of(before);
    }
    let row = draft::Model {
        id: new.id.clone(),
        key: new.key.clone(),
        digest: codec::bytes(&new.digest),
        kind: new.kind.clone(),
        request: new.request.clone(),
        content: new.content.clone(),
        words: codec::json(&new.words),
        author: new.author.clone(),
        persons: Some(codec::json(&new.persons)),
        state: codec::word(&DraftState::Open),
        decided_by: None,
        note: None,
        created_at: codec::time(now)?,
        decided_at: None,
    };
    insert_all::<draft::Entity>(&txn, vec![row.clone()]).await?;
    txn.commit().await?;
    record_of(row)
}

/// One draft.
pub async fn find_draft(db: &Database, id: &str) -> Result<Option<DraftRecord>, StorageError> {
    let row = draft::Entity::find_by_id(id).one(db.reader()).await?;
    row.map(record_of).transpose()
}

/// Drafts, the newest first, after one of them, in one state or in every.
pub async fn list_drafts(
    db: &Database,
    state: Option<DraftState>,
    before: Option<(Timestamp, &str)>,
    limit: u64,
) -> Result<Vec<DraftSummary>, StorageError> {
    // Requests and files are megabytes each: a list reads none.
    let mut query = draft::Entity::find().select_only().columns([
        draft::Column::Id,
        draft::Column::Kind,
        draft::Column::Words,
        draft::Column::Author,
        draft::Column::State,
        draft::Column::DecidedBy,
        draft::Column::Note,
        draft::Column::CreatedAt,
        draft::Column::DecidedAt,
    ]);
    if let Some(state) = state {
        query = query.filter(draft::Column::State.eq(codec::word(&state)));
    }
    if let Some(before) = before {
        query = query.filter(older_than(
            draft::Column::CreatedAt,
            draft::Column::Id,
            before,
        ));
    }
    let rows: Vec<SummaryRow> = query
        .order_by_desc(draft::Column::CreatedAt)
        .order_by_desc(draft::Column::Id)
        .limit(limit)
        .into_model()
        .all(db.reader())
        .await?;
    rows.into_iter().map(summary_of).collect()
}

/// Decides an open draft; `false` when it was decided before.
pub async fn decide_draft(
    db: &Database,
    now: Timestamp,
    id: &str,
    state: DraftState,
    by: &str,
    note: Option<&str>,
) -> Result<bool, StorageError> {
    let decided = draft::Entity::update_many()
        .col_expr(draft::Column::State, Expr::value(codec::word(&state)))
        .col_expr(draft::Column::DecidedBy, Expr::value(Some(by.to_owned())))
        .col_expr(
            draft::Column::Note,
            Expr::value(note.map(ToOwned::to_owned)),
        )
        .col_expr(
            draft::Column::DecidedAt,
            Expr::value(Some(codec::time(now)?)),
        )
        .filter(draft::Column::Id.eq(id))
        .filter(draft::Column::State.eq(codec::word(&DraftState::Open)))
        .exec(db.writer())
        .await?;
    Ok(decided.rows_affected == 1)
}

#[derive(FromQueryResult)]
struct SummaryRow {
    id: String,
    kind: String,
    words: String,
    author: String,
    state: String,
    decided_by: Option<String>,
    note: Option<String>,
    created_at: i64,
    decided_at: Option<i64>,
}

fn summary_of(row: SummaryRow) -> Result<DraftSummary, StorageError> {
    Ok(DraftSummary {
        id: row.id,
        kind: row.kind,
        words: codec::from_json(&row.words, "drafts.words")?,
        author: row.author,
        state: codec::from_word(&row.state, "drafts.state")?,
        decided_by: row.decided_by,
        note: row.note,
        created_at: codec::timestamp(row.created_at, "drafts.created_at")?,
        decided_at: decided_at(row.decided_at)?,
    })
}

fn decided_at(ms: Option<i64>) -> Result<Option<Timestamp>, StorageError> {
    ms.map(|ms| codec::timestamp(ms, "drafts.decided_at"))
        .transpose()
}

fn record_of(row: draft::Model) -> Result<DraftRecord, StorageError> {
    Ok(DraftRecord {
        draft: NewDraft {
            id: row.id,
            key: row.key,
            digest: codec::digest(&row.digest, "drafts.digest")?,
            kind: row.kind,
            request: row.request,
            content: row.content,
            words: codec::from_json(&row.words, "drafts.words")?,
            persons: persons_of(row.persons.as_deref(), &row.author, "drafts.persons")?,
            author: row.author,
        },
        state: codec::from_word(&row.state, "drafts.state")?,
        decided_by: row.decided_by,
        note: row.note,
        created_at: codec::timestamp(row.created_at, "drafts.created_at")?,
        decided_at: decided_at(row.decided_at)?,
    })
}
