//! Which intents are being sent, which rest after a try that settled nothing, and for how long.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use theriac_client::submitter::Attempt;
use tokio::time::Instant;

/// Intents sent at the same time: a node's share of the pool for one account holds more.
const IN_FLIGHT_MAX: usize = 64;
/// The pause after a try that settled nothing; it doubles up to [`PAUSE_MAX`].
const PAUSE_MIN: Duration = Duration::from_millis(500);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// What is known of the intents that a try has begun for.
#[derive(Debug, Default)]
pub(super) struct Rests {
    /// Invariant after [`Rests::begin`]: what rests is open.
    known: BTreeMap<String, Rest>,
    in_flight: usize,
}

#[derive(Clone, Copy, Debug)]
struct Rest {
    /// `None` while it is being sent.
    until: Option<Instant>,
    pause: Duration,
    /// What is signed for it was sent, and no node took it.
    is_unseen: bool,
}

impl Rests {
    /// Whether another try may begin.
    pub(super) fn has_room(&self) -> bool {
        self.in_flight < IN_FLIGHT_MAX
    }

    /// Begins tries for open intents that neither rest nor are being sent, in their order; says for
    /// each whether a node may have what was signed for it before.
    pub(super) fn begin(&mut self, open: Vec<String>, now: Instant) -> Vec<(String, Attempt)> {
        // A block may settle what rests; nobody else would forget it.
        let is_open: BTreeSet<&String> = open.iter().collect();
        self.known
            .retain(|id, rest| rest.until.is_none() || is_open.contains(id));
        let room = IN_FLIGHT_MAX.saturating_sub(self.in_flight);
        let ready: Vec<String> = open
            .into_iter()
            .filter(|id| {
                let rest = self.known.get(id);
                rest.is_none_or(|rest| rest.until.is_some_and(|until| until <= now))
            })
            .take(room)
            .collect();
        self.in_flight += ready.len();
        ready.into_iter().map(|id| self.begin_one(id)).collect()
    }

    fn begin_one(&mut self, id: String) -> (String, Attempt) {
        let before = self.known.get(&id);
        let attempt = match before {
            Some(rest) if rest.is_unseen => Attempt::First,
            _ => Attempt::Again,
        };
        let rest = Rest {
            until: None,
            pause: before.map_or(PAUSE_MIN, |rest| rest.pause),
            is_unseen: false,
        };
        self.known.insert(id.clone(), rest);
        (id, attempt)
    }

    /// A try has settled its intent.
    pub(super) fn settle(&mut self, id: &str) {
        self.in_flight = self.in_flight.saturating_sub(1);
        self.known.remove(id);
    }

    /// A try has settled nothing: the intent rests.
    pub(super) fn rest(&mut self, id: String, now: Instant, is_unseen: bool) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let pause = self.known.get(&id).map_or(PAUSE_MIN, |rest| rest.pause);
        let rest = Rest {
            until: Some(now + pause),
            pause: (pause * 2).min(PAUSE_MAX),
            is_unseen,
        };
        self.known.insert(id, rest);
    }

    /// Whether an intent rests.
    pub(super) fn is_anything_resting(&self) -> bool {
        self.known.len() > self.in_flight
    }

    /// When the next rest is over. Without room there is nothing to wake for: a try that ends makes
    /// some.
    pub(super) fn next_wake(&self, now: Instant) -> Instant {
        let latest = now + PAUSE_MAX;
        if !self.has_room() {
            return latest;
        }
        let first = self.known.values().filter_map(|rest| rest.until).min();
        first.map_or(latest, |first| first.min(latest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(count: usize) -> Vec<String> {
        (0..count).map(|number| format!("{number:03}")).collect()
    }

    fn started(rests: &mut Rests, open: Vec<String>, now: Instant) -> Vec<String> {
        let begun = rests.begin(open, now);
        begun.into_iter().map(|(id, _)| id).collect()
    }

    #[test]
    fn an_intent_is_sent_once_at_a_time_and_again_after_its_rest() {
        let now = Instant::now();
        let mut rests = Rests::default();
        assert_eq!(started(&mut rests, ids(1), now), ids(1));
        assert!(started(&mut rests, ids(1), now).is_empty());
        rests.rest("000".to_owned(), now, false);
        assert!(started(&mut rests, ids(1), now).is_empty());
        assert_eq!(rests.next_wake(now), now + PAUSE_MIN);
        assert_eq!(started(&mut rests, ids(1), now + PAUSE_MIN), ids(1));
        rests.rest("000".to_owned(), now, false);
        assert_eq!(rests.next_wake(now), now + 2 * PAUSE_MIN);
    }

    #[test]
    fn an_intent_that_a_block_settles_while_it_rests_wakes_nobody() {
        let now = Instant::now();
        let mut rests = Rests::default();
        rests.begin(ids(1), now);
        rests.rest("000".to_owned(), now, false);
        let later = now + 2 * PAUSE_MAX;
        assert!(rests.begin(Vec::new(), later).is_empty());
        assert_eq!(rests.next_wake(later), later + PAUSE_MAX);
    }

    #[test]
    fn without_room_rests_that_are_over_wake_nobody() {
        let now = Instant::now();
        let mut rests = Rests::default();
        rests.begin(vec!["zzz".to_owned()], now);
        rests.rest("zzz".to_owned(), now, false);
        let mut open = ids(IN_FLIGHT_MAX + 3);
        open.push("zzz".to_owned());
        assert_eq!(started(&mut rests, open, now), ids(IN_FLIGHT_MAX));
        assert!(!rests.has_room());
        let later = now + PAUSE_MAX;
        assert_eq!(rests.next_wake(later), later + PAUSE_MAX);
        rests.settle("000");
        assert!(rests.next_wake(later) < later);
    }

    #[test]
    fn what_no_node_took_is_sent_as_new() {
        let now = Instant::now();
        let mut rests = Rests::default();
        assert_eq!(rests.begin(ids(1), now)[0].1, Attempt::Again);
        rests.rest("000".to_owned(), now, true);
        let later = now + PAUSE_MIN;
        assert_eq!(rests.begin(ids(1), later)[0].1, Attempt::First);
        rests.rest("000".to_owned(), later, false);
        assert_eq!(rests.begin(ids(1), later + PAUSE_MAX)[0].1, Attempt::Again);
    }
}
