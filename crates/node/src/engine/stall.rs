//! Notices that the chain goes on elsewhere while the engine hears of nothing. The others speak no more to
//! a validator that was removed while it was away, and it knows only the set that it was a member of.

use std::time::Duration;

use theriac_ledger::identifier::Height;
use tokio::time::Instant;

/// How long others may have a block that the engine does not get. Those who speak to each other need well
/// under a second; a node that asks over HTTP meanwhile does not vote.
const LIMIT: Duration = Duration::from_secs(10);

/// Since when the others have a block that the engine does not get.
#[derive(Debug)]
pub(super) struct Stall {
    height: Height,
    since: Option<Instant>,
}

impl Stall {
    pub(super) fn new(height: Height) -> Self {
        Self {
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
            *self = Self::new(height);
        }
        if elsewhere <= height {
            return false;
        }
        let since = *self.since.get_or_insert(now);
        now.duration_since(since) >= LIMIT
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[tokio::test]
    async fn an_engine_that_gets_nothing_while_others_go_on_is_left_behind() {
        let start = Instant::now();
        let mut stall = Stall::new(7);
        assert!(!stall.is_left_behind(7, 9, start));
        assert!(!stall.is_left_behind(7, 12, start + 9 * SECOND));
        assert!(stall.is_left_behind(7, 12, start + LIMIT));
    }

    #[tokio::test]
    async fn an_engine_that_gets_any_block_is_not_left_behind() {
        let start = Instant::now();
        let mut stall = Stall::new(7);
        assert!(!stall.is_left_behind(7, 900, start));
        assert!(!stall.is_left_behind(8, 900, start + LIMIT));
        assert!(!stall.is_left_behind(8, 900, start + LIMIT + 9 * SECOND));
        assert!(stall.is_left_behind(8, 900, start + 2 * LIMIT));
    }

    #[tokio::test]
    async fn an_engine_is_not_left_behind_while_nobody_has_more_however_long_that_is() {
        let start = Instant::now();
        let mut stall = Stall::new(7);
        assert!(!stall.is_left_behind(7, 7, start));
        assert!(!stall.is_left_behind(7, 7, start + 100 * LIMIT));
        assert!(!stall.is_left_behind(7, 8, start + 100 * LIMIT));
    }
}
