//! Packets on their way, in the order in which they arrive.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tokio::time::Instant;

/// Packets on their way at most; more are lost, as in a switch whose memory is full.
const PACKETS_MAX: usize = 20_000;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    due: Instant,
    number: u64,
    port: usize,
    packet: Vec<u8>,
}

/// Packets on their way.
#[derive(Debug, Default)]
pub(super) struct Queue {
    entries: BinaryHeap<Reverse<Entry>>,
    next: u64,
}

impl Queue {
    /// Sends a packet on its way to a port; whether there was room.
    pub(super) fn push(&mut self, due: Instant, port: usize, packet: Vec<u8>) -> bool {
        if self.entries.len() >= PACKETS_MAX {
            return false;
        }
        let number = self.next;
        self.next += 1;
        self.entries.push(Reverse(Entry {
            due,
            number,
            port,
            packet,
        }));
        true
    }

    /// When the next packet arrives.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.entries.peek().map(|Reverse(entry)| entry.due)
    }

    /// A packet that has arrived, and its port.
    pub(super) fn pop(&mut self, now: Instant) -> Option<(usize, Vec<u8>)> {
        if self.next_due()? > now {
            return None;
        }
        let Reverse(entry) = self.entries.pop()?;
        Some((entry.port, entry.packet))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn packets_arrive_when_due_and_in_order_of_sending_among_equals() {
        let now = Instant::now();
        let later = now + Duration::from_millis(5);
        let mut queue = Queue::default();
        assert!(queue.push(later, 1, vec![3]));
        assert!(queue.push(now, 1, vec![1]));
        assert!(queue.push(now, 2, vec![2]));
        assert_eq!(queue.pop(now), Some((1, vec![1])));
        assert_eq!(queue.pop(now), Some((2, vec![2])));
        assert_eq!(queue.pop(now), None);
        assert_eq!(queue.next_due(), Some(later));
        assert_eq!(queue.pop(later), Some((1, vec![3])));
    }

    #[test]
    fn a_full_queue_loses_what_comes_then() {
        let now = Instant::now();
        let mut queue = Queue::default();
        for _ in 0..PACKETS_MAX {
            assert!(queue.push(now, 0, Vec::new()));
        }
        assert!(!queue.push(now, 0, Vec::new()));
    }
}
