//! The task that brings our messages to partners' services, once the chain holds their digests.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use theriac_client::{NodeUrl, NotTaken, PartnerClient};
use theriac_crypto::Digest;
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
use crate::pace::{Rest, changed, longer};

/// Where messages are handed in.
pub const INBOX: &str = "/api/v1/exceptions/inbox";
/// Messages looked at together.
const PAGE: u64 = 64;
/// The pause after a message that was not taken; it doubles up to [`PAUSE_MAX`].
const PAUSE_MIN: Duration = Duration::from_secs(1);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_mins(1);
/// The longest pause of a case of which the addressee refuses a message: only a change of its service can help.
const REFUSED_MAX: Duration = Duration::from_hours(1);

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
        cases: BTreeMap::new(),
    };
    supervisor.spawn(
        "exception-messages",
        TaskKind::Critical,
        courier.run(supervisor.token()),
    );
}

struct Courier {
    setup: DeliverySetup,
    /// Addressees whose services take nothing now.
    rests: BTreeMap<AccountId, Rest>,
    /// Cases of which the addressee does not take a message: the order within a case is kept, and the addressee's other
    /// cases have nothing to do with it.
    cases: BTreeMap<(AccountId, Digest), Rest>,
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
                () = changed(&mut folded) => {}
                () = tokio::time::sleep_until(wake) => {}
            }
        }
    }

    fn next_wake(&self) -> Instant {
        let now = Instant::now();
        let latest = now + PAUSE_MAX;
        let waiting = self.rests.values().chain(self.cases.values());
        let first = waiting
            .map(|(until, _)| *until)
            .filter(|until| *until > now)
            .min();
        first.map_or(latest, |first| first.min(latest))
    }

    /// Delivers what can be delivered now, the messages of each case in the order of the chain.
    async fn deliver_all(&mut self, token: &CancellationToken) -> Result<(), StorageError> {
        let now = Instant::now();
        let resting: Vec<AccountId> = self
            .rests
            .iter()
            .filter(|(_, (until, _))| *until > now)
            .map(|(account, _)| *account)
            .collect();
        let mut after = None;
        loop {
            let setup = &self.setup;
            let waiting =
                list_undelivered(&setup.db, &setup.account, &resting, after, PAGE).await?;
            let Some(last) = waiting.last() else {
                return Ok(());
            };
            after = last.anchored.map(|(place, _)| place);
            for message in waiting {
                if self.rests(&message) {
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

    fn rests(&self, message: &MessageRecord) -> bool {
        let now = Instant::now();
        let addressee = message.message.addressee;
        let of_case = self.cases.get(&(addressee, message.message.case));
        let rests = [self.rests.get(&addressee), of_case];
        rests.into_iter().flatten().any(|(until, _)| *until > now)
    }

    async fn note(
        &mut self,
        message: &MessageRecord,
        sent: Result<(), NotTaken>,
    ) -> Result<(), StorageError> {
        let db = &self.setup.db;
        let (digest, addressee) = (&message.message.digest, message.message.addressee);
        let case = (addressee, message.message.case);
        let now = Instant::now();
        // Whatever it answers, it is there.
        if !matches!(sent, Err(NotTaken::Away(_))) {
            self.rests.remove(&addressee);
        }
        match &sent {
            Ok(()) => {
                self.cases.remove(&case);
                let at = Timestamp(self.setup.clock.now_ms());
                return mark_delivered(db, at, digest).await;
            }
            Err(NotTaken::Away(_)) => {
                let rest = longer(self.rests.get(&addressee), now, (PAUSE_MIN, PAUSE_MAX));
                self.rests.insert(addressee, rest);
            }
            Err(NotTaken::TooEarly(_)) => {
                let rest = longer(self.cases.get(&case), now, (PAUSE_MIN, PAUSE_MAX));
                self.cases.insert(case, rest);
            }
            Err(NotTaken::Refused(_)) => {
                let rest = longer(self.cases.get(&case), now, (PAUSE_MAX, REFUSED_MAX));
                self.cases.insert(case, rest);
            }
        }
        let trouble = sent
            .err()
            .map_or_else(String::new, |error| error.to_string());
        mark_undelivered(db, digest, &trouble).await
    }

    async fn deliver(&self, message: &MessageRecord) -> Result<Result<(), NotTaken>, StorageError> {
        let addressee = &message.message.addressee;
        let Some(url) = self.address(addressee).await? else {
            let trouble = "the record names no address of the partner's service that is spoken \
                           here (http://host:port): add [[partner]] to the configuration";
            return Ok(Err(NotTaken::Away(trouble.to_owned())));
        };
        let document = message.message.document.clone();
        Ok(self.setup.client.post(&url, INBOX, document).await)
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
