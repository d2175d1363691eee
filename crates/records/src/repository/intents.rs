//! Intents: what this service means to put on the ledger, stored before anything is sent.

use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter,
};
use serde::{Deserialize, Serialize};
use theriac_crypto::Digest;
use theriac_gs1::SerialNumber;
use theriac_ledger::action::{Action, ActionBody, ActionError};
use theriac_ledger::encoding::BoundedBytes;
use theriac_ledger::identifier::{Height, RunId, Timestamp, TransactionId};

use super::audit::{self, AuditEntry};
use super::captures::{self, EventBehind};
use super::exceptions::{self, NewMessage};
use crate::entity::{
    captured_event, event, idempotency, intent, intent_wait, recall_notice, run_serial,
};
use crate::error::StorageError;
use crate::fold::statement::insert_all;
use crate::{Database, codec};

mod of_kind;
mod open;
mod progress;
mod runs;

pub use of_kind::{OpenIntent, find_caller, list_open_of};
pub use open::{count_open, has_open_before, list_bodies_before, list_open};
pub use progress::{mark_expired, mark_rejected, mark_signed, mark_tried};
pub use runs::find_last_open_run;

/// Where an intent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IntentState {
    /// Stored, not signed, or its old signature can no longer be included.
    Pending,
    /// Signed and perhaps sent; not known to be final.
    Sent,
    /// In a final block.
    Final,
    /// Refused by the rules, for good.
    Rejected,
}

/// An intent to be stored.
#[derive(Debug, Clone)]
pub struct NewIntent {
    /// Its id: random, chosen by the caller.
    pub id: String,
    /// The intent that must be final before this one is sent.
    pub depends_on: Option<String>,
    /// Others that must be final before, too.
    pub also_after: Vec<String>,
    /// What is meant.
    pub body: ActionBody,
    /// What the transaction will carry: the salted digest of `event`.
    pub details: Option<Digest>,
    /// The EPCIS event behind it.
    pub event: Option<NewEvent>,
    /// The serial numbers of the run that it commissions.
    pub serials: Option<NewSerials>,
    /// The notice of the recall that it signs.
    pub notice: Option<NewNotice>,
    /// The message about an exception that it puts on record.
    pub message: Option<NewMessage>,
    /// Why, in the words of whoever asked.
    pub meaning: Option<String>,
    /// The events of a captured document that stand behind it.
    pub captured: Option<NewCaptured>,
}

impl NewIntent {
    /// An intent that waits for no other, and with which nothing else is kept.
    pub fn new(id: impl Into<String>, body: ActionBody) -> Self {
        Self {
            id: id.into(),
            depends_on: None,
            also_after: Vec::new(),
            body,
            details: None,
            event: None,
            serials: None,
            notice: None,
            message: None,
            meaning: None,
            captured: None,
        }
    }
}

/// Captured events behind an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCaptured {
    /// The capture, to whose job the intent belongs.
    pub capture: String,
    /// The events, each once.
    pub events: Vec<EventBehind>,
}

/// An event to be kept with its intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The salt.
    pub salt: [u8; 32],
    /// Its CBV event hash.
    pub hash: Digest,
    /// The event as JSON-LD.
    pub document: String,
}

/// Serial numbers to be kept with their intent.
#[derive(Debug, Clone)]
pub struct NewSerials {
    /// The run.
    pub run: RunId,
    /// In production order.
    pub serials: Vec<SerialNumber>,
}

/// A recall's notice to be kept with its intent.
#[derive(Debug, Clone)]
pub struct NewNotice {
    /// What the ledger holds of it.
    pub digest: Digest,
    /// The notice.
    pub text: String,
}

/// A caller's key for one request, and the digest of that request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    /// The key; unique to the caller that chose it.
    pub key: String,
    /// Digest of everything that the request asks for.
    pub request: Digest,
}

impl RequestKey {
    /// Who chose the key: what stands before the first slash.
    pub fn caller(&self) -> Option<&str> {
        self.key.split_once('/').map(|(caller, _)| caller)
    }
}

/// What became of intents that were to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// They are stored.
    New,
    /// The same request was made before; these are its intents.
    Before(Vec<String>),
}

/// Why intents were not stored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreIntentsError {
    /// The key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// An action has more items than the ledger takes.
    #[error(transparent)]
    TooManyItems(#[from] theriac_ledger::encoding::TooManyItems),
    /// The database did not take them.
    #[error("the intent could not be stored")]
    Storage(#[from] StorageError),
}

impl From<sea_orm::DbErr> for StoreIntentsError {
    fn from(error: sea_orm::DbErr) -> Self {
        Self::Storage(error.into())
    }
}

/// An intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IntentRecord {
    /// Its id.
    pub id: String,
    /// Its place in the order in which intents were stored.
    pub(crate) number: i64,
    /// The request or capture that it belongs to.
    pub(crate) job: Option<String>,
    /// The intent that must be final before.
    pub depends_on: Option<String>,
    /// What is meant, as it travels.
    pub action: Action,
    /// What the transaction carries.
    pub details: Option<Digest>,
    /// Where it stands.
    pub state: IntentState,
    /// The transaction that was signed for it.
    pub signed: Option<SignedBytes>,
    /// How often it was sent.
    pub attempts: u32,
    /// What last went wrong.
    pub error: Option<IntentError>,
    /// Height and index of its block.
    pub position: Option<(Height, u32)>,
    /// Who asked for it: the beginning of the request's key.
    pub caller: Option<String>,
    /// Why, in the words of whoever asked.
    pub meaning: Option<String>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl IntentRecord {
    /// Whether it is not settled.
    pub fn is_open(&self) -> bool {
        matches!(self.state, IntentState::Pending | IntentState::Sent)
    }

    /// The action, decoded.
    pub fn body(&self) -> Result<ActionBody, ActionError> {
        self.action.decode()
    }
}

/// A transaction signed for an intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedBytes {
    /// Its id.
    pub id: TransactionId,
    /// Canonical bytes of the signed transaction.
    pub bytes: Vec<u8>,
    /// Block time after which it is never included.
    pub valid_until: Timestamp,
}

/// What went wrong with an intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IntentError {
    /// Stable code.
    pub code: String,
    /// What is wrong.
    pub detail: String,
    /// What to do next.
    pub hint: Option<String>,
    /// The HTTP status that goes with the code.
    pub status: u16,
}

/// Stores intents, all or none, with their events and serials. The same request key again stores
/// nothing and names the first intents.
pub async fn store_intents(
    db: &Database,
    now: Timestamp,
    key: Option<&RequestKey>,
    intents: &[NewIntent],
) -> Result<Stored, StoreIntentsError> {
    store_intents_seen(db, now, key, intents, None).await
}

/// As [`store_intents`], with a row of the audit trail in the same database transaction.
pub async fn store_intents_seen(
    db: &Database,
    now: Timestamp,
    key: Option<&RequestKey>,
    intents: &[NewIntent],
    seen: Option<&AuditEntry>,
) -> Result<Stored, StoreIntentsError> {
    match store_once(db, now, key, intents, seen).await {
        // On PostgreSQL two look at once: the second finds what the first has stored meanwhile.
        Err(StoreIntentsError::Storage(StorageError::Duplicate { .. })) => {
            store_once(db, now, key, intents, seen).await
        }
        stored => stored,
    }
}

async fn store_once(
    db: &Database,
    now: Timestamp,
    key: Option<&RequestKey>,
    intents: &[NewIntent],
    seen: Option<&AuditEntry>,
) -> Result<Stored, StoreIntentsError> {
    let txn = db.begin().await?;
    if let Some(key) = key {
        if let Some(row) = idempotency::Entity::find_by_id(key.key.as_str())
            .one(&txn)
            .await?
        {
            return stored_before(&row, key);
        }
        let ids: Vec<&str> = intents.iter().map(|intent| intent.id.as_str()).collect();
        let row = idempotency::Model {
            key: key.key.clone(),
            request: codec::bytes(&key.request),
            intents: codec::json(&ids),
            created_at: codec::time(now)?,
        };
        insert_all::<idempotency::Entity>(&txn, vec![row]).await?;
    }
    let job = job_of(intents);
    let caller = key.and_then(RequestKey::caller);
    for intent in intents {
        insert(&txn, now, &job, intent, caller).await?;
    }
    if let Some(entry) = seen {
        audit::append_in(&txn, entry).await?;
    }
    txn.commit().await?;
    Ok(Stored::New)
}

/// The intents of a request that was made before.
pub async fn find_request(
    db: &Database,
    key: &RequestKey,
) -> Result<Option<Vec<String>>, StoreIntentsError> {
    let row = idempotency::Entity::find_by_id(key.key.as_str())
        .one(db.reader())
        .await?;
    match row.map(|row| stored_before(&row, key)).transpose()? {
        Some(Stored::Before(ids)) => Ok(Some(ids)),
        _ => Ok(None),
    }
}

fn stored_before(row: &idempotency::Model, key: &RequestKey) -> Result<Stored, StoreIntentsError> {
    if row.request != codec::bytes(&key.request) {
        return Err(StoreIntentsError::KeyReused);
    }
    let ids = codec::from_json(&row.intents, "idempotency.intents")?;
    Ok(Stored::Before(ids))
}

/// What the intents of one request are asked for by: their capture, or the first of them.
fn job_of(intents: &[NewIntent]) -> String {
    let capture = intents.iter().find_map(|intent| intent.captured.as_ref());
    match (capture, intents.first()) {
        (Some(captured), _) => captured.capture.clone(),
        (None, Some(first)) => first.id.clone(),
        (None, None) => String::new(),
    }
}

/// Packs that an action brings into being.
fn packs_of(body: &ActionBody) -> Option<i64> {
    match body {
        ActionBody::CommissionRun(run) => i64::try_from(run.keys.len()).ok(),
        _ => None,
    }
}

async fn insert(
    txn: &DatabaseTransaction,
    now: Timestamp,
    job: &str,
    new: &NewIntent,
    caller: Option<&str>,
) -> Result<(), StoreIntentsError> {
    let action = new.body.to_action()?;
    let now = codec::time(now)?;
    let row = intent::ActiveModel {
        number: ActiveValue::NotSet,
        id: ActiveValue::Set(new.id.clone()),
        depends_on: ActiveValue::Set(new.depends_on.clone()),
        kind: ActiveValue::Set(i32::from(action.kind)),
        body: ActiveValue::Set(action.body.to_vec()),
        details: ActiveValue::Set(new.details.as_ref().map(codec::bytes)),
        state: ActiveValue::Set(codec::word(&IntentState::Pending)),
        attempts: ActiveValue::Set(0),
        created_at: ActiveValue::Set(now),
        updated_at: ActiveValue::Set(now),
        caller: ActiveValue::Set(caller.map(str::to_owned)),
        meaning: ActiveValue::Set(new.meaning.clone()),
        transaction_id: ActiveValue::Set(None),
        signed: ActiveValue::Set(None),
        valid_until: ActiveValue::Set(None),
        error_code: ActiveValue::Set(None),
        error_detail: ActiveValue::Set(None),
        error_hint: ActiveValue::Set(None),
        error_status: ActiveValue::Set(None),
        height: ActiveValue::Set(None),
        position: ActiveValue::Set(None),
        job: ActiveValue::Set(Some(job.to_owned())),
        packs: ActiveValue::Set(packs_of(&new.body)),
    };
    row.insert(txn).await?;
    insert_beside(txn, now, new).await?;
    Ok(())
}

/// What is kept with an intent.
async fn insert_beside(
    txn: &DatabaseTransaction,
    now: i64,
    new: &NewIntent,
) -> Result<(), StorageError> {
    if let Some(new_event) = &new.event {
        let row = event::Model {
            intent: new.id.clone(),
            salt: new_event.salt.to_vec(),
            hash: codec::bytes(&new_event.hash),
            document: new_event.document.clone(),
            created_at: now,
        };
        insert_all::<event::Entity>(txn, vec![row]).await?;
    }
    if let Some(serials) = &new.serials {
        let lines: Vec<&str> = serials.serials.iter().map(SerialNumber::as_str).collect();
        let row = run_serial::Model {
            intent: new.id.clone(),
            gtin: serials.run.gtin.as_str().to_owned(),
            lot: serials.run.lot.as_str().to_owned(),
            number: i32::from(serials.run.number),
            serials: lines.join("\n"),
        };
        insert_all::<run_serial::Entity>(txn, vec![row]).await?;
    }
    if let Some(notice) = &new.notice {
        let row = recall_notice::Model {
            intent: new.id.clone(),
            digest: codec::bytes(&notice.digest),
            notice: notice.text.clone(),
        };
        insert_all::<recall_notice::Entity>(txn, vec![row]).await?;
    }
    if let Some(message) = &new.message {
        exceptions::insert_own(txn, now, message, &new.id).await?;
    }
    let waits = new.also_after.iter().map(|waits_for| intent_wait::Model {
        intent: new.id.clone(),
        waits_for: waits_for.clone(),
    });
    insert_all::<intent_wait::Entity>(txn, waits.collect()).await?;
    if let Some(captured) = &new.captured {
        let mut rows = Vec::with_capacity(captured.events.len());
        for behind in &captured.events {
            rows.push(captures::row_of(&captured.capture, behind, &new.id)?);
        }
        insert_all::<captured_event::Entity>(txn, rows).await?;
    }
    Ok(())
}

/// One intent.
pub async fn find_intent(db: &Database, id: &str) -> Result<Option<IntentRecord>, StorageError> {
    let row = intent::Entity::find()
        .filter(intent::Column::Id.eq(id))
        .one(db.reader())
        .await?;
    row.map(intent_of).transpose()
}

pub(super) fn intent_of(row: intent::Model) -> Result<IntentRecord, StorageError> {
    let corrupt = |column| StorageError::Corrupt { column };
    let kind = u16::try_from(row.kind).map_err(|_| corrupt("intents.kind"))?;
    let body = BoundedBytes::new(row.body).map_err(|_| corrupt("intents.body"))?;
    let signed = match (row.transaction_id, row.signed, row.valid_until) {
        (Some(id), Some(bytes), Some(valid_until)) => Some(SignedBytes {
            id: TransactionId(codec::digest(&id, "intents.transaction_id")?),
            bytes,
            valid_until: codec::timestamp(valid_until, "intents.valid_until")?,
        }),
        _ => None,
    };
    let position = match (row.height, row.position) {
        (Some(height), Some(index)) => Some((
            u64::try_from(height).map_err(|_| corrupt("intents.height"))?,
            codec::unsigned(index, "intents.position")?,
        )),
        _ => None,
    };
    Ok(IntentRecord {
        id: row.id,
        number: row.number,
        job: row.job,
        depends_on: row.depends_on,
        action: Action { kind, body },
        details: row
            .details
            .map(|bytes| codec::digest(&bytes, "intents.details"))
            .transpose()?,
        state: codec::from_word(&row.state, "intents.state")?,
        signed,
        attempts: codec::unsigned(row.attempts, "intents.attempts")?,
        error: row.error_code.map(|code| IntentError {
            code,
            detail: row.error_detail.unwrap_or_default(),
            hint: row.error_hint,
            status: row
                .error_status
                .and_then(|status| u16::try_from(status).ok())
                .unwrap_or(503),
        }),
        position,
        caller: row.caller,
        meaning: row.meaning,
        created_at: codec::timestamp(row.created_at, "intents.created_at")?,
        updated_at: codec::timestamp(row.updated_at, "intents.updated_at")?,
    })
}
