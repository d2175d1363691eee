//! What waits for one peer.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

/// Bytes that wait for one peer: what a busy second brings, not what a dead peer misses.
const QUEUE_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Batches in order, the oldest dropped when the queue is full.
#[derive(Debug, Default)]
pub(super) struct Queue {
    inner: Mutex<Inner>,
    filled: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    batches: VecDeque<Batch>,
    bytes: usize,
    next: u64,
}

/// One batch and its number in the queue.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    number: u64,
    pub(super) bytes: Bytes,
}

impl Queue {
    /// Appends a batch; the oldest give way.
    pub(super) fn push(&self, bytes: Bytes) {
        let mut inner = self.lock();
        let number = inner.next;
        inner.next = inner.next.wrapping_add(1);
        inner.bytes += bytes.len();
        inner.batches.push_back(Batch { number, bytes });
        while inner.bytes > QUEUE_BYTES_MAX && inner.batches.len() > 1 {
            inner.drop_front();
        }
        drop(inner);
        self.filled.notify_one();
    }

    /// Waits for the first batch; it stays first until it is done or gives way.
    pub(super) async fn front(&self) -> Batch {
        loop {
            let filled = self.filled.notified();
            let front = self.lock().batches.front().cloned();
            if let Some(batch) = front {
                return batch;
            }
            filled.await;
        }
    }

    /// Removes a batch that was sent, if it has not given way meanwhile.
    pub(super) fn done(&self, batch: &Batch) {
        let mut inner = self.lock();
        if inner
            .batches
            .front()
            .is_some_and(|front| front.number == batch.number)
        {
            inner.drop_front();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // The sum and the list change together, in calls that do not panic.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn drop_front(&mut self) {
        if let Some(batch) = self.batches.pop_front() {
            self.bytes -= batch.bytes.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(size: usize, byte: u8) -> Bytes {
        Bytes::from(vec![byte; size])
    }

    #[tokio::test]
    async fn batches_leave_in_the_order_in_which_they_came() {
        let queue = Queue::default();
        for byte in 0..3 {
            queue.push(batch(10, byte));
        }
        for byte in 0..3 {
            let front = queue.front().await;
            assert_eq!(front.bytes, batch(10, byte));
            queue.done(&front);
        }
    }

    #[tokio::test]
    async fn the_oldest_batch_gives_way_when_the_queue_is_full() {
        let queue = Queue::default();
        queue.push(batch(QUEUE_BYTES_MAX / 2, 0));
        let sending = queue.front().await;
        queue.push(batch(QUEUE_BYTES_MAX / 2, 1));
        queue.push(batch(1, 2));
        queue.done(&sending);
        assert_eq!(queue.front().await.bytes[0], 1);
        assert!(queue.lock().bytes <= QUEUE_BYTES_MAX);
    }

    #[tokio::test]
    async fn a_batch_that_comes_later_is_waited_for() {
        let queue = Queue::default();
        let (front, ()) = tokio::join!(queue.front(), async {
            tokio::task::yield_now().await;
            queue.push(batch(1, 7));
        });
        assert_eq!(front.bytes, batch(1, 7));
    }
}
