//! Putting the service together.

use std::time::Duration;

use actix_web::web;
use theriac_http::clock::SystemClock;
use theriac_http::server::serve;
use theriac_http::task::Supervisor;
use theriac_partner::application::Application;
use theriac_partner::service::{Service, ServiceError, ServiceSetup};

use crate::config::Config;
use crate::routes;
use crate::state::AppState;

/// Starts the service: it listens when this returns, and ends at SIGINT and SIGTERM.
///
/// # Errors
///
/// [`ServiceError`], naming the setting or file.
pub async fn start(config: Config) -> Result<Application, ServiceError> {
    let supervisor = Supervisor::new();
    let application = serve_all(config, supervisor.clone()).await;
    if application.is_err() {
        supervisor.shutdown();
    }
    application
}

async fn serve_all(config: Config, supervisor: Supervisor) -> Result<Application, ServiceError> {
    let setup = ServiceSetup {
        name: "pharmacy",
        ledger: config.ledger,
        account: config.account,
        database: config.database,
        clock: SystemClock::shared(),
    };
    let service = Service::open(setup, &supervisor).await?;
    let program = service.program(config.api_key, env!("CARGO_PKG_VERSION"))?;
    let state = web::Data::new(AppState { service });
    let server = serve(&config.server, program, &supervisor, move |routes_config| {
        routes_config.app_data(state.clone());
        routes::configure(routes_config);
    })?;
    let deadline = Duration::from_millis(config.server.shutdown_timeout_ms);
    let application = Application::new(&server, supervisor, deadline);
    application.shutdown_on_signals();
    Ok(application)
}
