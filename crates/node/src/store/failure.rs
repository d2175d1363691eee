//! The end of a process whose disk failed.

use theriac_http::task::{Supervisor, TaskKind};

use super::Store;

/// The disk of the store failed.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the store's disk failed: nobody knows what is durable, so this process ends")]
pub(super) struct StoreFailed;

/// Stops the process when its disk fails, whoever met the failure.
pub(crate) fn stop_when_failed(store: &Store, supervisor: &Supervisor) {
    let mut failure = store.failure();
    let token = supervisor.token();
    supervisor.spawn("store", TaskKind::Critical, async move {
        tokio::select! {
            Ok(_) = failure.wait_for(|failed| *failed) => Err(StoreFailed),
            () = token.cancelled() => Ok(()),
        }
    });
}
