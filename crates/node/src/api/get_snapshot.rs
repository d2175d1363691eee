//! `GET /v1/snapshot?blocks=`: the whole state as one stream of bytes, for members that join or keep a
//! backup.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpResponse, web};
use bytes::Bytes;
use serde::Deserialize;
use theriac_client::node_client::BINARY_MEDIA_TYPE;
use theriac_http::problem::{Problem, ProblemCode, chain};
use theriac_http::signed_request::SignedRequest;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_stream::wrappers::ReceiverStream;

use super::ApiState;
use crate::snapshot::{self, Extent, SnapshotError};
use crate::store::View;

/// Pieces that wait for the reader; each has at most some megabytes.
const PIECES_MAX: usize = 4;

/// A reader that takes nothing for this long is slow or gone.
const SLOW_READER: Duration = Duration::from_secs(30);

/// A snapshot holds back the cleaning up of the store for as long as it is read.
const LIFETIME: Duration = Duration::from_hours(1);

/// What is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SnapshotQuery {
    /// `window` or `all`.
    blocks: String,
}

type Piece = Result<Bytes, io::Error>;

/// Sends the state of the last committed height.
pub(super) async fn get_snapshot(
    _signed: SignedRequest,
    state: web::Data<ApiState>,
    query: web::Query<SnapshotQuery>,
) -> Result<HttpResponse, Problem> {
    let extent: Extent = query.blocks.parse().map_err(|error: snapshot::NoExtent| {
        Problem::new(ProblemCode::InvalidQuery, error.to_string())
    })?;
    let view = state.store().view();
    if view.parent().height == 0 {
        return Err(Problem::new(
            ProblemCode::NotReady,
            "the chain has no block yet: genesis is its state",
        ));
    }
    let Some(place) = state.snapshots.take() else {
        return Err(Problem::new(
            ProblemCode::Busy,
            "a node gives one snapshot at a time, and is giving one",
        )
        .with_retry_after_s(30)
        .with_hint("use another node, or ask again later"));
    };
    let (sender, receiver) = mpsc::channel(PIECES_MAX);
    let runtime = Handle::current();
    tokio::task::spawn_blocking(move || {
        send(&view, extent, &sender, &runtime);
        drop(place);
    });
    Ok(HttpResponse::Ok()
        .content_type(BINARY_MEDIA_TYPE)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .streaming(ReceiverStream::new(receiver)))
}

fn send(view: &View, extent: Extent, sender: &mpsc::Sender<Piece>, runtime: &Handle) {
    let end = Instant::now() + LIFETIME;
    let mut sink = |bytes: Vec<u8>| {
        let sending = sender.send_timeout(Ok(bytes.into()), SLOW_READER);
        let is_late = Instant::now() > end;
        match runtime.block_on(sending) {
            Ok(()) if !is_late => Ok(()),
            _ => Err(SnapshotError::Gone),
        }
    };
    if let Err(error) = snapshot::write(view, extent, &mut sink) {
        tracing::warn!(error = %chain(&error), "a snapshot ends early");
        // Breaks the connection off, so that its end is not taken for the snapshot's.
        let _ = sender.try_send(Err(io::Error::other("the snapshot ends early")));
    }
}

/// The one place for a snapshot. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct SnapshotPlace(Arc<AtomicBool>);

impl SnapshotPlace {
    /// Takes the place, unless it is taken.
    fn take(&self) -> Option<TakenPlace> {
        let was_taken = self.0.swap(true, Ordering::AcqRel);
        (!was_taken).then(|| TakenPlace(self.clone()))
    }
}

/// The place while it is taken; free again when dropped.
struct TakenPlace(SnapshotPlace);

impl Drop for TakenPlace {
    fn drop(&mut self) {
        self.0.0.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_snapshot_is_given_at_a_time() {
        let places = SnapshotPlace::default();
        let first = places.take().unwrap();
        assert!(places.take().is_none());
        drop(first);
        assert!(places.take().is_some());
    }
}
