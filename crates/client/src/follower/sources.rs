//! Which node to ask next, and how long to wait before.

use std::time::Duration;

use tokio::time::Instant;

use super::FollowerSettings;
use crate::node_client::NodeClient;

/// Nodes in turn, with growing pauses and a bench for those that lied.
#[derive(Debug)]
pub(super) struct Sources {
    nodes: Vec<NodeClient>,
    benched_until: Vec<Option<Instant>>,
    current: usize,
    failures: u32,
    pause_min: Duration,
    pause_max: Duration,
    refused_for: Duration,
}

impl Sources {
    pub(super) fn new(nodes: Vec<NodeClient>, settings: &FollowerSettings) -> Self {
        Self {
            benched_until: vec![None; nodes.len()],
            nodes,
            current: 0,
            failures: 0,
            pause_min: settings.pause_min,
            pause_max: settings.pause_max,
            refused_for: settings.refused_for,
        }
    }

    pub(super) fn current(&self) -> Option<&NodeClient> {
        self.nodes.get(self.current)
    }

    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// Turns to the next node; answers how long to pause first.
    pub(super) fn failed(&mut self, is_refusal: bool, now: Instant) -> Duration {
        let count = self.nodes.len();
        if count == 0 {
            return self.pause_max;
        }
        if is_refusal {
            self.benched_until[self.current] = Some(now + self.refused_for);
        }
        self.failures = self.failures.saturating_add(1);
        let others = (1..=count).map(|step| (self.current + step) % count);
        let free = others
            .clone()
            .find(|&index| self.benched_until[index].is_none_or(|until| until <= now));
        let Some(free) = free else {
            // All were refused: ask them all the same, slowly, for one may have been repaired.
            self.current = (self.current + 1) % count;
            return self.pause_max;
        };
        self.current = free;
        let round = usize::try_from(self.failures).unwrap_or(usize::MAX);
        if !round.is_multiple_of(count) {
            return Duration::ZERO;
        }
        let doublings = u32::try_from(round / count - 1).unwrap_or(u32::MAX).min(16);
        self.pause_min
            .saturating_mul(1 << doublings)
            .min(self.pause_max)
    }
}
