//! `GET /api/v1/events`: news as they come, for lists that are live.

use std::time::Duration;

use actix_web::web::{self, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use futures::{StreamExt as _, stream};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::event_stream::{StreamEvent, respond};
use theriac_http::identity::ApiUser;
use theriac_http::problem::{Problem, ProblemCode, chain};
use theriac_records::Database;
use theriac_records::repository::news::{NewsKind, NewsRecord, last_news, list_news};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::news::News;
use crate::operation::storage_problem;
use crate::people::{People, Standing};
use crate::service::Service;

/// Streams at once.
const STREAMS_MAX: usize = 256;
/// News that are read at once: what a slow reader has not taken stays in the database.
const PAGE: u64 = 100;
/// How often a silent stream says that it is there.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(15);
/// After this a stream ends and its reader comes again. It ends with its session or key, too.
const STREAM_TIME: Duration = Duration::from_mins(5);

/// The streams that are open.
#[derive(Clone, Debug)]
pub struct Streams(std::sync::Arc<Semaphore>);

impl Default for Streams {
    fn default() -> Self {
        Self(std::sync::Arc::new(Semaphore::new(STREAMS_MAX)))
    }
}

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/events", web::get().to(stream_events));
}

/// News as they come (server-sent events): intents settled, shipments, recalls, jobs, exceptions, drafts.
///
/// Each has an id; a reader that sends the last one as Last-Event-ID gets what came since. Without it, the stream begins
/// now.
#[utoipa::path(
    get,
    path = "/api/v1/events",
    operation_id = "stream_events",
    tag = "events",
    params(("Last-Event-ID" = Option<u64>, Header, description = "The id of the last event that was seen")),
    responses(
        (status = 200, description = "Events until the stream ends, after five minutes at most", body = String, content_type = "text/event-stream"),
        ReadProblems,
    ),
    security(("session" = []), ("api_key" = [])),
)]
pub async fn stream_events(
    service: web::Data<Service>,
    news: web::Data<News>,
    streams: web::Data<Streams>,
    people: web::Data<People>,
    _call: ReadCall,
    caller: ApiUser,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let place = std::sync::Arc::clone(&streams.0)
        .try_acquire_owned()
        .map_err(|_| {
            let detail = format!("{STREAMS_MAX} streams are open");
            Problem::new(ProblemCode::Busy, detail).with_retry_after_s(30)
        })?;
    let db = service.desk().database.clone();
    // Watched before the last number is read, so that nothing falls between.
    let told = news.watch();
    let seen = request.headers().get("Last-Event-ID");
    let seen = seen.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let after = match seen {
        Some(after) => after,
        None => last_news(&db)
            .await
            .map_err(|error| storage_problem(&error))?,
    };
    let reader = Reader {
        db,
        told,
        after,
        token: news.token(),
        standing: people.standing(caller),
        ends_at: Instant::now() + STREAM_TIME,
        begun: false,
        _place: place,
    };
    let pages = stream::unfold(reader, Reader::next);
    Ok(respond(pages.flat_map(stream::iter)))
}

struct Reader {
    db: Database,
    told: watch::Receiver<u64>,
    after: u64,
    token: CancellationToken,
    standing: Standing,
    ends_at: Instant,
    begun: bool,
    _place: OwnedSemaphorePermit,
}

impl Reader {
    /// What there is to send next: a page of news, or a sign of life.
    async fn next(mut self) -> Option<(Vec<StreamEvent>, Self)> {
        let silence = Instant::now() + KEEP_ALIVE_EVERY;
        loop {
            if !self.standing.holds().await {
                return None;
            }
            self.told.borrow_and_update();
            match list_news(&self.db, self.after, PAGE).await {
                Ok(found) if found.is_empty() => {}
                Ok(found) => {
                    self.after = found.last().map_or(self.after, |last| last.number);
                    return Some((found.into_iter().map(event).collect(), self));
                }
                Err(error) => {
                    // The reader comes again and goes on where it was.
                    tracing::warn!(error = %chain(&error), "a stream of news ends");
                    return None;
                }
            }
            if !self.begun {
                self.begun = true;
                return Some((vec![StreamEvent::Comment], self));
            }
            tokio::select! {
                () = self.token.cancelled() => return None,
                () = tokio::time::sleep_until(self.ends_at) => return None,
                Ok(()) = self.told.changed() => {}
                () = self.standing.changed() => {}
                () = tokio::time::sleep_until(silence) => {
                    return Some((vec![StreamEvent::Comment], self));
                }
            }
        }
    }
}

fn event(item: NewsRecord) -> StreamEvent {
    let name = match item.kind {
        NewsKind::IntentSettled => "intent_settled",
        NewsKind::ShipmentInbound => "shipment_inbound",
        NewsKind::ShipmentEnded => "shipment_ended",
        NewsKind::BatchRecalled => "batch_recalled",
        NewsKind::JobEnded => "job_ended",
        NewsKind::ExceptionChanged => "exception_changed",
        NewsKind::DraftWaiting => "draft_waiting",
        NewsKind::DraftDecided => "draft_decided",
    };
    StreamEvent::Event {
        id: Some(item.number.to_string()),
        name,
        data: item.document,
    }
}
