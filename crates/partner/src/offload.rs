//! Work that keeps a processor busy for milliseconds, away from the threads that answer requests.

use std::panic::resume_unwind;

/// Runs `work` on a thread of its own. A panic of it is a panic of the request.
pub(crate) async fn offload<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(value) => value,
        Err(error) => resume_unwind(error.into_panic()),
    }
}
