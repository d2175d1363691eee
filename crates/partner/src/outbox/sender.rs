//! The task that sends intents until the chain has settled them.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::FuturesUnordered;
use futures::{FutureExt as _, StreamExt as _};
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
use super::overlap::{self, Before};
use super::rests::Rests;

/// Open intents looked at: more than a service has on a day without its node.
const OPEN_PAGE: u64 = 10_000;
/// Earlier intents that an intent is compared with.
const BEFORE_MAX: u64 = 1_000;
/// HTTP status of a refusal by the present state.
const STATE_REFUSES: u16 = 409;
/// How long the fold may take to meet a transaction that a node calls final.
const FOLD_WAIT: Duration = Duration::from_secs(30);

/// What to do about what should not have come so far.
const REPORT: &str = "report this: the request should have been refused before";
/// What to do about what the signer does not allow.
const ALLOW: &str = "ask the operator of the signer to allow it, then make the request anew";

/// The task's state.
pub(super) struct Sender {
    shared: Arc<Shared>,
    token: CancellationToken,
    rests: Rests,
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
    Again {
        /// No node took what is signed for it.
        is_unseen: bool,
    },
}

impl Sender {
    pub(super) fn new(shared: Arc<Shared>, token: CancellationToken) -> Self {
        Self {
            shared,
            token,
            rests: Rests::default(),
        }
    }

    /// Sends until the shutdown.
    pub(super) async fn run(mut self) -> Result<(), StorageError> {
        let mut tries = FuturesUnordered::new();
        let shared = Arc::clone(&self.shared);
        let mut folded = shared.setup.following.watch();
        loop {
            if self.rests.has_room() {
                let mut reading = pin!(intents::list_open(&shared.setup.db, OPEN_PAGE));
                // The tries go on meanwhile: one that is left alone keeps the connection that it was
                // given, and reading waits for one.
                let open = loop {
                    tokio::select! {
                        () = self.token.cancelled() => return Ok(()),
                        open = &mut reading => break open,
                        Some(tried) = tries.next() => self.finish(&tried),
                    }
                };
                for (id, known) in self.begin(open) {
                    let shared = Arc::clone(&shared);
                    tries.push(async move {
                        let outcome = attempt(&shared, &id, known).await;
                        (id, outcome)
                    });
                }
            }
            let wake = self.rests.next_wake(Instant::now());
            tokio::select! {
                () = self.token.cancelled() => return Ok(()),
                () = shared.bell.notified() => {}
                Some(tried) = tries.next() => self.finish(&tried),
                // A block may have settled what others rest for.
                Ok(()) = folded.changed(), if self.rests.is_anything_resting() => {}
                () = tokio::time::sleep_until(wake) => {}
            }
            // A block ends many at once.
            while let Some(Some(tried)) = tries.next().now_or_never() {
                self.finish(&tried);
            }
        }
    }

    /// Open intents to be tried now, and whether a node may have what is signed for them.
    fn begin(&mut self, open: Result<Vec<String>, StorageError>) -> Vec<(String, Attempt)> {
        match open {
            Ok(open) => self.rests.begin(open, Instant::now()),
            Err(error) => {
                tracing::error!(error = %chain(&error), "the outbox cannot be read");
                Vec::new()
            }
        }
    }

    fn finish(&mut self, (id, outcome): &(String, Result<Tried, StorageError>)) {
        let now = Instant::now();
        match outcome {
            Ok(Tried::Settled) => self.rests.settle(id),
            Ok(Tried::Again { is_unseen }) => self.rests.rest(id.to_owned(), now, *is_unseen),
            Err(error) => {
                tracing::error!(error = %chain(error), "intent {id} could not be updated");
                self.rests.rest(id.to_owned(), now, false);
            }
        }
        self.shared.waiters.wake(id);
        self.shared.changed();
    }
}

/// One try: signs where nothing valid is signed, stores the bytes, sends them. `known` says whether a
/// node may have what was signed before.
async fn attempt(shared: &Shared, id: &str, known: Attempt) -> Result<Tried, StorageError> {
    let found = intents::find_intent(&shared.setup.db, id).await?;
    // It may have been settled since the open ones were listed.
    let Some(intent) = found.filter(IntentRecord::is_open) else {
        return Ok(Tried::Settled);
    };
    let before = before(shared, &intent).await?;
    if matches!(before, Before::Same) {
        return Ok(Tried::Again { is_unseen: false });
    }
    let _awaited = shared.setup.following.awaited();
    let (signed, which) = match signature(shared, &intent, known).await? {
        Signature::Ready(signed, which) => (signed, which),
        Signature::NotNow => return Ok(Tried::Again { is_unseen: false }),
        Signature::Settled => return Ok(Tried::Settled),
    };
    match shared.setup.submitter.send(&signed, which).await {
        Outcome::Final { height, .. } => {
            tracing::info!(intent = id, transaction = %signed.id, height, "an intent is final");
            wait_for_fold(shared, &intent.id, height).await
        }
        Outcome::Rejected { refusal, .. } if refusal.is_settled => {
            let error = rejection(refusal);
            if error.status == STATE_REFUSES && matches!(before, Before::Others) {
                // It may build on what is not on the ledger yet. The same bytes are sent again.
                return note(shared, &intent.id, error, true).await;
            }
            let code = error.code.as_str();
            tracing::info!(intent = id, transaction = %signed.id, code, "an intent is refused");
            intents::mark_rejected(&shared.setup.db, shared.now(), &intent.id, &error).await?;
            Ok(Tried::Settled)
        }
        // Another node may know better, or still include it: what the chain says decides, after
        // `valid_until`.
        Outcome::Rejected {
            refusal,
            may_be_known,
            ..
        } => note(shared, &intent.id, rejection(refusal), !may_be_known).await,
        Outcome::Expired { .. } => {
            let detail =
                "its time has passed; it is signed anew once our own copy of the chain says so";
            note(shared, &intent.id, undecided(detail.to_owned()), false).await
        }
        Outcome::Unknown {
            reason,
            may_be_known,
            ..
        } => note(shared, &intent.id, undecided(reason), !may_be_known).await,
    }
}

/// Looks at the open intents that were stored before one. Done before it is sent: what is open then may have become
/// final since the node looked.
async fn before(shared: &Shared, intent: &IntentRecord) -> Result<Before, StorageError> {
    let db = &shared.setup.db;
    // One that was signed is out of our hands.
    let own = intent.body().ok().filter(|_| intent.signed.is_none());
    if let Some(own) = own {
        let (before, is_cut) = intents::list_bodies_before(db, intent, BEFORE_MAX).await?;
        if let Some(known) = overlap::before(&own, &before, is_cut) {
            return Ok(known);
        }
    }
    // New runs and the own request are among them.
    let is_after_others = intents::has_open_before(db, intent).await?;
    Ok(if is_after_others {
        Before::Others
    } else {
        Before::Nothing
    })
}

/// What is to be sent: the bytes signed before, while they can still be included, else new ones.
async fn signature(
    shared: &Shared,
    intent: &IntentRecord,
    known: Attempt,
) -> Result<Signature, StorageError> {
    let setup = &shared.setup;
    if let Some(signed) = &intent.signed {
        // The order matters: a block up to this head would have settled the intent in the same
        // database transaction, and no later block can include it.
        let head = setup.following.folded();
        let before = SignedIntent {
            id: signed.id,
            bytes: signed.bytes.clone(),
            valid_until: signed.valid_until,
        };
        if head.time <= signed.valid_until {
            return Ok(Signature::Ready(before, known));
        }
        let now = intents::find_intent(&setup.db, &intent.id).await?;
        if !now.is_some_and(|now| now.is_open()) {
            return Ok(Signature::Settled);
        }
        intents::mark_expired(&setup.db, shared.now(), &intent.id).await?;
    }
    sign(shared, intent).await
}

async fn sign(shared: &Shared, intent: &IntentRecord) -> Result<Signature, StorageError> {
    let setup = &shared.setup;
    let refuse = async |code: &str, detail: String, hint: &str| {
        let error = IntentError {
            code: code.to_owned(),
            detail,
            hint: Some(hint.to_owned()),
            status: 422,
        };
        intents::mark_rejected(&setup.db, shared.now(), &intent.id, &error).await
    };
    let body = match intent.body() {
        Ok(body) => body,
        Err(error) => {
            refuse("intent_unreadable", chain(&error), REPORT).await?;
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
            note(shared, &intent.id, undecided(chain(&error)), false).await?;
            Ok(Signature::NotNow)
        }
        // Nothing was signed, so nothing can become of it; whoever asked may ask again.
        Err(SignError::Signer(error)) if error.is_forbidden() => {
            refuse("signer_refused", chain(&error), ALLOW).await?;
            Ok(Signature::Settled)
        }
        Err(SignError::Signer(error)) => {
            note(shared, &intent.id, unsigned(chain(&error)), false).await?;
            Ok(Signature::NotNow)
        }
        Err(error) => {
            refuse("transaction_too_large", chain(&error), REPORT).await?;
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
    note(shared, id, undecided(detail), false).await
}

async fn note(
    shared: &Shared,
    id: &str,
    error: IntentError,
    is_unseen: bool,
) -> Result<Tried, StorageError> {
    intents::mark_tried(&shared.setup.db, shared.now(), id, &error).await?;
    Ok(Tried::Again { is_unseen })
}

fn undecided(reason: String) -> IntentError {
    IntentError {
        code: "node_unavailable".to_owned(),
        detail: reason,
        hint: Some("the service keeps it and sends it when a node answers".to_owned()),
        status: 503,
    }
}

fn unsigned(reason: String) -> IntentError {
    IntentError {
        code: "signer_unavailable".to_owned(),
        detail: reason,
        hint: Some("the service keeps it and sends it when its signer signs".to_owned()),
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
