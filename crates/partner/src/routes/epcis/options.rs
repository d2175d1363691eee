//! `OPTIONS /epcis/capture` and `/epcis/capture/{id}`: what the interface can do.

use actix_web::HttpResponse;
use actix_web::http::Method;
use actix_web::web::{self, ServiceConfig};

use super::exchange::discovered;

/// Adds the routes.
pub fn configure(config: &mut ServiceConfig) {
    config
        .route(
            "/epcis/capture",
            web::method(Method::OPTIONS).to(discover_capture),
        )
        .route(
            "/epcis/capture/{id}",
            web::method(Method::OPTIONS).to(discover_capture_job),
        );
}

/// Versions and limits of the capture interface, in headers.
#[utoipa::path(
    options,
    path = "/epcis/capture",
    operation_id = "discover_capture",
    tag = "epcis",
    responses((status = 204, description = "Headers")),
)]
pub async fn discover_capture() -> HttpResponse {
    discovered("GET, POST, OPTIONS")
}

/// Versions and limits of the capture interface, in headers.
#[utoipa::path(
    options,
    path = "/epcis/capture/{id}",
    operation_id = "discover_capture_job",
    tag = "epcis",
    params(("id" = String, Path, description = "The capture")),
    responses((status = 204, description = "Headers")),
)]
pub async fn discover_capture_job(_id: web::Path<String>) -> HttpResponse {
    discovered("GET, OPTIONS")
}
