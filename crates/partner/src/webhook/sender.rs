//! The task that sends what is due.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::{self, FuturesUnordered};
use theriac_http::problem::chain;
use theriac_ledger::identifier::Timestamp;
use theriac_records::StorageError;
use theriac_records::repository::deliveries::{self, Attempted, DeliveryRecord, DeliveryState};
use theriac_records::repository::webhooks::{WebhookRecord, find_webhook};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Shared, check_url, key_of, signed_digest};

/// Deliveries to one webhook that are sent at once: a receiver that does not answer holds these for ten
/// seconds, and none of another webhook.
const AT_ONCE: usize = 4;
/// Deliveries to one webhook that are read at once.
const PAGE: u64 = 16;
/// How long nothing is looked for while nothing is due and nothing is heard.
const REST: Duration = Duration::from_mins(1);
/// How long nothing is sent after a fault of the database.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) struct Sender {
    shared: Arc<Shared>,
    news: watch::Receiver<u64>,
    token: CancellationToken,
}

impl Sender {
    pub(super) fn new(
        shared: Arc<Shared>,
        news: watch::Receiver<u64>,
        token: CancellationToken,
    ) -> Self {
        Self {
            shared,
            news,
            token,
        }
    }

    /// Sends until the shutdown: to each webhook what is due for it, whatever the others do.
    pub(super) async fn run(mut self) -> Result<(), StorageError> {
        let mut lanes = FuturesUnordered::new();
        let mut busy = HashSet::new();
        loop {
            self.news.borrow_and_update();
            let found = self.find_due(&busy).await;
            let (due, rest) = found.unwrap_or_else(|error| {
                tracing::warn!(error = %chain(&error), "deliveries of webhooks cannot be read");
                (Vec::new(), PAUSE)
            });
            for webhook in due {
                busy.insert(webhook.clone());
                lanes.push(lane(Arc::clone(&self.shared), webhook));
            }
            tokio::select! {
                () = self.token.cancelled() => return Ok(()),
                Some(webhook) = lanes.next() => {
                    busy.remove(&webhook);
                }
                () = self.shared.bell.notified() => {}
                Ok(()) = self.news.changed() => {}
                () = tokio::time::sleep(rest) => {}
            }
        }
    }

    /// Webhooks for which something is due and nothing is being sent, and the time until more is.
    async fn find_due(
        &self,
        busy: &HashSet<String>,
    ) -> Result<(Vec<String>, Duration), StorageError> {
        let mut waiting = deliveries::list_waiting(&self.shared.db).await?;
        waiting.retain(|(webhook, _)| !busy.contains(webhook));
        let now = self.shared.now();
        let (due, later): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|(_, next)| *next <= now);
        let waits = later.iter().map(|(_, next)| next.0.saturating_sub(now.0));
        let rest = waits.min().map_or(REST, Duration::from_millis).min(REST);
        Ok((due.into_iter().map(|(webhook, _)| webhook).collect(), rest))
    }
}

/// Sends to one webhook what is due, a page of it; gives the webhook back.
async fn lane(shared: Arc<Shared>, webhook: String) -> String {
    if let Err(error) = send_due(&shared, &webhook).await {
        tracing::warn!(webhook, error = %chain(&error), "deliveries of a webhook cannot be kept");
        // Not at once: it would be the same again.
        tokio::time::sleep(PAUSE).await;
    }
    webhook
}

async fn send_due(shared: &Shared, webhook: &str) -> Result<(), StorageError> {
    let due = deliveries::list_due(&shared.db, webhook, shared.now(), PAGE).await?;
    let sent = stream::iter(due).map(|delivery| attempt(shared, delivery));
    let mut sent = sent.buffer_unordered(AT_ONCE);
    while let Some(outcome) = sent.next().await {
        outcome?;
    }
    Ok(())
}

async fn attempt(shared: &Shared, delivery: DeliveryRecord) -> Result<(), StorageError> {
    let Some(webhook) = find_webhook(&shared.db, &delivery.webhook).await? else {
        return Ok(());
    };
    let attempts = delivery.attempts.saturating_add(1);
    let (status, error) = match send(shared, &webhook, &delivery, attempts).await {
        Ok(status) if (200..300).contains(&status) => (Some(status), None),
        Ok(status) => (
            Some(status),
            Some(format!("the receiver answered {status}")),
        ),
        Err(error) => (None, Some(error)),
    };
    let now = shared.now();
    let state = match &error {
        None => DeliveryState::Delivered,
        Some(_) if attempts >= shared.settings.attempts_max => DeliveryState::Dead,
        Some(_) => DeliveryState::Pending,
    };
    if state == DeliveryState::Dead {
        tracing::warn!(
            webhook = webhook.id,
            delivery = delivery.id,
            "a delivery is given up"
        );
    }
    let [chance] = shared.generator.bytes::<1>();
    let wait_ms = shared.settings.wait_ms(attempts, chance);
    let attempted = Attempted {
        state,
        next_at: Timestamp(now.0.saturating_add(wait_ms)),
        status,
        error,
    };
    deliveries::note_attempt(&shared.db, &delivery.id, now, &attempted).await
}

async fn send(
    shared: &Shared,
    webhook: &WebhookRecord,
    delivery: &DeliveryRecord,
    attempt: u32,
) -> Result<u16, String> {
    // The configuration may have changed since the webhook was made.
    let url = check_url(&webhook.url, shared.settings.allow_internal);
    let url = url.map_err(|error| error.to_string())?;
    let time_ms = shared.now().0;
    let digest = signed_digest(&delivery.id, time_ms, &delivery.body);
    let signature = key_of(webhook).sign(&digest);
    let headers = [
        ("Theriac-Delivery", delivery.id.clone()),
        ("Theriac-Time", time_ms.to_string()),
        ("Theriac-Attempt", attempt.to_string()),
        ("Theriac-Signature", signature.to_string()),
    ];
    let body = delivery.body.clone();
    let posted = shared.poster.post(url.as_str(), &headers, body).await;
    posted.map_err(|error| chain(&error))
}
