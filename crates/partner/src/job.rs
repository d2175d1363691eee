//! How far requests have come that need several transactions, to look at and to follow.

use std::time::Duration;

use futures::Stream;
use serde::{Deserialize, Serialize};
use theriac_http::event_stream::StreamEvent;
use theriac_http::problem::{Problem, ProblemCode};
use theriac_ledger::identifier::Timestamp;
use theriac_records::repository::captures::{CaptureState, find_capture};
use theriac_records::repository::intents::IntentState;
use theriac_records::repository::jobs::{find_job, list_steps};
use tokio::time::Instant;
use utoipa::ToSchema;

use crate::answer::IntentProblemAnswer;
use crate::operation::storage_problem;
use crate::people::Standing;
use crate::service::Service;

/// Refused steps that an answer names.
const REFUSED_MAX: u64 = 100;
/// The longest silence of a stream.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// After this time a stream ends, and its reader comes back.
const STREAM_LIFETIME: Duration = Duration::from_mins(10);
/// Characters of an id: a UUID.
const ID_CHARS: usize = 36;

/// A step that was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefusedStep {
    /// Its intent.
    pub intent: String,
    /// Why.
    pub problem: IntentProblemAnswer,
}

/// How far a request has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct JobAnswer {
    /// The job: the first intent of a request, or the id of a capture.
    pub job: String,
    /// `running`, `final` (all of it is on the ledger) or `rejected` (a part was refused).
    #[schema(example = "running")]
    pub state: String,
    /// Transactions that it needs.
    pub steps: u64,
    /// How many of them are final.
    pub steps_final: u64,
    /// How many were refused.
    pub steps_rejected: u64,
    /// Packs that it brings into being.
    pub packs: u64,
    /// How many of them are on the ledger.
    pub packs_final: u64,
    /// When it was stored, in UTC.
    pub created_at: String,
    /// When it last changed, in UTC.
    pub updated_at: String,
    /// The first refused steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub refused: Vec<RefusedStep>,
}

impl JobAnswer {
    fn is_over(&self) -> bool {
        self.state != "running"
    }

    /// Changes exactly when what it says changes.
    fn mark(&self) -> String {
        let Self {
            state,
            steps,
            steps_final,
            steps_rejected,
            ..
        } = self;
        format!("{state}-{steps}-{steps_final}-{steps_rejected}")
    }
}

/// How far a job has come.
///
/// # Errors
///
/// A problem `not_found` where there is none.
pub async fn show_job(service: &Service, id: &str) -> Result<JobAnswer, Problem> {
    let storage = |error| storage_problem(&error);
    let unknown = || Problem::new(ProblemCode::NotFound, "no job has this id");
    if id.len() != ID_CHARS {
        return Err(unknown());
    }
    let db = &service.desk().database;
    let job = find_job(db, id).await.map_err(storage)?;
    let capture = find_capture(db, id).await.map_err(storage)?;
    // A document has more to wait for than its own transactions, and events of it may be refused without any.
    let of_capture = capture.map(|capture| {
        let state = match (capture.state, capture.errors.is_empty()) {
            (CaptureState::Finished, true) => "final",
            (CaptureState::Finished, false) => "rejected",
            _ => "running",
        };
        let changed = capture.finished_at.unwrap_or(capture.created_at);
        (state, capture.created_at, changed)
    });
    let Some(job) = job else {
        let (state, created_at, changed) = of_capture.ok_or_else(unknown)?;
        return Ok(empty(id, state, created_at, changed));
    };
    let state = match (of_capture, job.is_settled(), job.steps_rejected) {
        (Some((state, ..)), ..) => state,
        (None, false, _) => "running",
        (None, true, 0) => "final",
        (None, true, _) => "rejected",
    };
    let refused = if job.steps_rejected == 0 {
        Vec::new()
    } else {
        list_steps(db, id, IntentState::Rejected, REFUSED_MAX)
            .await
            .map_err(storage)?
    };
    let refused = refused.into_iter().filter_map(|step| {
        let problem = step.error?.into();
        Some(RefusedStep {
            intent: step.intent,
            problem,
        })
    });
    Ok(JobAnswer {
        steps: job.steps,
        steps_final: job.steps_final,
        steps_rejected: job.steps_rejected,
        packs: job.packs,
        packs_final: job.packs_final,
        refused: refused.collect(),
        ..empty(id, state, job.created_at, job.updated_at)
    })
}

fn empty(id: &str, state: &str, created_at: Timestamp, updated_at: Timestamp) -> JobAnswer {
    JobAnswer {
        job: id.to_owned(),
        state: state.to_owned(),
        steps: 0,
        steps_final: 0,
        steps_rejected: 0,
        packs: 0,
        packs_final: 0,
        created_at: created_at.to_string(),
        updated_at: updated_at.to_string(),
        refused: Vec::new(),
    }
}

/// The progress of a job as it changes, until it is over: each event says all of it, so that a reader
/// who comes back has missed nothing. It ends with the service, and with its reader's session or key, too.
///
/// # Errors
///
/// As [`show_job`].
pub async fn follow_job(
    service: Service,
    standing: Standing,
    id: String,
    seen: Option<String>,
) -> Result<impl Stream<Item = StreamEvent>, Problem> {
    show_job(&service, &id).await?;
    let end = Instant::now() + STREAM_LIFETIME;
    let following = Watching {
        changes: service.watch(),
        service,
        standing,
        id,
        seen,
        end,
        is_over: false,
    };
    Ok(futures::stream::unfold(following, Watching::next))
}

struct Watching {
    service: Service,
    standing: Standing,
    changes: crate::service::Changes,
    id: String,
    seen: Option<String>,
    end: Instant,
    is_over: bool,
}

impl Watching {
    async fn next(mut self) -> Option<(StreamEvent, Self)> {
        if self.is_over {
            return None;
        }
        let silence = Instant::now() + HEARTBEAT;
        loop {
            if !self.standing.holds().await {
                return None;
            }
            self.changes.mark_seen();
            // A fault of the database ends the stream; its reader comes back.
            let job = show_job(&self.service, &self.id).await.ok()?;
            let mark = job.mark();
            self.is_over = job.is_over();
            if self.is_over || self.seen.as_ref() != Some(&mark) {
                self.seen = Some(mark.clone());
                let event = StreamEvent::Event {
                    id: Some(mark),
                    name: if self.is_over { "finished" } else { "progress" },
                    data: serde_json::to_string(&job).ok()?,
                };
                return Some((event, self));
            }
            if Instant::now() >= self.end {
                return None;
            }
            tokio::select! {
                is_alive = self.changes.changed() => if !is_alive { return None },
                () = self.standing.changed() => {}
                () = tokio::time::sleep_until(silence) => {
                    return Some((StreamEvent::Comment, self));
                }
            }
        }
    }
}
