//! Requests that wait for a second person.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use theriac_crypto::Digest;
use theriac_ledger::identifier::Timestamp;

use super::{older_than, persons_of};
use crate::entity::draft;
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

/// Stores a draft. The same key again stores nothing and gives the first draft.
pub async fn store_draft(
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
) -> Result<Vec<DraftRecord>, StorageError> {
    let mut query = draft::Entity::find();
    if let Some(state) = state {
        query = query.filter(draft::Column::State.eq(codec::word(&state)));
    }
    if let Some(before) = before {
        query = query.filter(older_than(
            draft::Column::CreatedAt,
            draft::Column::Id,
            before,
        )?);
    }
    let rows = query
        .order_by_desc(draft::Column::CreatedAt)
        .order_by_desc(draft::Column::Id)
        .limit(limit)
        .all(db.reader())
        .await?;
    rows.into_iter().map(record_of).collect()
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
        decided_at: row
            .decided_at
            .map(|ms| codec::timestamp(ms, "drafts.decided_at"))
            .transpose()?,
    })
}
