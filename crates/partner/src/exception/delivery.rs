//! The task that brings our messages to partners' services, once the chain holds their digests.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use theriac_client::{NodeUrl, PartnerClient};
use theriac_http::clock::SharedClock;
use theriac_http::problem::chain;
use theriac_http::task::{Supervisor, TaskKind};
use theriac_ledger::identifier::{AccountId, Timestamp};
use theriac_records::repository::exceptions::{
    MessageRecord, list_undelivered, mark_delivered, mark_undelivered,
};
use theriac_records::repository::members::{find_account, find_organisation};
use theriac_records::{Database, StorageError};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::follow::Following;

/// Where messages are handed in.
pub const INBOX: &str = "/api/v1/exceptions/inbox";
/// Messages looked at together.
const PAGE: u64 = 64;
/// The pause after a message that was not taken; it doubles up to [`PAUSE_MAX`].
const PAUSE_MIN: Duration = Duration::from_secs(1);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_mins(1);

/// `[[partner]]`: where the service of an account answers, when it is not the address on record.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartnerSettings {
    /// The account, in hexadecimal.
    pub account: AccountId,
    /// Its service: `http://host:port`.
    pub address: String,
}

/// What the task works with.
#[derive(Debug)]
pub struct DeliverySetup {
    /// The service's database.
    pub db: Database,
    /// The account for which the service acts.
    pub account: AccountId,
    /// Addresses of the configuration.
    pub addresses: BTreeMap<AccountId, NodeUrl>,
    /// Tells when the chain holds more.
    pub following: Following,
    /// The time.
    pub clock: SharedClock,
    /// Speaks to partners.
    pub client: PartnerClient,
}

/// Starts the task. Without it messages wait, and nothing is lost.
pub fn start(setup: DeliverySetup, supervisor: &Supervisor) {
    let courier = Courier {
        setup,
        rests: BTreeMap::new(),
    };
    supervisor.spawn(
        "exception-messages",
        TaskKind::Critical,
        courier.run(supervisor.token()),
    );
}

struct Courier {
    setup: DeliverySetup,
    /// Addressees whose services did not take a message: until when they rest, and for how long then.
    rests: BTreeMap<AccountId, (Instant, Duration)>,
}

impl Courier {
    async fn run(mut self, token: CancellationToken) -> Result<(), StorageError> {
        let mut folded = self.setup.following.watch();
        loop {
            folded.borrow_and_update();
            if let Err(error) = self.deliver_all(&token).await {
                tracing::error!(error = %chain(&error), "messages about exceptions cannot be read");
            }
            let wake = self.next_wake();
            tokio::select! {
                () = token.cancelled() => return Ok(()),
                Ok(()) = folded.changed() => {}
                () = tokio::time::sleep_until(wake) => {}
            }
        }
    }

    fn next_wake(&self) -> Instant {
        let now = Instant::now();
        let latest = now + PAUSE_MAX;
        let waiting = self.rests.values().map(|(until, _)| *until);
        let first = waiting.filter(|until| *until > now).min();
        first.map_or(latest, |first| first.min(latest))
    }

    /// Delivers what can be delivered now, each addressee's messages in the order of the chain.
    async fn deliver_all(&mut self, token: &CancellationToken) -> Result<(), StorageError> {
        loop {
            let now = Instant::now();
            let resting: Vec<AccountId> = self
                .rests
                .iter()
                .filter(|(_, (until, _))| *until > now)
                .map(|(account, _)| *account)
                .collect();
            let setup = &self.setup;
            let waiting = list_undelivered(&setup.db, &setup.account, &resting, PAGE).await?;
            if waiting.is_empty() {
                return Ok(());
            }
            for message in waiting {
                let addressee = message.message.addressee;
                let rests = self.rests.get(&addressee);
                if rests.is_some_and(|(until, _)| *until > Instant::now()) {
                    continue;
                }
                let sent = tokio::select! {
                    () = token.cancelled() => return Ok(()),
                    sent = self.deliver(&message) => sent?,
                };
                self.note(&message, sent).await?;
            }
        }
    }

    async fn note(
        &mut self,
        message: &MessageRecord,
        sent: Result<(), String>,
    ) -> Result<(), StorageError> {
        let db = &self.setup.db;
        let (digest, addressee) = (&message.message.digest, message.message.addressee);
        match sent {
            Ok(()) => {
                self.rests.remove(&addressee);
                let now = Timestamp(self.setup.clock.now_ms());
                mark_delivered(db, now, digest).await
            }
            Err(trouble) => {
                let pause = self.rests.get(&addressee).map_or(PAUSE_MIN, |(_, pause)| {
                    pause.saturating_mul(2).min(PAUSE_MAX)
                });
                self.rests
                    .insert(addressee, (Instant::now() + pause, pause));
                mark_undelivered(db, digest, &trouble).await
            }
        }
    }

    async fn deliver(&self, message: &MessageRecord) -> Result<Result<(), String>, StorageError> {
        let addressee = &message.message.addressee;
        let Some(url) = self.address(addressee).await? else {
            let trouble = "the record names no address of the partner's service that is spoken \
                           here (http://host:port): add [[partner]] to the configuration";
            return Ok(Err(trouble.to_owned()));
        };
        let document = message.message.document.clone();
        let sent = self.setup.client.post(&url, INBOX, document).await;
        Ok(sent.map_err(|error| error.to_string()))
    }

    /// The configured address of an account's service, else the one on record of its organisation.
    async fn address(&self, account: &AccountId) -> Result<Option<NodeUrl>, StorageError> {
        if let Some(url) = self.setup.addresses.get(account) {
            return Ok(Some(url.clone()));
        }
        let db = &self.setup.db;
        let Some(account) = find_account(db, account).await? else {
            return Ok(None);
        };
        let organisation = find_organisation(db, &account.organisation).await?;
        Ok(organisation.and_then(|found| NodeUrl::parse(&found.service_address).ok()))
    }
}
