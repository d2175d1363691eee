//! Taking documents in, and seeing them through.

use std::sync::Arc;
use std::time::Duration;

use theriac_client::Generator;
use theriac_crypto::Digester;
use theriac_http::problem::{Problem, ProblemCode, ROW_ERRORS_MAX, chain};
use theriac_http::task::{Supervisor, TaskKind};
use theriac_ledger::identifier::Timestamp;
use theriac_records::StorageError;
use theriac_records::repository::captures::{
    self, CaptureFault, CaptureRecord, CaptureState, ErrorBehaviour, NewCapture,
};
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::document::{self, ReadDocument};
use super::faulty::Faulty;
use super::plan::{CapturePlan, plan};
use super::wrong::{cut_off, kept};
use crate::follow::Following;
use crate::id::new_id;
use crate::offload::offload;
use crate::operation::{Desk, Plan, Planned, storage_problem};
use crate::outbox::{Outbox, OutboxError};
use crate::pace::changed;

/// The largest document: 100,000 packs by their links take half of it.
pub const DOCUMENT_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Documents that wait to be planned; more are refused for a while.
const WAITING_MAX: usize = 100;
/// How long to wait where the database does not answer.
const RETRY: Duration = Duration::from_secs(5);

/// What a caller wants captured.
#[derive(Clone, Debug)]
pub struct CaptureRequest {
    /// Who calls.
    pub caller: String,
    /// The caller's key, where it gave one.
    pub key: Option<String>,
    /// The document.
    pub document: String,
    /// What to do when an event is refused.
    pub behaviour: ErrorBehaviour,
}

/// Takes documents of events and sees them through. Clones share it.
#[derive(Clone, Debug)]
pub struct Captures {
    desk: Desk,
    outbox: Outbox,
    generator: Generator,
    bell: Arc<Notify>,
}

/// Why a document has no intents.
enum Unplanned {
    /// There is nothing to do.
    Nothing,
    /// It is refused, or the database failed.
    Problem(Problem),
}

impl From<OutboxError> for Unplanned {
    fn from(error: OutboxError) -> Self {
        Self::Problem(error.into())
    }
}

impl Captures {
    /// Starts the task that sees documents through, those of an earlier run of the service first.
    pub(crate) fn start(
        desk: Desk,
        outbox: Outbox,
        generator: Generator,
        following: &Following,
        supervisor: &Supervisor,
    ) -> Self {
        let captures = Self {
            desk,
            outbox,
            generator,
            bell: Arc::new(Notify::new()),
        };
        let task = captures.clone();
        let (following, token) = (following.clone(), supervisor.token());
        supervisor.spawn("captures", TaskKind::Critical, async move {
            task.run(following, token).await;
            Ok::<(), StorageError>(())
        });
        captures
    }

    /// Stores a document, to be captured. The same key with the same document gives the same capture.
    ///
    /// # Errors
    ///
    /// A problem when it is no document, or cannot be stored.
    pub async fn accept(&self, request: CaptureRequest) -> Result<CaptureRecord, Problem> {
        let storage = |error| storage_problem(&error);
        let db = &self.desk.database;
        let waiting = captures::list_captures_in(db, CaptureState::Received)
            .await
            .map_err(storage)?;
        if waiting.len() >= WAITING_MAX {
            let detail = format!("{WAITING_MAX} documents wait to be read already");
            return Err(Problem::new(ProblemCode::Busy, detail).with_retry_after_s(5));
        }
        let CaptureRequest {
            caller,
            key,
            document,
            behaviour,
        } = request;
        let (document, read) = self.read(document).await;
        let events = read?.count;
        let digest = Digester::new("capture")
            .chain(&[u8::from(behaviour == ErrorBehaviour::Proceed)])
            .chain(document.as_bytes())
            .finish();
        let new = NewCapture {
            id: new_id(&self.generator),
            caller,
            key,
            request: digest,
            document,
            events,
            behaviour,
        };
        let stored = captures::store_capture(db, self.now(), &new)
            .await
            .map_err(storage)?;
        if stored.request != digest {
            let detail = "the idempotency key was used for another document";
            return Err(Problem::new(ProblemCode::IdempotencyKeyReused, detail));
        }
        self.bell.notify_one();
        Ok(stored)
    }

    /// What a document would put on the ledger.
    ///
    /// # Errors
    ///
    /// A problem with everything that is wrong with its events.
    pub async fn dry_run(
        &self,
        document: String,
        behaviour: ErrorBehaviour,
    ) -> Result<Plan, Problem> {
        let (_, read) = self.read(document).await;
        let planned = plan(&self.desk, "", read?, behaviour).await?;
        if planned.errors.is_empty() {
            return Ok(Plan {
                actions: planned.actions,
            });
        }
        let count = planned.errors.count();
        let (errors, omitted) = planned.errors.into_errors();
        let detail = format!("{count} events or parts of them are wrong");
        Err(Problem::new(ProblemCode::InvalidInput, detail)
            .with_hint("mend what is listed; nothing was kept")
            .with_errors(errors)
            .with_errors_omitted(omitted))
    }

    async fn read(&self, document: String) -> (String, Result<ReadDocument, Problem>) {
        let now = self.desk.clock.now_ms();
        offload(move || {
            let read = document::read(document.as_bytes(), now);
            (document, read)
        })
        .await
    }

    fn now(&self) -> Timestamp {
        Timestamp(self.desk.clock.now_ms())
    }

    async fn run(&self, following: Following, token: CancellationToken) {
        let mut folded = following.watch();
        let mut changes = self.outbox.watch();
        let mut faulty = Faulty::default();
        loop {
            folded.borrow_and_update();
            changes.borrow_and_update();
            let wake = match self.advance(&mut faulty).await {
                Ok(()) => faulty.next(),
                Err(error) => {
                    tracing::error!(error = %chain(&error), "captured documents cannot be seen through now");
                    Some(Instant::now() + RETRY)
                }
            };
            let retry = async {
                match wake {
                    Some(wake) => tokio::time::sleep_until(wake).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = token.cancelled() => return,
                () = self.bell.notified() => {}
                () = changed(&mut folded) => {}
                () = changed(&mut changes) => {}
                () = retry => {}
            }
        }
    }

    /// Plans what waits, and ends what the ledger has decided. A document at which we fail is gone past: while the
    /// database answers, the fault lies in what one document meets, and the others have nothing to do with it.
    async fn advance(&self, faulty: &mut Faulty) -> Result<(), Problem> {
        for state in [CaptureState::Received, CaptureState::Planned] {
            let ids = captures::list_captures_in(&self.desk.database, state)
                .await
                .map_err(|error| storage_problem(&error))?;
            for id in ids {
                if !faulty.is_due(&id, Instant::now()) {
                    continue;
                }
                let moved = if state == CaptureState::Received {
                    self.plan(&id).await
                } else {
                    self.finish(&id).await
                };
                match moved {
                    Ok(()) => faulty.went_well(&id),
                    Err(error) if error.code() == ProblemCode::StorageUnavailable => {
                        return Err(error);
                    }
                    Err(error) => {
                        tracing::error!(capture = id, error = %chain(&error), "document {id} is tried again later");
                        faulty.failed(id, Instant::now());
                    }
                }
            }
        }
        Ok(())
    }

    async fn plan(&self, id: &str) -> Result<(), Problem> {
        let storage = |error| storage_problem(&error);
        let db = &self.desk.database;
        let found = captures::find_capture(db, id).await.map_err(storage)?;
        let document = captures::find_document(db, id).await.map_err(storage)?;
        let Some((record, document)) = found.zip(document) else {
            return Ok(());
        };
        let actions = Box::pin(self.actions(&record, document));
        let key = format!("capture/{id}");
        let submitted = self
            .outbox
            .submit(&key, record.request, actions, Duration::ZERO)
            .await;
        match submitted {
            // Without intents of its own, too: it may wait for those of an earlier document.
            Ok(_) | Err(Unplanned::Nothing) => {}
            Err(Unplanned::Problem(problem)) if problem.code().status().is_server_error() => {
                return Err(problem);
            }
            Err(Unplanned::Problem(problem)) => {
                let error = CaptureFault {
                    at: String::new(),
                    code: problem.code().as_str().to_owned(),
                    detail: problem.detail().to_owned(),
                };
                return self.keep(id, CaptureState::Finished, &[error]).await;
            }
        }
        let found = captures::find_capture(db, id).await.map_err(storage)?;
        let errors = found.map(|found| found.errors).unwrap_or_default();
        self.keep(id, CaptureState::Planned, &errors).await
    }

    /// The actions of a document. What is wrong with its events is stored before: a document that was
    /// planned is not planned again.
    async fn actions(
        &self,
        record: &CaptureRecord,
        document: String,
    ) -> Result<Vec<Planned>, Unplanned> {
        let (_, read) = self.read(document).await;
        let read = read.map_err(Unplanned::Problem)?;
        let planned = plan(&self.desk, &record.id, read, record.behaviour)
            .await
            .map_err(Unplanned::Problem)?;
        let CapturePlan {
            actions,
            errors,
            repeated,
            undecided,
        } = planned;
        tracing::info!(
            capture = record.id,
            actions = actions.len(),
            errors = errors.count(),
            repeated,
            "document {} read",
            record.id
        );
        captures::store_repeated(&self.desk.database, &record.id, &undecided)
            .await
            .map_err(|error| Unplanned::Problem(storage_problem(&error)))?;
        self.keep(&record.id, CaptureState::Received, &kept(errors))
            .await
            .map_err(Unplanned::Problem)?;
        if actions.is_empty() {
            return Err(Unplanned::Nothing);
        }
        Ok(actions)
    }

    /// Ends a capture whose events are all decided, those that an earlier document brought included.
    async fn finish(&self, id: &str) -> Result<(), Problem> {
        let storage = |error| storage_problem(&error);
        let db = &self.desk.database;
        let most = u64::try_from(ROW_ERRORS_MAX).unwrap_or(u64::MAX);
        let outcome = captures::find_outcome(db, id, most)
            .await
            .map_err(storage)?;
        if outcome.is_open {
            return Ok(());
        }
        let found = captures::find_capture(db, id).await.map_err(storage)?;
        let mut errors = found.map(|found| found.errors).unwrap_or_default();
        let refused = outcome.refused.into_iter();
        errors.extend(refused.map(|(number, error)| CaptureFault {
            at: format!("epcisBody.eventList[{number}]"),
            code: error.code,
            detail: error.detail,
        }));
        cut_off(&mut errors);
        self.keep(id, CaptureState::Finished, &errors).await
    }

    async fn keep(
        &self,
        id: &str,
        state: CaptureState,
        errors: &[CaptureFault],
    ) -> Result<(), Problem> {
        captures::mark_capture(&self.desk.database, self.now(), id, state, errors)
            .await
            .map_err(|error| storage_problem(&error))?;
        if state != CaptureState::Received {
            self.outbox.announce();
        }
        Ok(())
    }
}
