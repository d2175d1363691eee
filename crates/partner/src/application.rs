//! A service as a program: how it is put together, where it listens, and how it ends.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web::{self, ServiceConfig};
use theriac_client::Generator;
use theriac_http::api_key::ApiKeys;
use theriac_http::clock::SystemClock;
use theriac_http::documentation::Documentation;
use theriac_http::server::{RunningServer, serve};
use theriac_http::task::{Supervisor, TaskFailure};
use utoipa::openapi::OpenApi;

use crate::audit::Trail;
use crate::config::Config;
use crate::label::LinkBase;
use crate::people::{People, PeopleSetup};
use crate::routes::configure_people;
use crate::routes::events::stream::Streams;
use crate::row_texts::ROW_TEXTS;
use crate::rule_texts::RULE_TEXTS;
use crate::service::{Callers, Service, ServiceError, ServiceSetup};
use crate::webhook::{Webhooks, WebhooksSetup};

/// The time that tasks get to end after the server has answered its last request.
const TASKS_DEADLINE: Duration = Duration::from_secs(5);

/// A running service.
#[derive(Clone, Debug)]
pub struct Application {
    address: SocketAddr,
    supervisor: Supervisor,
    deadline: Duration,
}

impl Application {
    /// The service behind `server`, whose tasks `supervisor` watches. `server_deadline` is the time
    /// that requests have to end.
    pub fn new(server: &RunningServer, supervisor: Supervisor, server_deadline: Duration) -> Self {
        Self {
            address: *server
                .addresses
                .first()
                .expect("a server that was bound has an address"),
            supervisor,
            deadline: server_deadline.saturating_add(TASKS_DEADLINE),
        }
    }

    /// Where it listens; the real port when port 0 was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Begins the shutdown. Calling it again changes nothing.
    pub fn shutdown(&self) {
        self.supervisor.shutdown();
    }

    /// Begins the shutdown when the process gets SIGINT or SIGTERM.
    pub fn shutdown_on_signals(&self) {
        self.supervisor.shutdown_on_signals();
    }

    /// Runs until the shutdown, or until a task dies that the service cannot live without.
    ///
    /// # Errors
    ///
    /// The failure that brought the service down, or the tasks that did not end in time.
    pub async fn stopped(self) -> Result<(), TaskFailure> {
        self.supervisor.run_until_stopped(self.deadline).await
    }
}

/// Starts a trading partner's service: it listens when this returns, and ends at SIGINT and
/// SIGTERM. `interface` describes it; `routes` gets the service when it is open and gives what adds its addresses in each
/// worker; handlers find the [`Service`] among their data.
///
/// # Errors
///
/// [`ServiceError`], naming the setting or file.
pub async fn start<R>(
    name: &'static str,
    config: Config,
    interface: OpenApi,
    routes: impl FnOnce(&Service) -> R,
) -> Result<Application, ServiceError>
where
    R: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    let supervisor = Supervisor::new();
    let application = open(name, config, interface, routes, supervisor.clone()).await;
    if application.is_err() {
        supervisor.shutdown();
    }
    application
}

async fn open<R>(
    name: &'static str,
    config: Config,
    interface: OpenApi,
    routes: impl FnOnce(&Service) -> R,
    supervisor: Supervisor,
) -> Result<Application, ServiceError>
where
    R: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    config.digital_link.check()?;
    let setup = ServiceSetup {
        name,
        ledger: config.ledger,
        account: config.account,
        database: config.database,
        partners: config.partner,
        approval: config.approval,
        clock: SystemClock::shared(),
    };
    let service = Service::open(setup, &supervisor).await?;
    let people = People::new(PeopleSetup {
        service: name,
        db: service.desk().database.clone(),
        clock: SystemClock::shared(),
        generator: Generator::system(),
        keys: ApiKeys::new(config.api_key)?,
        settings: config.sign_in,
    })?;
    let trail = Trail::new(
        service.desk().database.clone(),
        SystemClock::shared(),
        &interface,
    );
    let callers = Callers {
        identify: Arc::new(people.clone()),
        witness: Arc::new(trail),
        documentation: Documentation::new(&interface, &RULE_TEXTS).with_rows(&ROW_TEXTS),
    };
    let news = service.start_news(&supervisor);
    let hooks = WebhooksSetup {
        db: service.desk().database.clone(),
        clock: SystemClock::shared(),
        generator: Generator::system(),
        settings: config.webhooks,
    };
    let webhooks = web::Data::new(Webhooks::start(hooks, &news, &supervisor)?);
    let (news, streams) = (web::Data::new(news), web::Data::new(Streams::default()));
    let program = service.program(callers, env!("CARGO_PKG_VERSION"))?;
    let routes = routes(&service);
    let service = web::Data::new(service);
    let people = web::Data::new(people);
    let link_base = web::Data::new(LinkBase(config.digital_link.base));
    let server = serve(&config.server, program, &supervisor, move |routing| {
        routing.app_data(service.clone());
        routing.app_data(link_base.clone());
        routing.app_data(people.clone());
        routing.app_data(webhooks.clone());
        routing.app_data(news.clone());
        routing.app_data(streams.clone());
        configure_people(routing);
        routes(routing);
    })?;
    let deadline = Duration::from_millis(config.server.shutdown_timeout_ms);
    let application = Application::new(&server, supervisor, deadline);
    application.shutdown_on_signals();
    Ok(application)
}
