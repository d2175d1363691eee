//! The server every program starts: all layers in one order, one graceful end.

mod settings;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServerHandle, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::web::ServiceConfig;
use actix_web::{App, Error, HttpMessage, HttpServer, web};
use tracing_actix_web::TracingLogger;

pub use settings::{ServerSettings, SettingsError};

use crate::client_address::{ClientAddress, client_address};
use crate::documentation::Documentation;
use crate::health::{self, Readiness, Version};
use crate::identity::{Caller, Identify, Presented, refused};
use crate::metrics::{self, Metrics};
use crate::problem::{
    Problem, ProblemCode, check_address, default_service, path_config, query_config,
};
use crate::rate_limit::RateLimit;
use crate::request_id::{RequestSpan, finish};
use crate::signed_request::RequestVerifier;
use crate::task::{Supervisor, TaskKind};
use crate::witness::{Note, Origin, Witness, origin_of_write};

/// Addresses that probes use: they are neither limited by rate nor refused for a wrong API key.
const PROBES: [&str; 4] = ["/healthz", "/readyz", "/version", "/metrics"];

/// What a program brings to its server.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its name and version.
    pub version: Version,
    /// Whether it can do its work.
    pub readiness: Arc<dyn Readiness>,
    /// Its metrics.
    pub metrics: Metrics,
    /// Knows its callers; `ApiKeys::default()` where requests are signed.
    pub identify: Arc<dyn Identify>,
    /// Keeps the audit trail, where there is one.
    pub witness: Option<Arc<dyn Witness>>,
    /// What it says of its interface, where that is for callers of its own.
    pub documentation: Option<Documentation>,
}

/// A server that accepts requests. It ends with its [`Supervisor`].
#[derive(Clone, Debug)]
pub struct RunningServer {
    /// Where it listens; the real port when port 0 was asked for.
    pub addresses: Vec<SocketAddr>,
    /// Stops this server alone.
    pub handle: ServerHandle,
}

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A setting is out of bounds.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The address cannot be bound.
    #[error("cannot listen on {address}; choose another address or stop the program that uses it")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Starts a server with every layer and the given routes, supervised as the critical task `http`.
///
/// `routes` is called once in each worker. It may add `web::Data` and services; JSON, form, query
/// and path errors, unknown addresses and foreign errors are problems without its doing.
///
/// # Errors
///
/// [`ServeError`] when a setting is out of bounds or the address is taken.
pub fn serve<F>(
    settings: &ServerSettings,
    program: Program,
    supervisor: &Supervisor,
    routes: F,
) -> Result<RunningServer, ServeError>
where
    F: Fn(&mut ServiceConfig) + Clone + Send + 'static,
{
    settings.check()?;
    let layers = Layers::new(settings, program);
    let server = HttpServer::new(move || {
        let layers = layers.clone();
        let gate = layers.clone();
        let deadline = layers.request_timeout;
        let measured = layers.program.metrics.clone();
        App::new()
            .configure(|config| layers.configure(config))
            .configure(routes.clone())
            .default_service(default_service())
            .wrap(from_fn(move |request: ServiceRequest, next: Next<_>| {
                limit_time(deadline, request, next)
            }))
            .wrap(from_fn(move |request: ServiceRequest, next: Next<_>| {
                admit(gate.clone(), request, next)
            }))
            .wrap(from_fn(move |request: ServiceRequest, next: Next<_>| {
                metrics::measure(measured.clone(), request, next)
            }))
            .wrap(from_fn(finish))
            .wrap(TracingLogger::<RequestSpan>::new())
    })
    .workers(settings.workers)
    .worker_max_blocking_threads(settings.blocking_threads)
    .max_connections(settings.connections_max)
    // A stream's small events must not wait for the reader's delayed acknowledgement (40 ms).
    .tcp_nodelay(true)
    .keep_alive(Duration::from_millis(settings.keep_alive_ms))
    .client_request_timeout(Duration::from_millis(settings.header_timeout_ms))
    .client_disconnect_timeout(Duration::from_millis(settings.header_timeout_ms))
    .shutdown_timeout(settings.shutdown_timeout_ms.div_ceil(1_000))
    .disable_signals()
    .bind(settings.listen)
    .map_err(|source| ServeError::Bind {
        address: settings.listen,
        source,
    })?;
    let addresses = server.addrs();
    let server = server.run();
    let handle = server.handle();
    supervise(supervisor, server, handle.clone());
    tracing::info!(?addresses, "listening on {addresses:?}");
    Ok(RunningServer { addresses, handle })
}

fn supervise(supervisor: &Supervisor, server: actix_web::dev::Server, handle: ServerHandle) {
    let token = supervisor.token();
    supervisor.spawn("http", TaskKind::Critical, async move {
        let stop = async {
            token.cancelled().await;
            handle.stop(true).await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            ended = server => ended,
            () = stop => Ok(()),
        }
    });
}

#[derive(Clone)]
struct Layers {
    program: Program,
    readiness: web::Data<Arc<dyn Readiness>>,
    version: web::Data<Version>,
    metrics: web::Data<Metrics>,
    rate_limit: RateLimit,
    trusted_proxies: Arc<[std::net::IpAddr]>,
    body_limit_bytes: usize,
    request_timeout: Duration,
}

impl Layers {
    fn new(settings: &ServerSettings, program: Program) -> Self {
        Self {
            readiness: web::Data::new(Arc::clone(&program.readiness)),
            version: web::Data::new(program.version.clone()),
            metrics: web::Data::new(program.metrics.clone()),
            rate_limit: RateLimit::new(&settings.rate_limit),
            trusted_proxies: settings.trusted_proxies.clone().into(),
            body_limit_bytes: settings.body_limit_bytes,
            request_timeout: Duration::from_millis(settings.request_timeout_ms),
            program,
        }
    }

    fn configure(&self, config: &mut ServiceConfig) {
        config
            .app_data(web::PayloadConfig::new(self.body_limit_bytes))
            .app_data(query_config())
            .app_data(path_config())
            .app_data(self.readiness.clone())
            .app_data(self.version.clone())
            .app_data(self.metrics.clone())
            .route("/healthz", web::get().to(health::get_healthz))
            .route("/readyz", web::get().to(health::get_readyz))
            .route("/version", web::get().to(health::get_version))
            .route("/metrics", web::get().to(metrics::get_metrics));
        if let Some(documentation) = &self.program.documentation {
            documentation.configure(config);
        }
    }
}

/// The gate: who calls, and may they call now. A wrong API key is refused even where none is
/// needed, so that its user learns of it.
async fn admit<B: MessageBody + 'static>(
    layers: Layers,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<actix_web::body::EitherBody<B>>, Error> {
    if PROBES.contains(&request.path()) {
        return Ok(next.call(request).await?.map_into_left_body());
    }
    let address = client_address(
        request.peer_addr(),
        request.headers(),
        &layers.trusted_proxies,
    );
    let presented = Presented {
        method: request.method(),
        headers: request.headers(),
    };
    let identified = layers.program.identify.identify(presented).await;
    let (caller, refusal) = match identified {
        Ok(Caller::Refused) => (Caller::Refused, Some(refused())),
        Ok(caller) => (caller, check_address(request.uri()).err()),
        Err(problem) => (Caller::Anonymous, Some(problem)),
    };
    let member = request
        .app_data::<web::Data<RequestVerifier>>()
        .and_then(|verifier| verifier.claimed_member(request.headers()));
    let counted = match &member {
        Some(member) => layers.rate_limit.check_member(member, address),
        None => layers.rate_limit.check(&caller, address),
    };
    if let Err(problem) = counted {
        return Ok(request.error_response(problem).map_into_right_body());
    }
    let watch = Watch::begin(&layers, &request, &caller, address);
    if let Some(problem) = refusal {
        let problem = watch
            .end(problem.code().status().as_u16())
            .await
            .err()
            .unwrap_or(problem);
        return Ok(request.error_response(problem).map_into_right_body());
    }
    request.extensions_mut().insert(caller);
    request.extensions_mut().insert(ClientAddress(address));
    let outcome = next.call(request).await;
    let status = match &outcome {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    };
    let kept = watch.end(status.as_u16()).await;
    let response = outcome?;
    Ok(match kept {
        Ok(()) => response.map_into_left_body(),
        Err(problem) => response.error_response(problem).map_into_right_body(),
    })
}

/// What the audit trail is told of a request; nothing of one that only reads.
struct Watch(Option<Watched>);

struct Watched {
    witness: Arc<dyn Witness>,
    origin: Origin,
    is_known: bool,
    note: Note,
}

impl Watch {
    fn begin(
        layers: &Layers,
        request: &ServiceRequest,
        caller: &Caller,
        address: std::net::IpAddr,
    ) -> Self {
        let Some(witness) = layers.program.witness.clone() else {
            return Self(None);
        };
        let Some(mut origin) = origin_of_write(request, address) else {
            return Self(None);
        };
        if let Caller::Known(user) = caller {
            origin.who.clone_from(&user.name);
        }
        let note = Note::default();
        request.extensions_mut().insert(note.clone());
        Self(Some(Watched {
            witness,
            origin,
            is_known: matches!(caller, Caller::Known(_)),
            note,
        }))
    }

    async fn end(self, status: u16) -> Result<(), Problem> {
        let Some(watched) = self.0 else {
            return Ok(());
        };
        match watched.note.seen(watched.origin, watched.is_known, status) {
            Some(seen) => watched.witness.record(seen).await,
            None => Ok(()),
        }
    }
}

/// The deadline for the head of the response; a stream may go on longer.
async fn limit_time<B: MessageBody + 'static>(
    deadline: Duration,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    match tokio::time::timeout(deadline, next.call(request)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Problem::new(
            ProblemCode::Timeout,
            format!("no answer within {} ms", deadline.as_millis()),
        )
        .into()),
    }
}
