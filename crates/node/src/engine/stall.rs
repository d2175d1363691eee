//! Notices that the chain goes on elsewhere while the engine hears of nothing. The others speak no more to
//! a validator that was removed while it was away, and it knows only the set that it was a member of.

use std::time::Duration;

use theriac_ledger::identifier::Height;
use tokio::time::Instant;

/// How long others may have a block that the engine does not get. Those who speak to each other need well
/// under a second; a node that asks over HTTP meanwhile does not vote.
pub(super) const LIMIT: Duration = Duration::from_secs(10);

/// The longest that it becomes, where asking over HTTP brought nothing.
const LIMIT_MAX: Duration = Duration::from_mins(10);

/// The limit after one that was reached in vain: whoever claims heights, or answers no requests, must not
/// keep a validator from voting again and again.
pub(super) fn longer(limit: Duration) -> Duration {
    limit.saturating_mul(2).min(LIMIT_MAX)
}

/// Since when the others have a block that the engine does not get.
#[derive(Debug)]
pub(super) struct Stall {
    limit: Duration,
    height: Height,
    since: Option<Instant>,
}

impl Stall {
    pub(super) fn new(limit: Duration, height: Height) -> Self {
        Self {
            limit,
            height,
            since: None,
        }
    }

    /// Whether the engine is left behind, by the node's own height and the one that is credible elsewhere.
    pub(super) fn is_left_behind(
        &mut self,
        height: Height,
        elsewhere: Height,
        now: Instant,
    ) -> bool {
        if height != self.height || elsewhere <= height {
            *self = Self::new(self.limit, height);
        }
        if elsewhere <= height {
            return false;
        }
        let since = *self.since.get_or_insert(now);
        now.duration_since(since) >= self.limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test]
    async fn an_engine_that_gets_nothing_while_others_go_on_is_left_behind() {
        let start = Instant::now();
        let mut stall = Stall::new(LIMIT, 7);
        assert!(!stall.is_left_behind(7, 9, start));
        assert!(!stall.is_left_behind(7, 12, start + 9 * SECOND));
        assert!(stall.is_left_behind(7, 12, start + LIMIT));
    }

    #[tokio::test]
    async fn an_engine_that_gets_any_block_is_not_left_behind() {
        let start = Instant::now();
        let mut stall = Stall::new(LIMIT, 7);
        assert!(!stall.is_left_behind(7, 900, start));
        assert!(!stall.is_left_behind(8, 900, start + LIMIT));
        assert!(!stall.is_left_behind(8, 900, start + LIMIT + 9 * SECOND));
        assert!(stall.is_left_behind(8, 900, start + 2 * LIMIT));
    }

    #[tokio::test]
    async fn an_engine_is_not_left_behind_while_nobody_has_more_however_long_that_is() {
        let start = Instant::now();
        let mut stall = Stall::new(LIMIT, 7);
        assert!(!stall.is_left_behind(7, 7, start));
        assert!(!stall.is_left_behind(7, 7, start + 100 * LIMIT));
        assert!(!stall.is_left_behind(7, 8, start + 100 * LIMIT));
    }

    #[test]
    fn a_limit_that_was_reached_in_vain_doubles_up_to_ten_minutes() {
        assert_eq!(longer(LIMIT), 2 * LIMIT);
        let many = (0..20).fold(LIMIT, |limit, _| longer(limit));
        assert_eq!(many, LIMIT_MAX);
    }
}
