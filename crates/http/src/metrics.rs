//! Metrics for Prometheus: requests by matched route pattern, never by path.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse, web};
use prometheus::{
    HistogramOpts, HistogramVec, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};

use crate::clock::Stopwatch;
use crate::problem::Problem;

/// Upper bounds of the duration buckets in seconds: from a lookup in memory to a request that waits
/// for finality.
const DURATION_BUCKETS_S: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0,
];

/// The label of requests that no route matches: paths are the caller's to choose, labels are not.
const UNMATCHED: &str = "unmatched";

/// The program's metrics; clones share one registry. Programs add their own to
/// [`Metrics::registry`].
#[derive(Clone, Debug)]
pub struct Metrics {
    registry: Registry,
    requests: IntCounterVec,
    durations: HistogramVec,
    in_flight: IntGauge,
}

/// The program's metrics could not be registered.
#[derive(Debug, thiserror::Error)]
#[error("cannot register the metrics")]
pub struct MetricsError(#[from] prometheus::Error);

impl Metrics {
    /// Metrics of the program `program` in `version`.
    ///
    /// # Errors
    ///
    /// [`MetricsError`] when a name or label is malformed.
    pub fn new(program: &str, version: &str) -> Result<Self, MetricsError> {
        let registry = Registry::new();
        let requests = IntCounterVec::new(
            Opts::new("http_requests_total", "HTTP requests answered"),
            &["method", "route", "status"],
        )?;
        let durations = HistogramVec::new(
            HistogramOpts::new(
                "http_request_duration_seconds",
                "Time from the request's head to the response's head",
            )
            .buckets(DURATION_BUCKETS_S.to_vec()),
            &["method", "route"],
        )?;
        let in_flight = IntGauge::new("http_requests_in_flight", "HTTP requests being answered")?;
        let build = IntGaugeVec::new(
            Opts::new(
                "theriac_build_info",
                "Always 1; the labels name the program",
            ),
            &["program", "version"],
        )?;
        build.with_label_values(&[program, version]).set(1);
        registry.register(Box::new(requests.clone()))?;
        registry.register(Box::new(durations.clone()))?;
        registry.register(Box::new(in_flight.clone()))?;
        registry.register(Box::new(build))?;
        Ok(Self {
            registry,
            requests,
            durations,
            in_flight,
        })
    }

    /// Where a program registers its own metrics.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// All metrics in the text form of Prometheus.
    ///
    /// # Errors
    ///
    /// [`MetricsError`] when a registered metric cannot be written.
    pub fn render(&self) -> Result<String, MetricsError> {
        Ok(TextEncoder::new().encode_to_string(&self.registry.gather())?)
    }
}

/// The layer that counts and times requests.
pub(crate) async fn measure<B: MessageBody + 'static>(
    metrics: Metrics,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let method = method_label(request.method());
    let in_flight = InFlight::enter(&metrics.in_flight);
    let stopwatch = Stopwatch::start();
    let outcome = next.call(request).await;
    drop(in_flight);
    let (route, status) = match &outcome {
        Ok(response) => (response.request().match_pattern(), response.status()),
        Err(error) => (None, error.as_response_error().status_code()),
    };
    let route = route.as_deref().unwrap_or(UNMATCHED);
    metrics
        .requests
        .with_label_values(&[method, route, status.as_str()])
        .inc();
    metrics
        .durations
        .with_label_values(&[method, route])
        .observe(stopwatch.elapsed().as_secs_f64());
    outcome
}

/// `GET /metrics`.
pub(crate) async fn get_metrics(metrics: web::Data<Metrics>) -> Result<HttpResponse, Problem> {
    let text = metrics
        .render()
        .map_err(|error| Problem::internal(&error))?;
    Ok(HttpResponse::Ok()
        .content_type(prometheus::TEXT_FORMAT)
        .body(text))
}

/// Counts a request out again however it ends: answered, dropped by its client, or panicking.
struct InFlight(IntGauge);

impl InFlight {
    fn enter(gauge: &IntGauge) -> Self {
        gauge.inc();
        Self(gauge.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// Methods are the caller's to invent, so that only the known ones are labels.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
