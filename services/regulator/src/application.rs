//! Putting the service together.

use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use theriac_client::{
    ClientSetupError, FollowerSettings, Generator, NodeClient, RequestSigner, TimeLimits,
};
use theriac_http::api_key::{ApiKeyError, ApiKeySettings, ApiKeys};
use theriac_http::clock::SystemClock;
use theriac_http::health::{Readiness, Version};
use theriac_http::keyfile::KeyFileError;
use theriac_http::metrics::{Metrics, MetricsError};
use theriac_http::server::{Program, ServeError, ServerSettings, serve};
use theriac_http::task::Supervisor;
use theriac_ledger::identifier::AccountId;
use theriac_partner::application::Application;
use theriac_partner::follow::{FollowSetup, Following, OpenError, open_read_model};
use theriac_partner::settings::SettingsError;
use theriac_records::{Database, DatabaseSettings};

use crate::config::Config;
use crate::routes;
use crate::state::{AppState, Follows, Standing};

/// Name of the program in metrics and in `/version`.
const PROGRAM: &str = "regulator";
/// Blocks behind at which the read model still counts as caught up: one may be on its way.
const LAG_READY_MAX: u64 = 2;

/// Why the service did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings do not make a service.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The request key does not open.
    #[error(transparent)]
    Key(#[from] KeyFileError),
    /// No HTTP client.
    #[error(transparent)]
    Client(#[from] ClientSetupError),
    /// The read model does not open.
    #[error("configuration section database")]
    ReadModel(#[from] OpenError),
    /// The configured API keys are refused.
    #[error("configuration section api_key")]
    ApiKeys(#[from] ApiKeyError),
    /// The metrics could not be registered.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
    /// The server did not start.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// Starts the service: follows the chain into its read model, and answers from it.
///
/// # Errors
///
/// [`StartError`], naming the file, key or address.
///
/// # Panics
///
/// Outside a tokio runtime.
pub async fn start(config: Config) -> Result<Application, StartError> {
    let ledger = config.ledger.load()?;
    let account = config.account.clone();
    // Opening an encrypted key takes a second of a core, on purpose.
    let key = tokio::task::spawn_blocking(move || account.open_key())
        .await
        .expect("opening a key does not panic")?;
    let chain = ledger.anchor.chain_id();
    let signer = RequestSigner::new(key, chain, SystemClock::shared(), Generator::system());
    let nodes = NodeClient::for_nodes(&ledger.nodes, TimeLimits::default(), Some(&signer))?;
    let database = DatabaseSettings::new(config.database.url.expose());
    let database = open_read_model(&database, &ledger.anchor, &ledger.records).await?;
    let supervisor = Supervisor::new();
    let setup = FollowSetup {
        db: database.clone(),
        anchor: &ledger.anchor,
        nodes,
        settings: FollowerSettings::default(),
    };
    let following = theriac_partner::follow::start(setup, &supervisor).await?;
    let service = Service {
        server: config.server,
        api_keys: config.api_key,
        database,
        follows: Arc::new(Followed(following)),
        account: config.account.id,
        node: ledger.nodes.first().map(ToString::to_string).unwrap_or_default(),
    };
    let application = serve_read_model(service, supervisor.clone()).inspect_err(|_| {
        supervisor.shutdown();
    })?;
    application.shutdown_on_signals();
    Ok(application)
}

/// What the service is made of, whatever keeps its read model up to date.
#[derive(Debug)]
pub struct Service {
    /// How it listens.
    pub server: ServerSettings,
    /// Who may ask.
    pub api_keys: Vec<ApiKeySettings>,
    /// The read model.
    pub database: Database,
    /// Where the read model stands.
    pub follows: Arc<dyn Follows>,
    /// The regulator's account.
    pub account: AccountId,
    /// The first node configured.
    pub node: String,
}

/// Serves answers from a read model.
///
/// # Errors
///
/// [`StartError`].
pub fn serve_read_model(
    service: Service,
    supervisor: Supervisor,
) -> Result<Application, StartError> {
    let version = env!("CARGO_PKG_VERSION");
    let program = Program {
        version: Version {
            program: PROGRAM.to_owned(),
            version: version.to_owned(),
        },
        readiness: Arc::new(Ready(Arc::clone(&service.follows))),
        metrics: Metrics::new(PROGRAM, version)?,
        api_keys: ApiKeys::new(service.api_keys)?,
    };
    let state = web::Data::new(AppState {
        database: service.database,
        follows: service.follows,
        account: service.account,
        node: service.node,
    });
    let server = serve(&service.server, program, &supervisor, move |config| {
        config.app_data(state.clone());
        routes::configure(config);
    })?;
    let deadline = Duration::from_millis(service.server.shutdown_timeout_ms);
    Ok(Application::new(&server, supervisor, deadline))
}

#[derive(Debug)]
struct Followed(Following);

impl Follows for Followed {
    fn standing(&self) -> Standing {
        let folded = self.0.folded();
        Standing {
            height: folded.height,
            time: folded.time,
            lag: self.0.lag_blocks(),
            is_connected: self.0.is_connected(),
        }
    }
}

#[derive(Debug)]
struct Ready(Arc<dyn Follows>);

impl Readiness for Ready {
    fn reasons_not_ready(&self) -> Vec<String> {
        let standing = self.0.standing();
        let mut reasons = Vec::new();
        if !standing.is_connected {
            reasons.push("no followed node answers".to_owned());
        }
        if standing.lag > LAG_READY_MAX {
            reasons.push(format!("catching up: {} blocks behind", standing.lag));
        }
        reasons
    }
}
