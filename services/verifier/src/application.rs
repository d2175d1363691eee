//! Putting the service together.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;
use theriac_client::{
    ClientSetupError, FollowerSettings, Generator, NodeClient, RequestSigner, TimeLimits,
};
use theriac_http::api_key::{ApiKeyError, ApiKeys};
use theriac_http::clock::{SharedClock, SystemClock};
use theriac_http::documentation::Documentation;
use theriac_http::health::{Readiness, Version};
use theriac_http::metrics::{Metrics, MetricsError};
use theriac_http::server::{Program, ServeError, ServerSettings, serve};
use theriac_http::task::Supervisor;
use theriac_ledger::genesis::Anchor;
use theriac_node::genesis::Genesis;
use theriac_node::replica::{Replica, ReplicaConfig, ReplicaError};
use theriac_partner::application::Application;
use theriac_partner::settings::SettingsError;

use crate::config::{Config, KeySettings};
use crate::openapi::openapi;
use crate::replica::ReplicaView;
use crate::routes;
use crate::state::AppState;
use crate::view::SharedView;

/// Name of the program in metrics and in `/version`.
const PROGRAM: &str = "verifier";

/// Why the verifier did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings do not make a service.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// No HTTP client.
    #[error(transparent)]
    Client(#[from] ClientSetupError),
    /// The copy of the ledger does not open.
    #[error("the replica of the ledger does not start")]
    Replica(#[from] ReplicaError),
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

/// Starts a verifier: opens its copy of the ledger, follows the chain, and answers.
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
    let clock = SystemClock::shared();
    let anchor = Arc::new(ledger.anchor.clone());
    let chain = anchor.chain_id();
    let key = config.account.open_key(chain).await?;
    let signer = RequestSigner::new(key, chain, clock.clone(), Generator::system());
    let nodes = NodeClient::for_nodes(&ledger.nodes, TimeLimits::default(), Some(&signer))?;
    let supervisor = Supervisor::new();
    let replica = ReplicaConfig {
        data_dir: config.replica.data_dir,
        genesis: Genesis {
            anchor: ledger.anchor,
            records: ledger.records,
        },
        nodes,
        follower: FollowerSettings::default(),
    };
    let replica = Replica::start(replica, &supervisor)?;
    let service = Service {
        server: config.server,
        api_keys: config.api_key,
        view: Arc::new(ReplicaView::new(replica.store().clone())),
        anchor: anchor.clone(),
        readiness: Arc::new(replica),
        clock,
        stale_after_ms: config.replica.stale_after_ms,
    };
    let application = serve_view(service, supervisor.clone()).inspect_err(|_| {
        supervisor.shutdown();
    })?;
    application.shutdown_on_signals();
    Ok(application)
}

/// What a verifier is made of, whatever keeps its view of the ledger up to date.
#[derive(Debug)]
pub struct Service {
    /// How it listens.
    pub server: ServerSettings,
    /// Callers who learn reasons.
    pub api_keys: Vec<KeySettings>,
    /// Committed state.
    pub view: SharedView,
    /// Whether that state is worth answering from.
    pub readiness: Arc<dyn Readiness>,
    /// The time.
    pub clock: SharedClock,
    /// Age of the state, in milliseconds, from which no good answer is given.
    pub stale_after_ms: u64,
    /// The public half of genesis, for whoever checks the evidence of an answer.
    pub anchor: Arc<Anchor>,
}

/// Serves answers from a view of the ledger.
///
/// # Errors
///
/// [`StartError`].
pub fn serve_view(service: Service, supervisor: Supervisor) -> Result<Application, StartError> {
    let keys = service.api_keys.iter().map(KeySettings::common).collect();
    let accounts: BTreeMap<_, _> = service
        .api_keys
        .iter()
        .filter_map(|key| Some((key.name.clone(), key.account?)))
        .collect();
    let version = env!("CARGO_PKG_VERSION");
    let program = Program {
        version: Version {
            program: PROGRAM.to_owned(),
            version: version.to_owned(),
        },
        readiness: service.readiness,
        metrics: Metrics::new(PROGRAM, version)?,
        identify: Arc::new(ApiKeys::new(keys)?),
        witness: None,
        documentation: Some(Documentation::new(&openapi(), &[])),
    };
    let state = web::Data::new(AppState::new(
        service.view,
        service.clock,
        service.stale_after_ms,
        accounts,
        service.anchor,
    ));
    let server = serve(&service.server, program, &supervisor, move |config| {
        config.app_data(state.clone());
        routes::configure(config);
    })?;
    let deadline = Duration::from_millis(service.server.shutdown_timeout_ms);
    Ok(Application::new(&server, supervisor, deadline))
}
