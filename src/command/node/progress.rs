//! How far a long command is, on standard error, once a second.

use std::time::Duration;

use theriac_http::clock::Stopwatch;
use theriac_node::snapshot;

use crate::output;

const EVERY: Duration = Duration::from_secs(1);

/// Says now and then how far it is.
pub(super) struct Progress {
    what: &'static str,
    watch: Stopwatch,
    next: Duration,
}

impl Progress {
    pub(super) fn new(what: &'static str) -> Self {
        Self {
            what,
            watch: Stopwatch::start(),
            next: EVERY,
        }
    }

    pub(super) fn bytes(&mut self, bytes: u64) {
        self.say(|| format!("{} MB", megabytes(bytes)));
    }

    pub(super) fn state(&mut self, read: snapshot::Progress) {
        self.say(|| {
            format!(
                "{} MB: {} packs, {} records, {} blocks",
                megabytes(read.bytes),
                read.packs,
                read.records,
                read.blocks
            )
        });
    }

    fn say(&mut self, text: impl FnOnce() -> String) {
        let now = self.watch.elapsed();
        if now >= self.next {
            self.next = now + EVERY;
            output::note(&format!("theriac: {} … {}", self.what, text()));
        }
    }
}

fn megabytes(bytes: u64) -> u64 {
    bytes / 1_000_000
}
