//! The task that sends what is due.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream;
use theriac_http::problem::chain;
use theriac_ledger::identifier::Timestamp;
use theriac_records::StorageError;
use theriac_records::repository::deliveries::{self, Attempted, DeliveryRecord, DeliveryState};
use theriac_records::repository::webhooks::{WebhookRecord, find_webhook};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Shared, check_url, key_of, signed_digest};

/// Deliveries that are sent at once: a receiver that does not answer holds one of these for ten seconds.
const AT_ONCE: usize = 8;
/// Deliveries that are read at once.
const PAGE: u64 = 64;
/// How long nothing is looked for while nothing is due and nothing is heard.
const REST: Duration = Duration::from_mins(1);

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

    /// Sends until the shutdown.
    pub(super) async fn run(mut self) -> Result<(), StorageError> {
        let token = self.token.clone();
        loop {
            self.news.borrow_and_update();
            let rest = tokio::select! {
                () = token.cancelled() => return Ok(()),
                rest = self.send_due() => rest,
            };
            let rest = rest.unwrap_or_else(|error| {
                tracing::warn!(error = %chain(&error), "deliveries of webhooks cannot be read");
                REST
            });
            tokio::select! {
                () = token.cancelled() => return Ok(()),
                () = self.shared.bell.notified() => {}
                Ok(()) = self.news.changed() => {}
                () = tokio::time::sleep(rest) => {}
            }
        }
    }

    /// Sends what is due; gives the time until more is.
    async fn send_due(&self) -> Result<Duration, StorageError> {
        let shared = &self.shared;
        loop {
            let due = deliveries::list_due(&shared.db, shared.now(), PAGE).await?;
            if due.is_empty() {
                let next = deliveries::next_due(&shared.db).await?;
                let now = shared.now().0;
                return Ok(next.map_or(REST, |next| {
                    Duration::from_millis(next.0.saturating_sub(now).max(1)).min(REST)
                }));
            }
            let sent = stream::iter(due).map(|delivery| attempt(shared, delivery));
            let mut sent = sent.buffer_unordered(AT_ONCE);
            while let Some(outcome) = sent.next().await {
                outcome?;
            }
        }
    }
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
    let request = shared
        .client
        .post(url)
        .header("Content-Type", "application/json")
        .header("Theriac-Delivery", &delivery.id)
        .header("Theriac-Time", time_ms.to_string())
        .header("Theriac-Attempt", attempt.to_string())
        .header("Theriac-Signature", signature.to_string())
        .body(delivery.body.clone());
    let response = request.send().await.map_err(|error| chain(&error))?;
    Ok(response.status().as_u16())
}
