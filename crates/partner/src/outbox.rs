//! The outbox: what a service means to put on the ledger is stored before anything is sent, and
//! sent until the chain has settled it.
//!
//! - An intent is stored with its event and its serials in one database transaction; a request that
//!   comes again with its key gets the same intents.
//! - The signed bytes are stored before they are sent, so that a restart sends the same bytes.
//! - An intent is signed anew only when our own copy of the chain is past the old signature's time
//!   and does not hold it.
//! - An intent is final when the fold has met its transaction: what the caller reads next is there.

use std::sync::Arc;
use std::time::Duration;

use theriac_client::Generator;
use theriac_client::submitter::Submitter;
use theriac_crypto::Digest;
use theriac_http::clock::SharedClock;
use theriac_http::problem::{Problem, ProblemCode};
use theriac_http::task::{Supervisor, TaskKind};
use theriac_http::witness::{Note, Origin};
use theriac_ledger::action::ActionBody;
use theriac_ledger::encoding::TooManyItems;
use theriac_ledger::identifier::{AccountId, Height, Timestamp, TransactionId};
use theriac_records::repository::audit::AuditEntry;
use theriac_records::repository::intents::{
    self, IntentRecord, IntentState, NewIntent, NewNotice, NewSerials, RequestKey,
    StoreIntentsError, Stored,
};
use theriac_records::{Database, StorageError};
use tokio::sync::{Mutex, Notify, watch};
use tokio::time::Instant;

use crate::audit::entry_of;
use crate::follow::Following;
use crate::id::new_id;
use crate::operation::{After, Planned};

mod events;
mod overlap;
mod rests;
mod sender;
mod waiters;

use sender::Sender;
use waiters::Waiters;

/// What an outbox works with.
#[derive(Debug)]
pub struct OutboxSetup {
    /// The service's database.
    pub db: Database,
    /// The account for which the service acts.
    pub account: AccountId,
    /// Signs and sends.
    pub submitter: Arc<Submitter>,
    /// Where the read model stands.
    pub following: Following,
    /// Ids and salts.
    pub generator: Generator,
    /// The time of events and intents.
    pub clock: SharedClock,
}

/// Puts actions on the ledger. Clones share it.
#[derive(Clone, Debug)]
pub struct Outbox {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    setup: OutboxSetup,
    /// The right to make a plan.
    planning: Mutex<()>,
    /// Rung when there is something to send.
    bell: Notify,
    /// Those who wait for single intents.
    waiters: Waiters,
    /// Counts what changed in intents beside the fold.
    changes: watch::Sender<u64>,
}

/// How often who waits for an intent looks without being woken: what settles while it rests, or with an earlier one
/// that was rejected, wakes nobody.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// HTTP status that the audit trail keeps with intents: they are kept, their outcome is not known yet.
const KEPT: u16 = 202;

/// By whom and how something was asked for, for the audit trail.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Where the request comes from.
    pub origin: &'a Origin,
    /// Is told when the row is kept.
    pub note: &'a Note,
}

/// Where an intent stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntentStatus {
    /// Its id: a UUID.
    pub id: String,
    /// State.
    pub state: IntentState,
    /// Its transaction, once final.
    pub transaction: Option<(TransactionId, Height, u32)>,
    /// Why it was rejected.
    pub problem: Option<IntentProblem>,
    /// Why it is not final yet, for people.
    pub reason: Option<String>,
    /// Why it was asked for, in the words of whoever did.
    pub meaning: Option<String>,
}

/// Why an intent was rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntentProblem {
    /// The rule's stable code.
    pub code: String,
    /// What is wrong.
    pub detail: String,
    /// What to do next.
    pub hint: Option<String>,
    /// The HTTP status that goes with it: 409 or 422.
    pub status: u16,
}

/// Why nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// The key was used for another request.
    #[error("the idempotency key was used for another request")]
    KeyReused,
    /// An action has more items than the ledger takes.
    #[error("an action is too large for one transaction")]
    TooManyItems(#[from] TooManyItems),
    /// The database refuses.
    #[error("the request could not be stored")]
    Storage(#[from] StorageError),
}

impl From<StoreIntentsError> for OutboxError {
    fn from(error: StoreIntentsError) -> Self {
        match error {
            StoreIntentsError::KeyReused => Self::KeyReused,
            StoreIntentsError::TooManyItems(error) => Self::TooManyItems(error),
            StoreIntentsError::Storage(error) => Self::Storage(error),
        }
    }
}

impl From<OutboxError> for Problem {
    fn from(error: OutboxError) -> Self {
        match &error {
            OutboxError::KeyReused => {
                Self::new(ProblemCode::IdempotencyKeyReused, error.to_string())
            }
            OutboxError::TooManyItems(items) => {
                Self::new(ProblemCode::InvalidInput, items.to_string())
                    .with_hint("split the request: one action holds fewer packs and units")
            }
            OutboxError::Storage(storage) if storage.is_temporary() => {
                let hint = storage.hint();
                Self::hidden(ProblemCode::StorageUnavailable, &error).with_hint(hint)
            }
            OutboxError::Storage(_) => Self::internal(&error),
        }
    }
}

impl IntentStatus {
    fn of(record: IntentRecord) -> Self {
        let transaction = match (record.state, record.position, &record.signed) {
            (IntentState::Final, Some((height, index)), Some(signed)) => {
                Some((signed.id, height, index))
            }
            _ => None,
        };
        let (problem, reason) = match (record.state, record.error) {
            (IntentState::Rejected, Some(error)) => {
                let problem = IntentProblem {
                    code: error.code,
                    detail: error.detail,
                    hint: error.hint,
                    status: error.status,
                };
                (Some(problem), None)
            }
            (IntentState::Pending | IntentState::Sent, error) => {
                let waiting = "no final block holds it yet".to_owned();
                (None, Some(error.map_or(waiting, |error| error.detail)))
            }
            _ => (None, None),
        };
        Self {
            id: record.id,
            state: record.state,
            transaction,
            problem,
            reason,
            meaning: record.meaning,
        }
    }

    /// Whether nothing will change any more.
    pub fn is_settled(&self) -> bool {
        matches!(self.state, IntentState::Final | IntentState::Rejected)
    }
}

impl Outbox {
    /// Starts the task that sends; the service cannot live without it. Intents of an earlier run of
    /// the service are sent first.
    pub fn start(setup: OutboxSetup, supervisor: &Supervisor) -> Self {
        let (changes, _) = watch::channel(0);
        let shared = Arc::new(Shared {
            setup,
            planning: Mutex::const_new(()),
            bell: Notify::new(),
            waiters: Waiters::default(),
            changes,
        });
        let sender = Sender::new(Arc::clone(&shared), supervisor.token());
        supervisor.spawn("outbox", TaskKind::Critical, sender.run());
        Self { shared }
    }

    /// Makes a plan, stores it, all or nothing of it, sends it, and waits until it is settled or
    /// `wait` is over. The same key with the same request again gives the same intents, and makes
    /// no plan: what was done before may no longer be possible.
    ///
    /// Plans are made one at a time: each knows of the intents that were stored before.
    ///
    /// # Errors
    ///
    /// [`OutboxError`], or what making the plan says; nothing was stored.
    pub async fn submit<E: From<OutboxError>>(
        &self,
        key: &str,
        request: Digest,
        plan: impl Future<Output = Result<Vec<Planned>, E>>,
        wait: Duration,
    ) -> Result<Vec<IntentStatus>, E> {
        self.submit_seen(key, request, plan, wait, None).await
    }

    /// As [`Outbox::submit`], for a request whose row of the audit trail is kept in one database
    /// transaction with its intents.
    ///
    /// # Errors
    ///
    /// As [`Outbox::submit`].
    pub async fn submit_seen<E: From<OutboxError>>(
        &self,
        key: &str,
        request: Digest,
        plan: impl Future<Output = Result<Vec<Planned>, E>>,
        wait: Duration,
        asked: Option<Asked<'_>>,
    ) -> Result<Vec<IntentStatus>, E> {
        let deadline = Instant::now() + wait;
        let key = RequestKey {
            key: key.to_owned(),
            request,
        };
        let turn = self.shared.planning.lock().await;
        let ids = match self.find_request(&key).await? {
            Some(ids) => ids,
            None => self.store(&key, plan.await?, asked).await?,
        };
        drop(turn);
        Ok(self.wait(&ids, deadline).await?)
    }

    async fn find_request(&self, key: &RequestKey) -> Result<Option<Vec<String>>, OutboxError> {
        Ok(intents::find_request(&self.shared.setup.db, key).await?)
    }

    async fn store(
        &self,
        key: &RequestKey,
        plan: Vec<Planned>,
        asked: Option<Asked<'_>>,
    ) -> Result<Vec<String>, OutboxError> {
        let db = &self.shared.setup.db;
        let words: Vec<String> = plan.iter().map(|planned| planned.words.clone()).collect();
        let new = self.prepare(plan).await?;
        let now = self.shared.now();
        let seen = asked.map(|asked| AuditEntry {
            intents: new.iter().map(|intent| intent.id.clone()).collect(),
            ..entry_of(asked.origin, now, words.join("; "), KEPT)
        });
        let stored = intents::store_intents_seen(db, now, Some(key), &new, seen.as_ref()).await?;
        self.shared.bell.notify_one();
        self.shared.changed();
        Ok(match stored {
            Stored::New => {
                if let Some(asked) = asked {
                    asked.note.set_meaning(words.join("; "));
                    asked.note.set_kept();
                }
                new.into_iter().map(|intent| intent.id).collect()
            }
            Stored::Before(first) => first,
        })
    }

    /// Tells those who wait that something beside intents and blocks has changed.
    pub(crate) fn announce(&self) {
        self.shared.changed();
    }

    /// Rings when an intent changes beside the fold.
    pub fn watch(&self) -> watch::Receiver<u64> {
        self.shared.changes.subscribe()
    }

    /// Where one intent stands.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn find(&self, id: &str) -> Result<Option<IntentStatus>, OutboxError> {
        let found = intents::find_intent(&self.shared.setup.db, id).await?;
        Ok(found.map(IntentStatus::of))
    }

    /// How many intents are not settled.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn count_open(&self) -> Result<u64, OutboxError> {
        Ok(intents::count_open(&self.shared.setup.db).await?)
    }

    async fn prepare(&self, plan: Vec<Planned>) -> Result<Vec<NewIntent>, OutboxError> {
        let setup = &self.shared.setup;
        let ids: Vec<String> = plan.iter().map(|_| new_id(&setup.generator)).collect();
        let mut new = Vec::with_capacity(plan.len());
        for (mut planned, id) in plan.into_iter().zip(&ids) {
            let event = match planned.event.take() {
                Some(event) => Some(event),
                None => events::event_of(setup, &planned).await?,
            };
            let serials = match (&planned.body, planned.serials) {
                (ActionBody::CommissionRun(action), Some(serials)) => Some(NewSerials {
                    run: action.run(),
                    serials,
                }),
                _ => None,
            };
            let notice = match (&planned.body, planned.notice) {
                (ActionBody::RecallLot(action), Some(text)) => Some(NewNotice {
                    digest: action.notice,
                    text,
                }),
                _ => None,
            };
            new.push(NewIntent {
                id: id.clone(),
                depends_on: match planned.after {
                    None => None,
                    // Only what comes before: an action that waited for itself would wait for ever.
                    Some(After::Planned(index)) => ids
                        .get(..new.len())
                        .and_then(|before| before.get(index))
                        .cloned(),
                    Some(After::Stored(id)) => Some(id),
                },
                also_after: planned
                    .also_after
                    .iter()
                    .filter_map(|index| ids.get(..new.len())?.get(*index).cloned())
                    .collect(),
                body: planned.body,
                details: event.as_ref().map(events::details_of),
                event,
                serials,
                notice,
                message: planned.message,
                meaning: planned.meaning,
                captured: planned.captured,
            });
        }
        Ok(new)
    }

    async fn wait(
        &self,
        ids: &[String],
        deadline: Instant,
    ) -> Result<Vec<IntentStatus>, OutboxError> {
        for id in ids {
            let waiter = self.shared.waiters.register(id);
            while !self.is_settled(id).await? {
                tokio::select! {
                    () = tokio::time::sleep_until(deadline) => return self.statuses(ids).await,
                    () = waiter.woken() => {}
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                }
            }
        }
        self.statuses(ids).await
    }

    async fn is_settled(&self, id: &str) -> Result<bool, OutboxError> {
        let found = self.find(id).await?;
        Ok(found.is_none_or(|found| found.is_settled()))
    }

    async fn statuses(&self, ids: &[String]) -> Result<Vec<IntentStatus>, OutboxError> {
        let mut statuses = Vec::with_capacity(ids.len());
        for id in ids {
            statuses.extend(self.find(id).await?);
        }
        Ok(statuses)
    }
}

impl Shared {
    fn now(&self) -> Timestamp {
        Timestamp(self.setup.clock.now_ms())
    }

    fn changed(&self) {
        self.changes
            .send_modify(|count| *count = count.wrapping_add(1));
    }
}
