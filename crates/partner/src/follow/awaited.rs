//! Whether somebody waits for the next block. Where nobody does, some are folded together: each alone costs a
//! transaction of the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

/// How long blocks are gathered for which nobody waits.
const GATHER: Duration = Duration::from_millis(100);

/// Those who wait for a block.
#[derive(Debug, Default)]
pub(super) struct Awaited {
    waiting: AtomicUsize,
    bell: Notify,
}

/// Somebody who waits for a block, until it is dropped.
#[derive(Debug)]
pub(crate) struct AwaitedGuard(Arc<Awaited>);

impl AwaitedGuard {
    pub(super) fn new(awaited: &Arc<Awaited>) -> Self {
        awaited.waiting.fetch_add(1, Ordering::SeqCst);
        awaited.bell.notify_one();
        Self(Arc::clone(awaited))
    }
}

impl Drop for AwaitedGuard {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Awaited {
    /// Returns at once where somebody waits, else after a moment, or as soon as somebody does.
    pub(super) async fn or_gathered(&self) {
        let gathered = tokio::time::sleep(GATHER);
        tokio::pin!(gathered);
        while self.waiting.load(Ordering::SeqCst) == 0 {
            tokio::select! {
                () = self.bell.notified() => {}
                () = &mut gathered => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn blocks_are_gathered_unless_somebody_waits() {
        let awaited = Arc::new(Awaited::default());
        let mut gathering = std::pin::pin!(awaited.or_gathered());
        assert!(gathering.as_mut().now_or_never().is_none());
        let guard = AwaitedGuard::new(&awaited);
        assert!(gathering.now_or_never().is_some(), "somebody waits now");
        assert!(awaited.or_gathered().now_or_never().is_some());
        drop(guard);
        assert!(awaited.or_gathered().now_or_never().is_none());
        let begun = tokio::time::Instant::now();
        awaited.or_gathered().await;
        assert!(begun.elapsed() >= GATHER);
    }
}
