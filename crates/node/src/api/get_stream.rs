//! `GET /v1/stream?from=HEIGHT`: final blocks as they come, for members (server-sent events).

use std::convert::Infallible;
use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use futures::StreamExt as _;
use theriac_client::wire::{HEAD_EVENT, HEARTBEAT_MS, Head, STREAM_LIFETIME_MS, StreamQuery};
use theriac_http::problem::{Problem, ProblemCode, chain};
use theriac_http::signed_request::SignedRequest;
use theriac_http::task::TaskKind;
use theriac_ledger::identifier::Height;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;

use super::ApiState;
use super::get_block::not_yet_fetched;

/// Events that wait for a reader: one being sent, one ready.
const EVENTS_MAX: usize = 1;

/// A reader that takes nothing for this long is slow or gone: its stream ends, and it resumes.
const SLOW_READER: Duration = Duration::from_secs(15);

/// The media type of server-sent events.
const EVENT_STREAM: &str = "text/event-stream";

/// Sends every final block from a height on, each with its height as id; a heartbeat with the
/// node's head at least every five seconds. Resumes after the header `Last-Event-ID`.
pub(super) async fn get_stream(
    request: HttpRequest,
    signed: SignedRequest,
    state: web::Data<ApiState>,
    query: web::Query<StreamQuery>,
) -> Result<HttpResponse, Problem> {
    let from = first_height(&request, &query, state.chain().parent().height)?;
    let oldest = state.store().view().oldest();
    if from < oldest {
        return Err(not_yet_fetched(oldest));
    }
    let Some(place) = state.streams.take(signed.key) else {
        return Err(Problem::new(ProblemCode::Busy, "too many streams are open")
            .with_retry_after_s(5)
            .with_hint("use another node, or ask again later"));
    };
    let (sender, receiver) = mpsc::channel(EVENTS_MAX);
    let supervisor = &state.setup.supervisor;
    let token = supervisor.token();
    let task_state = state.clone();
    supervisor.spawn("stream", TaskKind::Auxiliary, async move {
        tokio::select! {
            () = send_blocks(&task_state, from, &sender) => {}
            () = token.cancelled() => {}
        }
        drop(place);
        Ok::<(), Infallible>(())
    });
    let events = ReceiverStream::new(receiver).map(Ok::<Bytes, Infallible>);
    Ok(HttpResponse::Ok()
        .content_type(EVENT_STREAM)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(events))
}

fn first_height(
    request: &HttpRequest,
    query: &StreamQuery,
    last: Height,
) -> Result<Height, Problem> {
    let from = match request.headers().get("Last-Event-ID") {
        Some(value) => value
            .to_str()
            .ok()
            .and_then(|text| text.parse::<Height>().ok())
            .and_then(|seen| seen.checked_add(1))
            .ok_or_else(|| {
                Problem::new(
                    ProblemCode::BadRequest,
                    "the header Last-Event-ID must be the height of the last block seen",
                )
            })?,
        None => query.from.unwrap_or(last.saturating_add(1)),
    };
    if from == 0 {
        return Err(Problem::new(
            ProblemCode::InvalidQuery,
            "from must be at least 1: the first block has height 1",
        ));
    }
    Ok(from)
}

/// Sends until the reader is gone or slow, the store fails, or the stream's life is over.
async fn send_blocks(state: &web::Data<ApiState>, from: Height, sender: &mpsc::Sender<Bytes>) {
    let mut heights = state.chain().subscribe();
    let end = Instant::now() + Duration::from_millis(STREAM_LIFETIME_MS);
    let mut next = from;
    while Instant::now() < end {
        let last = *heights.borrow_and_update();
        let event = if next <= last {
            match block_event(state, next).await {
                Some(event) => {
                    next = next.saturating_add(1);
                    event
                }
                None => return,
            }
        } else {
            let heartbeat = Duration::from_millis(HEARTBEAT_MS);
            match tokio::time::timeout(heartbeat, heights.changed()).await {
                Ok(Ok(())) => continue,
                Ok(Err(_)) => return,
                Err(_) => head_event(state),
            }
        };
        if sender.send_timeout(event, SLOW_READER).await.is_err() {
            return;
        }
    }
}

async fn block_event(state: &web::Data<ApiState>, height: Height) -> Option<Bytes> {
    let work_state = state.clone();
    let work =
        tokio::task::spawn_blocking(move || work_state.recent.event(work_state.store(), height));
    match work.await {
        Ok(Ok(event)) => event,
        Ok(Err(error)) => {
            tracing::error!(error = %chain(&error), height, "a stream ends: block {height} cannot be read");
            None
        }
        Err(error) => {
            tracing::error!(%error, "a stream ends");
            None
        }
    }
}

fn head_event(state: &ApiState) -> Bytes {
    let parent = state.chain().parent();
    let head = Head {
        height: parent.height,
        time: parent.time,
    };
    let json = serde_json::to_string(&head).expect("a head is two numbers");
    Bytes::from(format!("event: {HEAD_EVENT}\ndata: {json}\n\n"))
}
