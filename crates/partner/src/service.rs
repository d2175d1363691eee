//! What stands behind every trading partner's service: its key, its read model, its outbox.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use theriac_client::node_client::ClientSetupError;
use theriac_client::submitter::Submitter;
use theriac_client::{
    FollowerSettings, Generator, NodeClient, NodeUrl, PartnerClient, RequestSigner, TimeLimits,
};
use theriac_http::api_key::ApiKeyError;
use theriac_http::clock::SharedClock;
use theriac_http::documentation::Documentation;
use theriac_http::health::{Readiness, Version};
use theriac_http::identity::Identify;
use theriac_http::metrics::{Metrics, MetricsError};
use theriac_http::problem::{Problem, ProblemCode};
use theriac_http::server::{Program, ServeError};
use theriac_http::task::Supervisor;
use theriac_http::witness::Witness;
use theriac_ledger::identifier::AccountId;
use theriac_records::{Database, DatabaseSettings as RecordsSettings, StorageError};
use theriac_signer::SharedSigner;
use tokio_util::sync::CancellationToken;
use utoipa::ToSchema;

use crate::answer::IntentAnswer;
use crate::capture::Captures;
use crate::draft::{ApprovalSettings, Drafts};
use crate::exception::delivery::{self, DeliverySetup, PartnerSettings};
use crate::follow::{self, FollowSetup, Following, OpenError, open_read_model};
use crate::id::new_id;
use crate::news::{News, NewsSetup};
use crate::operation::Desk;
use crate::outbox::{Outbox, OutboxSetup};
use crate::people::SignInSettingsError;
use crate::settings::{
    AccountSettings, DatabaseSettings, Ledger, LedgerSettings, SettingsError, partner_addresses,
};
use crate::standing::organisation_of;
use crate::webhook::WebhookSettingsError;

mod changes;
mod write;

pub use changes::Changes;

/// Blocks that a read model may be behind and still serve.
const LAG_BLOCKS_MAX: u64 = 100;
/// Characters of an intent's id: a UUID.
const INTENT_CHARS: usize = 36;

/// Why a service did not open.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A setting is wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The system gives no HTTP client.
    #[error("no HTTP client can be made")]
    Client(#[from] ClientSetupError),
    /// The read model does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The read model fails.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// How people sign in is refused.
    #[error(transparent)]
    SignIn(#[from] SignInSettingsError),
    /// How webhooks are sent is refused.
    #[error(transparent)]
    Webhooks(#[from] WebhookSettingsError),
    /// The configured API keys are refused.
    #[error("configuration section api_key")]
    ApiKeys(#[from] ApiKeyError),
    /// The metrics could not be registered.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// The server did not start.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// The key acts for another account, or for none.
    #[error(
        "the key {key} is not registered for account {account}: check account.id and the key of its section; if it is to be, have the change put into force first"
    )]
    KeyNotRegistered {
        /// Public half of the key.
        key: String,
        /// The account of the configuration.
        account: AccountId,
    },
    /// It was to end before it was ready.
    #[error("the service was stopped before it knew its account")]
    Stopped,
}

/// What a service is made of.
#[derive(Debug)]
pub struct ServiceSetup {
    /// Its name: `manufacturer`.
    pub name: &'static str,
    /// `[ledger]`.
    pub ledger: LedgerSettings,
    /// `[account]`.
    pub account: AccountSettings,
    /// `[database]`.
    pub database: DatabaseSettings,
    /// `[[partner]]`.
    pub partners: Vec<PartnerSettings>,
    /// `[approval]`.
    pub approval: ApprovalSettings,
    /// The time.
    pub clock: SharedClock,
}

/// Who knows the callers of a service, and who keeps what they wrote.
#[derive(Clone, Debug)]
pub struct Callers {
    /// Knows them.
    pub identify: Arc<dyn Identify>,
    /// Keeps the audit trail.
    pub witness: Arc<dyn Witness>,
    /// What they are told of the interface.
    pub documentation: Documentation,
}

/// A trading partner's service, without its HTTP interface. Clones share it.
#[derive(Clone, Debug)]
pub struct Service {
    name: &'static str,
    desk: Desk,
    outbox: Outbox,
    following: Following,
    captures: Captures,
    drafts: Drafts,
    generator: Generator,
    token: CancellationToken,
    node: String,
}

/// Where a service stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatusAnswer {
    /// Its name.
    #[schema(example = "manufacturer")]
    pub service: String,
    /// Legal name of its organisation.
    pub organisation: String,
    /// Its account.
    pub account: String,
    /// Height of the last block in its read model.
    pub height: u64,
    /// The first node of its configuration.
    pub node: String,
    /// Blocks that the node has and the read model not yet.
    pub lag: u64,
    /// Intents that are not settled.
    pub open_intents: u64,
}

impl Service {
    /// Tells those who wait that something beside intents and blocks has changed.
    pub(crate) fn announce(&self) {
        self.outbox.announce();
    }

    /// Opens key and read model, and starts the tasks that follow and send.
    ///
    /// # Errors
    ///
    /// [`ServiceError`].
    pub async fn open(setup: ServiceSetup, supervisor: &Supervisor) -> Result<Self, ServiceError> {
        let ledger = setup.ledger.load()?;
        let account = setup.account.id;
        let partners = partner_addresses(&setup.partners)?;
        let key = setup.account.open_key(ledger.anchor.chain_id()).await?;
        let public = key.public_key();
        let clock = setup.clock;
        let generator = Generator::system();
        let settings = RecordsSettings::new(setup.database.url.expose());
        let db = open_read_model(&settings, &ledger.anchor, &ledger.records).await?;
        let (submitter, following) =
            connect(&ledger, key, &db, &generator, &clock, supervisor).await?;
        let token = supervisor.token();
        let organisation = organisation_of(&db, &public, account, &following, &token).await?;
        let outbox = Outbox::start(
            OutboxSetup {
                db: db.clone(),
                account,
                submitter,
                following: following.clone(),
                generator: generator.clone(),
                clock: Arc::clone(&clock),
            },
            supervisor,
        );
        let desk = Desk {
            database: db,
            account,
            organisation,
            clock,
        };
        let captures = Captures::start(
            desk.clone(),
            outbox.clone(),
            generator.clone(),
            &following,
            supervisor,
        );
        let node = ledger.nodes.first().map(ToString::to_string);
        let service = Self {
            name: setup.name,
            desk,
            outbox,
            following,
            captures,
            drafts: Drafts::new(setup.approval),
            generator,
            token,
            node: node.unwrap_or_default(),
        };
        service.deliver_to(partners, supervisor)
    }

    /// Starts the task that brings messages to partners' services.
    fn deliver_to(
        self,
        addresses: BTreeMap<AccountId, NodeUrl>,
        supervisor: &Supervisor,
    ) -> Result<Self, ServiceError> {
        let setup = DeliverySetup {
            db: self.desk.database.clone(),
            account: self.desk.account,
            addresses,
            following: self.following.clone(),
            clock: Arc::clone(&self.desk.clock),
            client: PartnerClient::new()?,
        };
        delivery::start(setup, supervisor);
        Ok(self)
    }

    /// The last block in the read model.
    pub fn folded(&self) -> crate::follow::Folded {
        self.following.folded()
    }

    /// Starts gathering news.
    pub(crate) fn start_news(&self, supervisor: &Supervisor) -> News {
        let setup = NewsSetup {
            db: self.desk.database.clone(),
            account: self.desk.account,
            following: &self.following,
            outbox: &self.outbox,
            clock: Arc::clone(&self.desk.clock),
            generator: Generator::system(),
        };
        News::start(setup, supervisor)
    }

    /// Where requests are planned.
    pub fn desk(&self) -> &Desk {
        &self.desk
    }

    /// What keeps requests for a second person.
    pub fn drafts(&self) -> Drafts {
        self.drafts.clone()
    }

    /// A new id: a UUID.
    pub fn new_id(&self) -> String {
        new_id(&self.generator)
    }

    /// What captures documents of events.
    pub fn captures(&self) -> &Captures {
        &self.captures
    }

    /// Rings when anything changes that the service knows: a block, an intent, the end of the service.
    pub fn watch(&self) -> Changes {
        Changes {
            folded: self.following.watch(),
            intents: self.outbox.watch(),
            token: self.token.clone(),
        }
    }

    /// The program that the HTTP server shows.
    ///
    /// # Errors
    ///
    /// [`ServiceError`] when a metric is refused.
    pub fn program(&self, callers: Callers, version: &str) -> Result<Program, ServiceError> {
        Ok(Program {
            version: Version {
                program: self.name.to_owned(),
                version: version.to_owned(),
            },
            readiness: Arc::new(self.clone()),
            metrics: Metrics::new(self.name, version)?,
            identify: callers.identify,
            witness: Some(callers.witness),
            documentation: Some(callers.documentation),
        })
    }

    /// Where an intent stands.
    ///
    /// # Errors
    ///
    /// A problem `not_found` where there is none.
    pub async fn intent(&self, id: &str) -> Result<IntentAnswer, Problem> {
        let unknown = || Problem::new(ProblemCode::NotFound, "no intent has this id");
        if id.len() != INTENT_CHARS {
            return Err(unknown());
        }
        let found = self.outbox.find(id).await?.ok_or_else(unknown)?;
        Ok(found.into())
    }

    /// Where the service stands.
    ///
    /// # Errors
    ///
    /// A problem when the database fails.
    pub async fn status(&self) -> Result<StatusAnswer, Problem> {
        let organisation = self.desk.own_organisation().await?;
        Ok(StatusAnswer {
            service: self.name.to_owned(),
            organisation: organisation.legal_name,
            account: self.desk.account.to_string(),
            height: self.following.height(),
            node: self.node.clone(),
            lag: self.following.lag_blocks(),
            open_intents: self.outbox.count_open().await?,
        })
    }
}

/// What signs and sends to the nodes, and what follows them into the read model.
async fn connect(
    ledger: &Ledger,
    key: SharedSigner,
    db: &Database,
    generator: &Generator,
    clock: &SharedClock,
    supervisor: &Supervisor,
) -> Result<(Arc<Submitter>, Following), ServiceError> {
    let signer = RequestSigner::new(
        key.clone(),
        ledger.anchor.chain_id(),
        Arc::clone(clock),
        generator.clone(),
    );
    let nodes = NodeClient::for_nodes(&ledger.nodes, TimeLimits::default(), Some(&signer))?;
    let submitter = Arc::new(Submitter::new(
        nodes.clone(),
        &ledger.anchor,
        key,
        generator.clone(),
        Arc::clone(clock),
    ));
    let setup = FollowSetup {
        db: db.clone(),
        anchor: &ledger.anchor,
        nodes,
        settings: FollowerSettings::default(),
        submitter: Arc::clone(&submitter),
    };
    let following = follow::start(setup, supervisor).await?;
    Ok((submitter, following))
}

impl Readiness for Service {
    fn reasons_not_ready(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        if !self.following.is_connected() {
            reasons.push("no node answers".to_owned());
        }
        let lag = self.following.lag_blocks();
        if lag > LAG_BLOCKS_MAX {
            reasons.push(format!("the read model is {lag} blocks behind"));
        }
        reasons
    }
}
