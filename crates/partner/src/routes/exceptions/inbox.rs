//! `POST /api/v1/exceptions/inbox`: takes a message of a partner.

use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{HttpResponse, guard};
use theriac_http::problem::{Problem, ProblemBody};

use crate::exception::inbox::take;
use crate::exception::message::MESSAGE_BYTES_MAX;
use crate::service::Service;

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.service(
        web::resource("/api/v1/exceptions/inbox")
            .guard(guard::Post())
            .app_data(web::PayloadConfig::new(MESSAGE_BYTES_MAX))
            .route(web::post().to(take_message)),
    );
}

/// Takes a message of a partner about an exception.
///
/// It needs no sign-in: it counts because its author has put its digest on the ledger, and is refused otherwise.
#[utoipa::path(
    post,
    path = "/api/v1/exceptions/inbox",
    operation_id = "take_exception_message",
    tag = "exceptions",
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The message, as docs/ledger-format.md lays it out"),
    responses(
        (status = 204, description = "Kept, or known before"),
        (status = 404, description = "Not on record here: no such digest, or no such case between the two", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "The case is full", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "Longer than a message", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "No message, or for another account", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many requests", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "The database does not take it", body = ProblemBody, content_type = "application/problem+json"),
    ),
    security(()),
)]
pub async fn take_message(
    service: web::Data<Service>,
    body: Bytes,
) -> Result<HttpResponse, Problem> {
    take(service.desk(), &body).await?;
    service.announce();
    Ok(HttpResponse::NoContent().finish())
}
