//! Putting the service together.

use std::time::Duration;

use actix_web::web;
use theriac_http::api_key::ApiKeySettings;
use theriac_http::clock::SystemClock;
use theriac_http::server::{Program, ServerSettings, serve};
use theriac_http::task::Supervisor;
use theriac_partner::application::Application;
use theriac_partner::service::{Service, ServiceError, ServiceSetup};
use theriac_records::Database;

use crate::config::Config;
use crate::routes;
use crate::state::ReadModel;

/// Starts the service: it listens when this returns, and ends at SIGINT and SIGTERM.
///
/// # Errors
///
/// [`ServiceError`], naming the setting or file.
pub async fn start(config: Config) -> Result<Application, ServiceError> {
    let supervisor = Supervisor::new();
    let application = open(config, supervisor.clone()).await;
    if application.is_err() {
        supervisor.shutdown();
    }
    application
}

async fn open(config: Config, supervisor: Supervisor) -> Result<Application, ServiceError> {
    let setup = ServiceSetup {
        name: "regulator",
        ledger: config.ledger,
        account: config.account,
        database: config.database,
        clock: SystemClock::shared(),
    };
    let service = Service::open(setup, &supervisor).await?;
    let model = web::Data::new(ReadModel {
        database: service.desk().database.clone(),
    });
    let api_keys: Vec<ApiKeySettings> = config.api_key;
    let program = service.program(api_keys, env!("CARGO_PKG_VERSION"))?;
    let service = web::Data::new(service);
    let server = serve(&config.server, program, &supervisor, move |routing| {
        routing.app_data(model.clone()).app_data(service.clone());
        routes::configure_reading(routing);
        routes::configure_acting(routing);
    })?;
    Ok(running(&config.server, &server, supervisor))
}

/// Serves provenance from a read model that something else keeps up to date.
///
/// # Errors
///
/// [`ServiceError::Serve`].
pub fn serve_read_model(
    settings: &ServerSettings,
    program: Program,
    database: Database,
    supervisor: Supervisor,
) -> Result<Application, ServiceError> {
    let model = web::Data::new(ReadModel { database });
    let server = serve(settings, program, &supervisor, move |routing| {
        routing.app_data(model.clone());
        routes::configure_reading(routing);
    })?;
    Ok(running(settings, &server, supervisor))
}

fn running(
    settings: &ServerSettings,
    server: &theriac_http::server::RunningServer,
    supervisor: Supervisor,
) -> Application {
    let deadline = Duration::from_millis(settings.shutdown_timeout_ms);
    let application = Application::new(server, supervisor, deadline);
    application.shutdown_on_signals();
    application
}
