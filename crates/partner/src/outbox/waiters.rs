//! Who waits for which intent, so that each is woken for its own alone: a counter at which many wait would ask the
//! database about all of them whenever one is done.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

type Bells = BTreeMap<String, Vec<Arc<Notify>>>;

/// Everyone who waits.
#[derive(Clone, Debug, Default)]
pub(super) struct Waiters {
    bells: Arc<Mutex<Bells>>,
}

/// Somebody who waits for an intent, until it is dropped.
#[derive(Debug)]
pub(super) struct Waiter {
    id: String,
    bell: Arc<Notify>,
    waiters: Waiters,
}

impl Waiters {
    /// Whoever calls looks at the intent afterwards, so that no change between both is lost.
    pub(super) fn register(&self, id: &str) -> Waiter {
        let bell = Arc::new(Notify::new());
        let mut bells = self.lock();
        let of_id = bells.entry(id.to_owned()).or_default();
        of_id.push(Arc::clone(&bell));
        Waiter {
            id: id.to_owned(),
            bell,
            waiters: self.clone(),
        }
    }

    /// Wakes those who wait for an intent.
    pub(super) fn wake(&self, id: &str) {
        for bell in self.lock().get(id).into_iter().flatten() {
            bell.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Bells> {
        // Nothing that holds it panics half way.
        self.bells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiter {
    /// Ends once the intent was woken since it was registered, or since the last time.
    pub(super) async fn woken(&self) {
        self.bell.notified().await;
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        let mut bells = self.waiters.lock();
        let Some(of_id) = bells.get_mut(&self.id) else {
            return;
        };
        of_id.retain(|bell| !Arc::ptr_eq(bell, &self.bell));
        if of_id.is_empty() {
            bells.remove(&self.id);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn who_waits_is_woken_for_its_own_intent_alone_also_before_it_listens() {
        let waiters = Waiters::default();
        let (first, again) = (waiters.register("a"), waiters.register("a"));
        let other = waiters.register("b");
        waiters.wake("a");
        assert!(first.woken().now_or_never().is_some());
        assert!(again.woken().now_or_never().is_some());
        assert!(first.woken().now_or_never().is_none(), "once");
        assert!(other.woken().now_or_never().is_none());
    }

    #[test]
    fn nothing_is_kept_of_who_no_longer_waits() {
        let waiters = Waiters::default();
        let (first, again) = (waiters.register("a"), waiters.register("a"));
        drop(first);
        waiters.wake("a");
        assert!(again.woken().now_or_never().is_some());
        drop(again);
        assert!(waiters.lock().is_empty());
    }
}
