//! When the next height may begin.
//!
//! Idle, a chain that began each height at once would fill its disks with empty blocks. So the
//! beginning waits for work. The proposer begins as soon as a transaction waits; the others begin
//! when its proposal reaches them, or when their own pool has waited so long that the proposer
//! may be dead; and all begin at the heartbeat. Times are of a steady clock that begins anywhere.

use std::time::Duration;

/// How long a node that does not propose lets its transactions wait for the proposer: ten times
/// what it takes to hand them over.
const PATIENCE: Duration = Duration::from_millis(200);

/// What speaks for beginning a height.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signs {
    /// Whether nobody else's proposal is waited for: this node proposes first, or who does is absent.
    pub(super) waits_for_nobody: bool,
    /// Whether transactions wait here.
    pub(super) has_work: bool,
    /// Whether others have begun.
    pub(super) has_begun: bool,
}

/// A height that has not begun.
#[derive(Debug)]
pub(super) struct Hold {
    heartbeat: Duration,
    work_since: Option<Duration>,
}

impl Hold {
    /// Begins to wait at `now`, at most for `idle`.
    pub(super) fn new(now: Duration, idle: Duration) -> Self {
        Self {
            heartbeat: now + idle,
            work_since: None,
        }
    }

    /// When the height begins if nothing more happens; not later than `now` means at once.
    pub(super) fn due(&mut self, now: Duration, signs: Signs) -> Duration {
        if signs.has_begun || (signs.waits_for_nobody && signs.has_work) {
            return now;
        }
        if !signs.has_work {
            self.work_since = None;
            return self.heartbeat;
        }
        let since = *self.work_since.get_or_insert(now);
        self.heartbeat.min(since + PATIENCE)
    }

    /// Whether the proposer had its time, and did not begin with the transactions that wait here: it
    /// may lack them.
    pub(super) fn is_in_vain(&self, now: Duration, signs: Signs) -> bool {
        let is_for_others = signs.waits_for_nobody || signs.has_begun;
        let since = self.work_since.filter(|_| signs.has_work && !is_for_others);
        since.is_some_and(|since| since + PATIENCE <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::from_secs(5);
    const NOTHING: Signs = Signs {
        waits_for_nobody: false,
        has_work: false,
        has_begun: false,
    };

    #[test]
    fn without_work_a_height_begins_at_the_heartbeat() {
        let now = Duration::from_secs(7);
        let mut hold = Hold::new(now, IDLE);
        for waits_for_nobody in [false, true] {
            let signs = Signs {
                waits_for_nobody,
                ..NOTHING
            };
            assert_eq!(hold.due(now, signs), now + IDLE);
        }
    }

    #[test]
    fn the_proposer_begins_at_once_when_a_transaction_waits() {
        let now = Duration::from_secs(7);
        let signs = Signs {
            waits_for_nobody: true,
            has_work: true,
            ..NOTHING
        };
        assert_eq!(Hold::new(now, IDLE).due(now, signs), now);
    }

    #[test]
    fn the_others_give_the_proposer_time() {
        let now = Duration::from_secs(7);
        let later = now + Duration::from_millis(50);
        let mut hold = Hold::new(now, IDLE);
        let signs = Signs {
            has_work: true,
            ..NOTHING
        };
        assert_eq!(hold.due(now, signs), now + PATIENCE);
        assert_eq!(hold.due(later, signs), now + PATIENCE);
        assert_eq!(hold.due(later, NOTHING), now + IDLE);
        assert_eq!(hold.due(later, signs), later + PATIENCE);
    }

    #[test]
    fn a_proposer_that_had_its_time_may_lack_what_waits() {
        let now = Duration::from_secs(7);
        let signs = Signs {
            has_work: true,
            ..NOTHING
        };
        let mut hold = Hold::new(now, IDLE);
        assert!(!hold.is_in_vain(now + IDLE, signs));
        hold.due(now, signs);
        assert!(!hold.is_in_vain(now + PATIENCE / 2, signs));
        let later = now + PATIENCE;
        assert!(hold.is_in_vain(later, signs));
        for settled in [
            NOTHING,
            Signs {
                has_begun: true,
                ..signs
            },
            Signs {
                waits_for_nobody: true,
                ..signs
            },
        ] {
            assert!(!hold.is_in_vain(later, settled));
        }
    }

    #[test]
    fn a_height_begins_when_others_have_begun_it() {
        let now = Duration::from_secs(7);
        let signs = Signs {
            has_begun: true,
            ..NOTHING
        };
        assert_eq!(Hold::new(now, IDLE).due(now, signs), now);
    }
}
