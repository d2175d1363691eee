//! Documents at which a fault of our own stopped us: the others are not kept waiting for them.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::pace::{Rest, longer};

/// The pause after the first fault; it doubles up to [`PAUSE_MAX`].
const PAUSE_MIN: Duration = Duration::from_secs(5);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_mins(10);

/// When each is tried again.
#[derive(Debug, Default)]
pub(super) struct Faulty {
    rests: BTreeMap<String, Rest>,
}

impl Faulty {
    /// Whether a document is to be worked on now.
    pub(super) fn is_due(&self, id: &str, now: Instant) -> bool {
        self.rests.get(id).is_none_or(|(until, _)| *until <= now)
    }

    /// A document was worked on without a fault.
    pub(super) fn went_well(&mut self, id: &str) {
        self.rests.remove(id);
    }

    /// It was not.
    pub(super) fn failed(&mut self, id: String, now: Instant) {
        let rest = longer(self.rests.get(&id), now, (PAUSE_MIN, PAUSE_MAX));
        self.rests.insert(id, rest);
    }

    /// When the first of them is to be tried again.
    pub(super) fn next(&self) -> Option<Instant> {
        self.rests.values().map(|(until, _)| *until).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_at_which_we_fail_rests_longer_each_time_and_holds_no_other_up() {
        let now = Instant::now();
        let mut faulty = Faulty::default();
        assert_eq!(faulty.next(), None);
        faulty.failed("a".to_owned(), now);
        assert!(!faulty.is_due("a", now));
        assert!(faulty.is_due("b", now));
        assert_eq!(faulty.next(), Some(now + PAUSE_MIN));
        let later = now + PAUSE_MIN;
        assert!(faulty.is_due("a", later));
        faulty.failed("a".to_owned(), later);
        assert_eq!(faulty.next(), Some(later + 2 * PAUSE_MIN));
        for _ in 0..20 {
            faulty.failed("a".to_owned(), later);
        }
        assert_eq!(faulty.next(), Some(later + PAUSE_MAX));
        faulty.went_well("a");
        assert!(faulty.is_due("a", now));
        assert_eq!(faulty.next(), None);
    }
}
