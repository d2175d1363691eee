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
    self, IntentRecord, IntentState, NewIntent, RequestKey, StoreIntentsError, Stored,
};
use theriac_records::{Database, StorageError};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use crate::audit::entry_of;
use crate::follow::Following;
use crate::operation::Planned;

mod events;
mod overlap;
mod prepare;
mod rests;
mod sender;
mod turns;
mod waiters;

use prepare::Prepared;
use sender::Sender;
use turns::{Turn, Turns};
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
    supervisor: Supervisor,
    /// Who stores, in which order.
    turns: Turns,
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
    /// What it puts on the ledger; nothing where that is of a later version.
    pub body: Option<ActionBody>,
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
        let body = record.body().ok();
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
            body,
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
            supervisor: supervisor.clone(),
            turns: Turns::default(),
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
        let turn = self.shared.turns.take().await;
        let ids = if let Some(ids) = self.find_request(&key).await? {
            drop(turn);
            ids
        } else {
            let new = self.shared.prepare(plan.await?).await?;
            self.store(turn, &key, new, asked).await?
        };
        Ok(self.wait(&ids, deadline).await?)
    }

    /// As [`Outbox::submit_seen`], for plans that are made many at once: each is made before its turn, and once more
    /// in its turn where what was stored meanwhile may concern it.
    ///
    /// # Errors
    ///
    /// As [`Outbox::submit`].
    pub async fn submit_beside<E, F>(
        &self,
        key: &str,
        request: Digest,
        plan: impl Fn() -> F,
        wait: Duration,
        asked: Option<Asked<'_>>,
    ) -> Result<Vec<IntentStatus>, E>
    where
        E: From<OutboxError>,
        F: Future<Output = Result<Vec<Planned>, E>>,
    {
        let deadline = Instant::now() + wait;
        let key = RequestKey {
            key: key.to_owned(),
            request,
        };
        let ids = match self.find_request(&key).await? {
            Some(ids) => ids,
            None => self.store_beside(&key, plan, asked).await?,
        };
        Ok(self.wait(&ids, deadline).await?)
    }

    async fn store_beside<E, F>(
        &self,
        key: &RequestKey,
        plan: impl Fn() -> F,
        asked: Option<Asked<'_>>,
    ) -> Result<Vec<String>, E>
    where
        E: From<OutboxError>,
        F: Future<Output = Result<Vec<Planned>, E>>,
    {
        let begun = self.shared.turns.begin();
        let early = match plan().await {
            Ok(planned) => Ok(self.shared.prepare(planned).await?),
            Err(error) => Err(error),
        };
        let turn = self.shared.turns.take().await;
        let new = match early {
            Ok(new) if turn.holds(begun, &new.intents) => new,
            early => {
                // The same request may have come twice at once, and this is the second.
                if let Some(ids) = self.find_request(key).await? {
                    return Ok(ids);
                }
                early?;
                self.shared.prepare(plan().await?).await?
            }
        };
        Ok(self.store(turn, key, new, asked).await?)
    }

    async fn find_request(&self, key: &RequestKey) -> Result<Option<Vec<String>>, OutboxError> {
        Ok(intents::find_request(&self.shared.setup.db, key).await?)
    }

    async fn store(
        &self,
        turn: Turn,
        key: &RequestKey,
        new: Prepared,
        asked: Option<Asked<'_>>,
    ) -> Result<Vec<String>, OutboxError> {
        let words = new.words.clone();
        let ids: Vec<String> = new.intents.iter().map(|intent| intent.id.clone()).collect();
        let seen = asked.map(|asked| AuditEntry {
            intents: ids.clone(),
            ..entry_of(asked.origin, self.shared.now(), words.clone(), KEPT)
        });
        // A caller who hangs up meanwhile must not keep others from hearing of what is stored.
        let stored = Arc::clone(&self.shared).store(turn, key.clone(), new.intents, seen);
        let stored = self.shared.supervisor.carry_out(stored).await?;
        Ok(match stored {
            Stored::New => {
                if let Some(asked) = asked {
                    asked.note.set_meaning(words);
                    asked.note.set_kept();
                }
                ids
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

    async fn wait(
        &self,
        ids: &[String],
        deadline: Instant,
    ) -> Result<Vec<IntentStatus>, OutboxError> {
        let mut statuses = Vec::with_capacity(ids.len());
        for id in ids {
            statuses.extend(self.wait_for(id, deadline).await?);
        }
        Ok(statuses)
    }

    /// Where an intent stands, once it is settled or the deadline is over.
    async fn wait_for(
        &self,
        id: &str,
        deadline: Instant,
    ) -> Result<Option<IntentStatus>, OutboxError> {
        let waiter = self.shared.waiters.register(id);
        let stopping = self.shared.supervisor.token();
        loop {
            let found = self.find(id).await?;
            let is_settled = found.as_ref().is_none_or(IntentStatus::is_settled);
            // Whoever waits while the service ends hears that it is kept, and not that the connection is gone.
            if is_settled || stopping.is_cancelled() || Instant::now() >= deadline {
                return Ok(found);
            }
            tokio::select! {
                () = stopping.cancelled() => {}
                () = tokio::time::sleep_until(deadline) => {}
                () = waiter.woken() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
    }
}

impl Shared {
    async fn store(
        self: Arc<Self>,
        mut turn: Turn,
        key: RequestKey,
        intents: Vec<NewIntent>,
        seen: Option<AuditEntry>,
    ) -> Result<Stored, StoreIntentsError> {
        let db = &self.setup.db;
        let stored =
            intents::store_intents_seen(db, self.now(), Some(&key), &intents, seen.as_ref()).await;
        match &stored {
            Ok(_) => turn.note(&intents),
            // A connection that is lost with its commit does not say whether that took place.
            Err(_) => turn.note_unknown(),
        }
        self.bell.notify_one();
        self.changed();
        stored
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.setup.clock.now_ms())
    }

    fn changed(&self) {
        self.changes
            .send_modify(|count| *count = count.wrapping_add(1));
    }
}
