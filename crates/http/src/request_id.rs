//! The request's id: one for the span, the log line, the header `X-Request-Id` and the problem.

use std::panic::AssertUnwindSafe;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage};
use futures::FutureExt;
use tracing::Span;
use tracing_actix_web::{RequestId, RootSpanBuilder};

use crate::clock::Stopwatch;
use crate::problem::{Problem, ProblemCode};
use crate::security_headers;
use crate::task::panic_message;

/// The header that carries the request's id in every response.
pub const REQUEST_ID_HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The span around a request: its id, method and route pattern.
///
/// The path, the query and the client's address are left out on purpose: paths hold serial numbers,
/// and an address with a serial number tells who took which medicine.
#[derive(Debug)]
pub(crate) struct RequestSpan;

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let id = request_id_of(request).unwrap_or_default();
        tracing::info_span!("http.request", request_id = %id, http.method = %request.method())
    }

    fn on_request_end<B: MessageBody>(_: Span, _: &Result<ServiceResponse<B>, Error>) {}
}

/// The outermost layer: a panic fails alone, every error becomes a problem with the request's id,
/// every response gets its headers and one line in the log.
pub(crate) async fn finish<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let id = request_id_of(&request);
    let method = request.method().to_string();
    let stopwatch = Stopwatch::start();
    let outcome = AssertUnwindSafe(next.call(request)).catch_unwind().await;
    let outcome = outcome.unwrap_or_else(|payload| {
        let reason = panic_message(&*payload);
        tracing::error!(reason, "request handler panicked: {reason}");
        let code = ProblemCode::Internal;
        Err(Problem::new(code, code.title()).into())
    });
    let response = match outcome {
        Ok(response) => response,
        Err(error) => {
            // A layer below gave up without the request, so its route is unknown.
            let mut response = Problem::of_error(&error).response(id.clone());
            set_headers(response.headers_mut(), id.as_deref());
            let status = response.status().as_u16();
            log_request(&method, None, status, &stopwatch);
            return Err(actix_web::error::InternalError::from_response(error, response).into());
        }
    };
    let problem = Problem::of_response(response.response());
    let mut response = response.map_into_boxed_body();
    if let Some(problem) = problem {
        response = replaced(response, &problem, id.clone());
    }
    set_headers(response.headers_mut(), id.as_deref());
    let route = response.request().match_pattern();
    log_request(
        &method,
        route.as_deref(),
        response.status().as_u16(),
        &stopwatch,
    );
    Ok(response)
}

/// The response with the problem as its body. Other headers (`Allow`, cookies) stay.
fn replaced(
    response: ServiceResponse<BoxBody>,
    problem: &Problem,
    id: Option<String>,
) -> ServiceResponse<BoxBody> {
    let (request, old) = response.into_parts();
    let mut new = problem.response(id);
    for (name, value) in old.headers() {
        let describes_old_body = [
            header::CONTENT_TYPE,
            header::CONTENT_LENGTH,
            header::CONTENT_ENCODING,
            header::TRANSFER_ENCODING,
        ]
        .contains(name);
        if !describes_old_body && !new.headers().contains_key(name) {
            new.headers_mut().append(name.clone(), value.clone());
        }
    }
    ServiceResponse::new(request, new)
}

fn set_headers(headers: &mut header::HeaderMap, id: Option<&str>) {
    security_headers::apply(headers);
    if let Some(value) = id.and_then(|id| HeaderValue::from_str(id).ok()) {
        headers.insert(REQUEST_ID_HEADER, value);
    }
}

fn log_request(method: &str, route: Option<&str>, status: u16, stopwatch: &Stopwatch) {
    let route = route.unwrap_or("unmatched");
    let duration_ms = stopwatch.elapsed_ms();
    tracing::info!(
        http.route = route,
        http.status = status,
        duration_ms,
        "{method} {route} answered {status}"
    );
}

fn request_id_of(request: &ServiceRequest) -> Option<String> {
    let extensions = request.extensions();
    extensions.get::<RequestId>().map(ToString::to_string)
}
