//! The task that sends intents until the chain has settled them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use theriac_client::submitter::{Attempt, Outcome, Refusal, SignError, SignedIntent};
use theriac_http::problem::chain;
use theriac_ledger::identifier::Height;
use theriac_records::StorageError;
use theriac_records::repository::intents::{
    self, IntentError, IntentRecord, IntentState, SignedBytes,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Shared;

/// Intents sent at the same time: a node's share of the pool for one account holds more.
const IN_FLIGHT_MAX: usize = 64;
/// Open intents looked at: more than a service has on a day without its node.
const OPEN_PAGE: u64 = 10_000;
/// HTTP status of a refusal by the present state.
const STATE_REFUSES: u16 = 409;
/// The pause after a try that settled nothing; it doubles up to [`PAUSE_MAX`].
const PAUSE_MIN: Duration = Duration::from_millis(500);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(10);
/// How long the fold may take to meet a transaction that a node calls final.
const FOLD_WAIT: Duration = Duration::from_secs(30);

/// The task's state.
pub(super) struct Sender {
    shared: Arc<Shared>,
    token: CancellationToken,
    /// What is being sent or rests until an instant; nothing else is read as open.
    resting: BTreeMap<String, Rest>,
    in_flight: usize,
}

#[derive(Clone, Copy)]
struct Rest {
    /// `None` while it is being sent.
    until: Option<Instant>,
    pause: Duration,
}

/// What there is to send for an intent.
enum Signature {
    Ready(SignedIntent, Attempt),
    NotNow,
    Settled,
}

/// What became of one try.
enum Tried {
    Settled,
    Again,
}

impl Sender {
    pub(super) fn new(shared: Arc<Shared>, token: CancellationToken) -> Self {
        Self {
            shared,
            token,
            resting: BTreeMap::new(),
            in_flight: 0,
        }
    }

    /// Sends until the shutdown.
    pub(super) async fn run(mut self) -> Result<(), StorageError> {
        let mut tries = FuturesUnordered::new();
        let shared = Arc::clone(&self.shared);
        let mut folded = shared.setup.following.watch();
        loop {
            for id in self.ready().await {
                let shared = Arc::clone(&shared);
                tries.push(async move {
                    let outcome = attempt(&shared, &id).await;
                    (id, outcome)
                });
            }
            let wake = self.next_wake();
            tokio::select! {
                () = self.token.cancelled() => return Ok(()),
                () = shared.bell.notified() => {}
                Some((id, outcome)) = tries.next() => self.finish(id, &outcome),
                // A block may have settled what others wait for.
                Ok(()) = folded.changed() => {}
                () = tokio::time::sleep_until(wake) => {}
            }
        }
    }

    /// Open intents that neither rest nor are being sent.
    async fn ready(&mut self) -> Vec<String> {
        let room = IN_FLIGHT_MAX.saturating_sub(self.in_flight);
        if room == 0 {
            return Vec::new();
        }
        let open = match intents::list_open(&self.shared.setup.db, OPEN_PAGE).await {
            Ok(open) => open,
            Err(error) => {
                tracing::error!(error = %chain(&error), "the outbox cannot be read");
                return Vec::new();
            }
        };
        let now = Instant::now();
        let ready: Vec<String> = open
            .into_iter()
            .filter(|id| {
                self.resting
                    .get(id)
                    .is_none_or(|rest| rest.until.is_some_and(|until| until <= now))
            })
            .take(room)
            .collect();
        for id in &ready {
            let pause = self.resting.get(id).map_or(PAUSE_MIN, |rest| rest.pause);
            let rest = Rest { until: None, pause };
            self.resting.insert(id.clone(), rest);
        }
        self.in_flight += ready.len();
        ready
    }

    fn finish(&mut self, id: String, outcome: &Result<Tried, StorageError>) {
        self.in_flight = self.in_flight.saturating_sub(1);
        match outcome {
            Ok(Tried::Settled) => {
                self.resting.remove(&id);
            }
            Ok(Tried::Again) => self.rest(id),
            Err(error) => {
                tracing::error!(error = %chain(error), "intent {id} could not be updated");
                self.rest(id);
            }
        }
        self.shared.changed();
    }

    fn rest(&mut self, id: String) {
        let pause = self.resting.get(&id).map_or(PAUSE_MIN, |rest| rest.pause);
        let rest = Rest {
            until: Some(Instant::now() + pause),
            pause: (pause * 2).min(PAUSE_MAX),
        };
        self.resting.insert(id, rest);
    }

    fn next_wake(&self) -> Instant {
        let latest = Instant::now() + PAUSE_MAX;
        let first = self.resting.values().filter_map(|rest| rest.until).min();
        first.unwrap_or(latest).min(latest)
    }
}

/// One try: signs where nothing valid is signed, stores the bytes, sends them.
async fn attempt(shared: &Shared, id: &str) -> Result<Tried, StorageError> {
    let Some(intent) = intents::find_intent(&shared.setup.db, id).await? else {
        return Ok(Tried::Settled);
    };
    let (signed, which) = match signature(shared, &intent).await? {
        Signature::Ready(signed, which) => (signed, which),
        Signature::NotNow => return Ok(Tried::Again),
        Signature::Settled => return Ok(Tried::Settled),
    };
    match shared.setup.submitter.send(&signed, which).await {
        Outcome::Final { height, .. } => wait_for_fold(shared, &intent.id, height).await,
        Outcome::Rejected { refusal, .. } if refusal.is_settled => {
            let error = rejection(refusal);
            let db = &shared.setup.db;
            if error.status == STATE_REFUSES && intents::has_open_before(db, &intent.id).await? {
                // It may build on what is not on the ledger yet. Nobody has these bytes.
                intents::mark_expired(db, shared.now(), &intent.id).await?;
                return note(shared, &intent.id, error).await;
            }
            intents::mark_rejected(&shared.setup.db, shared.now(), &intent.id, &error).await?;
            Ok(Tried::Settled)
        }
        // Another node may still include it: what the chain says decides, after `valid_until`.
        Outcome::Rejected { refusal, .. } => note(shared, &intent.id, rejection(refusal)).await,
        Outcome::Expired { .. } => {
            let detail =
                "its time has passed; it is signed anew once our own copy of the chain says so";
            note(shared, &intent.id, undecided(detail.to_owned())).await
        }
        Outcome::Unknown { reason, .. } => note(shared, &intent.id, undecided(reason)).await,
    }
}

/// What is to be sent: the bytes signed before, while they can still be included, else new ones.
async fn signature(shared: &Shared, intent: &IntentRecord) -> Result<Signature, StorageError> {
    let setup = &shared.setup;
    if let Some(signed) = &intent.signed {
        // The order matters: a block up to this head would have settled the intent in the same
        // database transaction, and no later block can include it.
        let head = setup.following.folded();
        let known = SignedIntent {
            id: signed.id,
            bytes: signed.bytes.clone(),
            valid_until: signed.valid_until,
        };
        if head.time <= signed.valid_until {
            return Ok(Signature::Ready(known, Attempt::Again));
        }
        let now = intents::find_intent(&setup.db, &intent.id).await?;
        let is_open =
            now.is_some_and(|now| matches!(now.state, IntentState::Pending | IntentState::Sent));
        if !is_open {
            return Ok(Signature::Settled);
        }
        intents::mark_expired(&setup.db, shared.now(), &intent.id).await?;
    }
    sign(shared, intent).await
}

async fn sign(shared: &Shared, intent: &IntentRecord) -> Result<Signature, StorageError> {
    let setup = &shared.setup;
    let refuse = async |code: &str, detail: String| {
        let error = IntentError {
            code: code.to_owned(),
            detail,
            hint: Some("report this: the request should have been refused before".to_owned()),
            status: 422,
        };
        intents::mark_rejected(&setup.db, shared.now(), &intent.id, &error).await
    };
    let body = match intent.body() {
        Ok(body) => body,
        Err(error) => {
            refuse("intent_unreadable", chain(&error)).await?;
            return Ok(Signature::Settled);
        }
    };
    match setup.submitter.sign(&body, intent.details).await {
        Ok(signed) => {
            let bytes = SignedBytes {
                id: signed.id,
                bytes: signed.bytes.clone(),
                valid_until: signed.valid_until,
            };
            intents::mark_signed(&setup.db, shared.now(), &intent.id, &bytes).await?;
            Ok(Signature::Ready(signed, Attempt::First))
        }
        Err(SignError::NoHead(error)) => {
            note(shared, &intent.id, undecided(chain(&error))).await?;
            Ok(Signature::NotNow)
        }
        Err(error) => {
            refuse("transaction_too_large", chain(&error)).await?;
            Ok(Signature::Settled)
        }
    }
}

/// Waits until the read model has the block; the fold settles the intent in it.
async fn wait_for_fold(shared: &Shared, id: &str, height: Height) -> Result<Tried, StorageError> {
    let mut folded = shared.setup.following.watch();
    let reached = folded.wait_for(|folded| folded.height >= height);
    let in_time = tokio::time::timeout(FOLD_WAIT, reached).await.is_ok();
    let found = intents::find_intent(&shared.setup.db, id).await?;
    if found.is_some_and(|intent| intent.state == IntentState::Final) {
        return Ok(Tried::Settled);
    }
    let detail = if in_time {
        format!("a node says that block {height} holds it, and the block does not")
    } else {
        format!("a node says that block {height} holds it; the block has not come yet")
    };
    note(shared, id, undecided(detail)).await
}

async fn note(shared: &Shared, id: &str, error: IntentError) -> Result<Tried, StorageError> {
    intents::mark_tried(&shared.setup.db, shared.now(), id, &error).await?;
    Ok(Tried::Again)
}

fn undecided(reason: String) -> IntentError {
    IntentError {
        code: "node_unavailable".to_owned(),
        detail: reason,
        hint: Some("the service keeps it and sends it when a node answers".to_owned()),
        status: 503,
    }
}

fn rejection(refusal: Refusal) -> IntentError {
    IntentError {
        code: refusal.code,
        detail: refusal.detail,
        hint: refusal.hint,
        status: refusal.status,
    }
}
