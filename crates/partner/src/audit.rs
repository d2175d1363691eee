//! The audit trail of a service: who wrote what, when, from where, and how it ended.
//!
//! A write that stores intents keeps its row in the same database transaction
//! ([`crate::outbox`]); everything else that writes is kept here before it is answered, refusals
//! among it. No row holds a body or a secret, and none is ever changed
//! ([`theriac_records::repository::audit`]).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::LocalBoxFuture;
use theriac_http::clock::SharedClock;
use theriac_http::description::operations;
use theriac_http::problem::Problem;
use theriac_http::witness::{Origin, Seen, Witness};
use theriac_ledger::identifier::Timestamp;
use theriac_records::Database;
use theriac_records::repository::audit::{AuditEntry, append};
use utoipa::openapi::OpenApi;

use crate::operation::storage_problem;

/// Refused requests of unknown callers that are kept at once, and how fast more are: nobody fills the
/// disk from outside.
const STRANGERS_BURST: u64 = 120;
const STRANGERS_EVERY_MS: u64 = 1_000;

/// Keeps the trail of a service. Clones share it.
#[derive(Clone, Debug)]
pub struct Trail {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    db: Database,
    clock: SharedClock,
    /// What each method and route does, in words.
    meanings: BTreeMap<(&'static str, String), String>,
    strangers: Mutex<Strangers>,
}

#[derive(Debug, Default)]
struct Strangers {
    /// When all that was kept is forgotten.
    free_at_ms: u64,
    /// Refusals that were not kept one by one.
    omitted: u64,
}

impl Trail {
    /// The trail of the service whose interface is described so.
    pub fn new(db: Database, clock: SharedClock, interface: &OpenApi) -> Self {
        Self {
            shared: Arc::new(Shared {
                db,
                clock,
                meanings: meanings(interface),
                strangers: Mutex::default(),
            }),
        }
    }

    fn entry(&self, seen: Seen, omitted: u64) -> AuditEntry {
        let route = (seen.origin.method.as_str(), seen.origin.route.as_str());
        let known = self.shared.meanings.iter();
        let described = known
            .map(|((method, pattern), words)| ((*method, pattern.as_str()), words))
            .find(|(key, _)| *key == route);
        let mut meaning = match (seen.meaning, described) {
            (Some(meaning), _) => meaning,
            (None, Some((_, words))) => words.clone(),
            (None, None) => "nothing that is described".to_owned(),
        };
        if omitted > 0 {
            let more = format!(" (before it {omitted} refused requests of unknown callers)");
            meaning.push_str(&more);
        }
        entry_of(
            &seen.origin,
            Timestamp(self.shared.clock.now_ms()),
            meaning,
            seen.status,
        )
    }

    /// Whether a refused request of an unknown caller is kept, and how many before it were not.
    fn admit_stranger(&self) -> Option<u64> {
        let now_ms = self.shared.clock.now_ms();
        let mut strangers = self
            .shared
            .strangers
            .lock()
            // Every critical section leaves the count whole, so a poisoned lock is still good.
            .unwrap_or_else(PoisonError::into_inner);
        let free_at_ms = strangers.free_at_ms.max(now_ms) + STRANGERS_EVERY_MS;
        if free_at_ms - now_ms > STRANGERS_BURST * STRANGERS_EVERY_MS {
            strangers.omitted = strangers.omitted.saturating_add(1);
            return None;
        }
        strangers.free_at_ms = free_at_ms;
        Some(std::mem::take(&mut strangers.omitted))
    }
}

impl Witness for Trail {
    fn record(&self, seen: Seen) -> LocalBoxFuture<'_, Result<(), Problem>> {
        Box::pin(async move {
            // Kept with its intents; how those ended is said again only where they were refused.
            if seen.is_kept && seen.status < 300 {
                return Ok(());
            }
            let is_stranger = !seen.is_known && seen.status >= 400;
            let omitted = match is_stranger.then(|| self.admit_stranger()) {
                Some(None) => return Ok(()),
                Some(Some(omitted)) => omitted,
                None => 0,
            };
            let entry = self.entry(seen, omitted);
            append(&self.shared.db, &entry)
                .await
                .map_err(|error| storage_problem(&error))
        })
    }
}

/// The row of a request.
pub(crate) fn entry_of(origin: &Origin, at: Timestamp, meaning: String, status: u16) -> AuditEntry {
    AuditEntry {
        at,
        who: origin.who.clone(),
        address: origin.address.to_string(),
        method: origin.method.clone(),
        route: origin.route.clone(),
        meaning,
        intents: Vec::new(),
        request_id: origin.request_id.clone(),
        status,
    }
}

fn meanings(interface: &OpenApi) -> BTreeMap<(&'static str, String), String> {
    let mut meanings = BTreeMap::new();
    for (method, path, operation) in operations(interface) {
        if let Some(summary) = &operation.summary {
            let words = summary.trim_end_matches('.').to_owned();
            meanings.insert((method, path.to_owned()), words);
        }
    }
    meanings
}
