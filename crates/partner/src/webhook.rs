//! Webhooks: news that are sent to other programs, signed, until they are taken.
//!
//! A delivery is stored with its news before it is sent. It carries its id, the time at which it is
//! sent, the number of the attempt, and a signature over
//! `digest("webhook-delivery", id ‖ "." ‖ time ‖ "." ‖ body)` with the webhook's own Ed25519 key, whose
//! public half the answer that made the webhook shows. docs/webhooks.md has an example that checks it.

use std::sync::Arc;

use theriac_client::Generator;
use theriac_crypto::{Digest, Digester, SigningKey};
use theriac_http::clock::SharedClock;
use theriac_http::problem::{Problem, ProblemCode, RowError};
use theriac_http::task::{Supervisor, TaskKind};
use theriac_ledger::identifier::Timestamp;
use theriac_records::Database;
use theriac_records::repository::deliveries::{self, DeliveryRecord};
use theriac_records::repository::news::NewsKind;
use theriac_records::repository::webhooks::{self, WebhookRecord};
use tokio::sync::Notify;

use crate::id::new_id;
use crate::news::News;
use crate::operation::storage_problem;

mod guard;
mod post;
mod sender;
mod settings;

pub use guard::is_internal;
pub use post::PosterError;
pub use settings::{WebhookSettings, WebhookSettingsError};

use guard::check_url;
use post::Poster;
use sender::Sender;

/// The webhooks of a service. Clones share them.
#[derive(Clone, Debug)]
pub struct Webhooks {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    db: Database,
    clock: SharedClock,
    generator: Generator,
    settings: WebhookSettings,
    poster: Poster,
    /// Rung when something may be due.
    bell: Notify,
}

/// What webhooks work with.
#[derive(Debug)]
pub struct WebhooksSetup {
    /// The service's database.
    pub db: Database,
    /// The time.
    pub clock: SharedClock,
    /// Ids, keys and jitter.
    pub generator: Generator,
    /// `[webhooks]`.
    pub settings: WebhookSettings,
}

/// A webhook to be made.
#[derive(Debug)]
pub struct NewWebhook<'n> {
    /// Where its deliveries go.
    pub url: &'n str,
    /// Of what it is told.
    pub kinds: &'n [NewsKind],
    /// Who makes it.
    pub created_by: &'n str,
}

/// What a signature of a delivery is over.
pub fn signed_digest(id: &str, time_ms: u64, body: &str) -> Digest {
    Digester::new("webhook-delivery")
        .chain(id.as_bytes())
        .chain(b".")
        .chain(time_ms.to_string().as_bytes())
        .chain(b".")
        .chain(body.as_bytes())
        .finish()
}

impl Webhooks {
    /// Starts the task that sends.
    ///
    /// # Errors
    ///
    /// [`WebhookSettingsError`].
    pub fn start(
        setup: WebhooksSetup,
        news: &News,
        supervisor: &Supervisor,
    ) -> Result<Self, WebhookSettingsError> {
        setup.settings.check()?;
        let poster = Poster::new(&setup.settings).map_err(WebhookSettingsError::Client)?;
        let shared = Arc::new(Shared {
            db: setup.db,
            clock: setup.clock,
            generator: setup.generator,
            settings: setup.settings,
            poster,
            bell: Notify::new(),
        });
        let sender = Sender::new(Arc::clone(&shared), news.watch(), supervisor.token());
        supervisor.spawn("webhooks", TaskKind::Auxiliary, sender.run());
        Ok(Self { shared })
    }

    /// Makes a webhook with a key of its own.
    ///
    /// # Errors
    ///
    /// A problem that names each wrong field, or that there are too many.
    pub async fn add(&self, new: NewWebhook<'_>) -> Result<WebhookRecord, Problem> {
        let mut wrong = Vec::new();
        if let Err(error) = check_url(new.url, self.shared.settings.allow_internal) {
            wrong.push(RowError::new("url", error.code(), error.to_string()));
        }
        if new.kinds.is_empty() {
            let detail = "a webhook that is told of nothing is of no use";
            wrong.push(RowError::new("kinds", "kinds_missing", detail));
        }
        if !wrong.is_empty() {
            let problem = Problem::new(ProblemCode::InvalidInput, "a field is not as it must be")
                .with_hint("errors names each field and what it must be; nothing was kept");
            return Err(problem.with_errors(wrong));
        }
        let mut kinds = new.kinds.to_vec();
        kinds.sort();
        kinds.dedup();
        let record = WebhookRecord {
            id: new_id(&self.shared.generator),
            url: new.url.to_owned(),
            kinds,
            seed: self.shared.generator.bytes(),
            created_by: new.created_by.to_owned(),
            created_at: self.shared.now(),
        };
        webhooks::insert_webhook(&self.shared.db, &record)
            .await
            .map_err(|error| storage_problem(&error))?;
        Ok(record)
    }

    /// Removes a webhook: nothing is sent to it any more.
    ///
    /// # Errors
    ///
    /// A problem where there is none with the id.
    pub async fn remove(&self, id: &str) -> Result<(), Problem> {
        let removed = webhooks::remove_webhook(&self.shared.db, id, self.shared.now())
            .await
            .map_err(|error| storage_problem(&error))?;
        if removed { Ok(()) } else { Err(unknown()) }
    }

    /// Webhooks by id, after one.
    ///
    /// # Errors
    ///
    /// A problem when the database fails.
    pub async fn list(
        &self,
        after: Option<&str>,
        limit: u64,
    ) -> Result<Vec<WebhookRecord>, Problem> {
        webhooks::list_webhooks(&self.shared.db, after, limit)
            .await
            .map_err(|error| storage_problem(&error))
    }

    /// Deliveries of a webhook before one, the newest first.
    ///
    /// # Errors
    ///
    /// A problem where there is no such webhook.
    pub async fn deliveries(
        &self,
        id: &str,
        before: Option<u64>,
        limit: u64,
    ) -> Result<Vec<DeliveryRecord>, Problem> {
        let db = &self.shared.db;
        let found = webhooks::find_webhook(db, id).await;
        if found.map_err(|error| storage_problem(&error))?.is_none() {
            return Err(unknown());
        }
        deliveries::list_deliveries(db, id, before, limit)
            .await
            .map_err(|error| storage_problem(&error))
    }

    /// Sends a delivery again, with the same id.
    ///
    /// # Errors
    ///
    /// A problem where the webhook or the delivery is not there.
    pub async fn replay(&self, id: &str, delivery: &str) -> Result<(), Problem> {
        let db = &self.shared.db;
        let found = webhooks::find_webhook(db, id).await;
        if found.map_err(|error| storage_problem(&error))?.is_none() {
            return Err(unknown());
        }
        let is_there = deliveries::replay(db, id, delivery, self.shared.now())
            .await
            .map_err(|error| storage_problem(&error))?;
        if !is_there {
            return Err(Problem::new(
                ProblemCode::NotFound,
                "the webhook has no delivery with this id",
            )
            .with_hint("deliveries are kept for thirty days"));
        }
        self.shared.bell.notify_one();
        Ok(())
    }
}

impl Shared {
    fn now(&self) -> Timestamp {
        Timestamp(self.clock.now_ms())
    }
}

/// The key that signs what a webhook gets.
pub fn key_of(webhook: &WebhookRecord) -> SigningKey {
    SigningKey::from_seed(&webhook.seed)
}

fn unknown() -> Problem {
    Problem::new(ProblemCode::NotFound, "no webhook has this id")
}
