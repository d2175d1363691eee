//! Documents of events: stored when they come, read once they are due, and what became of each event.

use std::collections::{BTreeMap, BTreeSet};

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use theriac_crypto::Digest;
use theriac_ledger::identifier::Timestamp;

use super::intents::{IntentError, IntentState, intent_of};
use super::{IN_LIST, older_than};
use crate::entity::{capture, captured_event, intent};
use crate::error::StorageError;
use crate::fold::statement::insert_all;
use crate::{Database, codec};

/// What to do about a document of which an event is refused (`GS1-Capture-Error-Behaviour`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorBehaviour {
    /// Nothing of it is put on the ledger.
    #[default]
    Rollback,
    /// The other events are.
    Proceed,
}

/// Where a capture stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaptureState {
    /// Stored, not planned.
    Received,
    /// Its intents are stored.
    Planned,
    /// Nothing will change any more.
    Finished,
}

/// What is wrong with an event, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureFault {
    /// Where in the document.
    pub at: String,
    /// A stable code.
    pub code: String,
    /// What is wrong there.
    pub detail: String,
}

/// A document that came.
#[derive(Debug, Clone)]
pub struct NewCapture {
    /// Its id.
    pub id: String,
    /// Who sent it.
    pub caller: String,
    /// The caller's key for the request, where it gave one.
    pub key: Option<String>,
    /// Digest of the document and what was asked about it.
    pub request: Digest,
    /// The document, as it came.
    pub document: String,
    /// How many events are in it.
    pub events: u32,
    /// What to do when one is refused.
    pub behaviour: ErrorBehaviour,
}

/// A capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptureRecord {
    /// Its id.
    pub id: String,
    /// Who sent the document.
    pub caller: String,
    /// Digest of the request.
    pub request: Digest,
    /// How many events are in it.
    pub events: u32,
    /// What to do when one is refused.
    pub behaviour: ErrorBehaviour,
    /// Where it stands.
    pub state: CaptureState,
    /// What is wrong with its events.
    pub errors: Vec<CaptureFault>,
    /// When it came.
    pub created_at: Timestamp,
    /// When the ledger had decided.
    pub finished_at: Option<Timestamp>,
}

/// An event that stands behind an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventBehind {
    /// Its place in the document, from 0.
    pub number: u32,
    /// Its id.
    pub event_id: String,
    /// Its CBV event hash.
    pub hash: Digest,
    /// Digest of its error declaration, where it has one.
    pub declaration: Option<Digest>,
}

/// How far an event came that was captured before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reached {
    /// All of it is on the ledger.
    Final,
    /// Some of it waits, and nothing was refused.
    Open,
    /// Some of it was refused, and some was not.
    InPart,
}

/// An event that was captured before, in whatever document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapturedBefore {
    /// Its CBV event hash.
    pub hash: Digest,
    /// Digest of its error declaration, where it has one.
    pub declaration: Option<Digest>,
    /// How far it came.
    pub reached: Reached,
    /// The intents behind which it stands.
    pub intents: Vec<String>,
}

/// What has become of the events of a capture.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CaptureOutcome {
    /// Whether some intents are not settled.
    pub is_open: bool,
    /// Events that the ledger refused, and why, in their order; at most as many as were asked for.
    pub refused: Vec<(u32, IntentError)>,
}

/// Stores a document. The same key again stores nothing and gives the first capture.
pub async fn store_capture(
    db: &Database,
    now: Timestamp,
    new: &NewCapture,
) -> Result<CaptureRecord, StorageError> {
    match store_once(db, now, new).await {
        // On PostgreSQL two look at once: the second finds what the first has stored meanwhile.
        Err(StorageError::Duplicate { .. }) => store_once(db, now, new).await,
        stored => stored,
    }
}

async fn store_once(
    db: &Database,
    now: Timestamp,
    new: &NewCapture,
) -> Result<CaptureRecord, StorageError> {
    let txn = db.begin().await?;
    if let Some(key) = &new.key {
        let before = capture::Entity::find()
            .filter(capture::Column::Key.eq(key.as_str()))
            .one(&txn)
            .await?;
        if let Some(before) = before {
            return record_of(before);
        }
    }
    let row = capture::Model {
        id: new.id.clone(),
        caller: new.caller.clone(),
        key: new.key.clone(),
        request: codec::bytes(&new.request),
        document: Some(new.document.clone()),
        events: codec::int(new.events, "a number of events")?,
        behaviour: codec::word(&new.behaviour),
        state: codec::word(&CaptureState::Received),
        errors: "[]".to_owned(),
        created_at: codec::time(now)?,
        finished_at: None,
    };
    insert_all::<capture::Entity>(&txn, vec![row.clone()]).await?;
    txn.commit().await?;
    record_of(row)
}

/// One capture.
pub async fn find_capture(db: &Database, id: &str) -> Result<Option<CaptureRecord>, StorageError> {
    let row = capture::Entity::find_by_id(id).one(db.reader()).await?;
    row.map(record_of).transpose()
}

/// Captures after one of them, the newest first.
pub async fn list_captures(
    db: &Database,
    before: Option<(Timestamp, &str)>,
    limit: u64,
) -> Result<Vec<CaptureRecord>, StorageError> {
    let mut query = capture::Entity::find();
    if let Some(before) = before {
        query = query.filter(older_than(
            capture::Column::CreatedAt,
            capture::Column::Id,
            before,
        ));
    }
    let rows = query
        .order_by_desc(capture::Column::CreatedAt)
        .order_by_desc(capture::Column::Id)
        .limit(limit)
        .all(db.reader())
        .await?;
    rows.into_iter().map(record_of).collect()
}

/// Ids of captures in a state, the oldest first.
pub async fn list_captures_in(
    db: &Database,
    state: CaptureState,
) -> Result<Vec<String>, StorageError> {
    Ok(capture::Entity::find()
        .select_only()
        .column(capture::Column::Id)
        .filter(capture::Column::State.eq(codec::word(&state)))
        .order_by_asc(capture::Column::CreatedAt)
        .order_by_asc(capture::Column::Id)
        .into_tuple()
        .all(db.reader())
        .await?)
}

/// The document of a capture that is not finished.
pub async fn find_document(db: &Database, id: &str) -> Result<Option<String>, StorageError> {
    let row = capture::Entity::find_by_id(id).one(db.reader()).await?;
    Ok(row.and_then(|row| row.document))
}

/// Moves a capture on, with what is wrong with its events. The document is dropped at the end: its events
/// are kept with their intents.
pub async fn mark_capture(
    db: &Database,
    now: Timestamp,
    id: &str,
    state: CaptureState,
    errors: &[CaptureFault],
) -> Result<(), StorageError> {
    let mut update = capture::Entity::update_many()
        .col_expr(capture::Column::State, Expr::value(codec::word(&state)))
        .col_expr(capture::Column::Errors, Expr::value(codec::json(&errors)));
    if state == CaptureState::Finished {
        update = update
            .col_expr(
                capture::Column::FinishedAt,
                Expr::value(Some(codec::time(now)?)),
            )
            .col_expr(capture::Column::Document, Expr::value(None::<String>));
    }
    update
        .filter(capture::Column::Id.eq(id))
        .exec(db.writer())
        .await?;
    Ok(())
}

/// Of these event ids those that were captured before. Where the ledger refused all of an event, it was not.
pub async fn find_captured(
    db: &Database,
    ids: &[String],
) -> Result<BTreeMap<String, Vec<CapturedBefore>>, StorageError> {
    let mut found: BTreeMap<String, Vec<CapturedBefore>> = BTreeMap::new();
    for part in ids.chunks(IN_LIST) {
        let rows = captured_event::Entity::find()
            .filter(captured_event::Column::EventId.is_in(part.iter().map(String::as_str)))
            .order_by_asc(captured_event::Column::Capture)
            .order_by_asc(captured_event::Column::Number)
            .all(db.reader())
            .await?;
        let states = states_of(db, rows.iter().map(|row| row.intent.clone())).await?;
        let mut once: BTreeMap<(String, i32), Vec<captured_event::Model>> = BTreeMap::new();
        for row in rows {
            let key = (row.capture.clone(), row.number);
            once.entry(key).or_default().push(row);
        }
        for rows in once.into_values() {
            if let Some((id, before)) = before_of(rows, &states)? {
                found.entry(id).or_default().push(before);
            }
        }
    }
    Ok(found)
}

/// An event of one capture, with every intent behind which it stands.
fn before_of(
    rows: Vec<captured_event::Model>,
    states: &BTreeMap<String, IntentState>,
) -> Result<Option<(String, CapturedBefore)>, StorageError> {
    let state_of = |row: &captured_event::Model| {
        let state = states.get(&row.intent).copied();
        state.unwrap_or(IntentState::Rejected)
    };
    let is = |wanted: IntentState| rows.iter().any(|row| state_of(row) == wanted);
    let is_open = is(IntentState::Pending) || is(IntentState::Sent);
    let reached = match (is(IntentState::Rejected), is_open, is(IntentState::Final)) {
        (true, false, false) => return Ok(None),
        (true, ..) => Reached::InPart,
        (false, true, _) => Reached::Open,
        (false, false, _) => Reached::Final,
    };
    let intents = rows.iter().map(|row| row.intent.clone()).collect();
    let Some(first) = rows.into_iter().next() else {
        return Ok(None);
    };
    let behind = behind_of(first)?;
    let before = CapturedBefore {
        hash: behind.hash,
        declaration: behind.declaration,
        reached,
        intents,
    };
    Ok(Some((behind.event_id, before)))
}

async fn states_of(
    db: &Database,
    intents: impl Iterator<Item = String>,
) -> Result<BTreeMap<String, IntentState>, StorageError> {
    let intents: BTreeSet<String> = intents.collect();
    let intents: Vec<String> = intents.into_iter().collect();
    let mut states = BTreeMap::new();
    for part in intents.chunks(IN_LIST) {
        let rows: Vec<(String, String)> = intent::Entity::find()
            .select_only()
            .columns([intent::Column::Id, intent::Column::State])
            .filter(intent::Column::Id.is_in(part.iter().map(String::as_str)))
            .into_tuple()
            .all(db.reader())
            .await?;
        for (id, state) in rows {
            states.insert(id, codec::from_word(&state, "intents.state")?);
        }
    }
    Ok(states)
}

/// Notes that events of a capture that has no intents yet stand behind intents of earlier captures: it is decided when
/// those are. What was noted before is forgotten.
pub async fn store_repeated(
    db: &Database,
    capture: &str,
    repeated: &[(EventBehind, Vec<String>)],
) -> Result<(), StorageError> {
    let mut rows = Vec::new();
    for (behind, intents) in repeated {
        for intent in intents {
            rows.push(row_of(capture, behind, intent)?);
        }
    }
    let txn = db.begin().await?;
    captured_event::Entity::delete_many()
        .filter(captured_event::Column::Capture.eq(capture))
        .exec(&txn)
        .await?;
    insert_all::<captured_event::Entity>(&txn, rows).await?;
    Ok(txn.commit().await?)
}

/// What has become of the events of a capture; at most `limit` refused ones are named.
pub async fn find_outcome(
    db: &Database,
    capture: &str,
    limit: u64,
) -> Result<CaptureOutcome, StorageError> {
    let behind = |states: &[IntentState]| {
        captured_event::Entity::find()
            .filter(captured_event::Column::Capture.eq(capture))
            .filter(
                captured_event::Column::Intent.in_subquery(
                    sea_orm::sea_query::Query::select()
                        .column(intent::Column::Id)
                        .from(intent::Entity)
                        .and_where(intent::Column::State.is_in(states.iter().map(codec::word)))
                        .to_owned(),
                ),
            )
    };
    let open = behind(&[IntentState::Pending, IntentState::Sent])
        .one(db.reader())
        .await?;
    let rows = behind(&[IntentState::Rejected])
        .order_by_asc(captured_event::Column::Number)
        .limit(limit)
        .all(db.reader())
        .await?;
    let intents: BTreeSet<String> = rows.iter().map(|row| row.intent.clone()).collect();
    let intents: Vec<String> = intents.into_iter().collect();
    let mut errors = BTreeMap::new();
    for part in intents.chunks(IN_LIST) {
        let found = intent::Entity::find()
            .filter(intent::Column::Id.is_in(part.iter().map(String::as_str)))
            .all(db.reader())
            .await?;
        for row in found {
            let record = intent_of(row)?;
            errors.insert(record.id, record.error);
        }
    }
    let mut refused = Vec::with_capacity(rows.len());
    for row in rows {
        if let Some(error) = errors.get(&row.intent).cloned().flatten() {
            let number = codec::unsigned(row.number, "captured_events.number")?;
            refused.push((number, error));
        }
    }
    Ok(CaptureOutcome {
        is_open: open.is_some(),
        refused,
    })
}

pub(super) fn row_of(
    capture: &str,
    behind: &EventBehind,
    intent: &str,
) -> Result<captured_event::Model, StorageError> {
    Ok(captured_event::Model {
        capture: capture.to_owned(),
        number: codec::int(behind.number, "a number of an event")?,
        intent: intent.to_owned(),
        event_id: behind.event_id.clone(),
        hash: codec::bytes(&behind.hash),
        declaration: behind.declaration.as_ref().map(codec::bytes),
    })
}

fn behind_of(row: captured_event::Model) -> Result<EventBehind, StorageError> {
    Ok(EventBehind {
        number: codec::unsigned(row.number, "captured_events.number")?,
        event_id: row.event_id,
        hash: codec::digest(&row.hash, "captured_events.hash")?,
        declaration: row
            .declaration
            .map(|bytes| codec::digest(&bytes, "captured_events.declaration"))
            .transpose()?,
    })
}

fn record_of(row: capture::Model) -> Result<CaptureRecord, StorageError> {
    Ok(CaptureRecord {
        id: row.id,
        caller: row.caller,
        request: codec::digest(&row.request, "captures.request")?,
        events: codec::unsigned(row.events, "captures.events")?,
        behaviour: codec::from_word(&row.behaviour, "captures.behaviour")?,
        state: codec::from_word(&row.state, "captures.state")?,
        errors: codec::from_json(&row.errors, "captures.errors")?,
        created_at: codec::timestamp(row.created_at, "captures.created_at")?,
        finished_at: row
            .finished_at
            .map(|ms| codec::timestamp(ms, "captures.finished_at"))
            .transpose()?,
    })
}
