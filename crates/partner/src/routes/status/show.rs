//! `GET /api/v1/status`: where the service stands.

use actix_web::web::{self, Json, ServiceConfig};
use theriac_http::call::ReadCall;
use theriac_http::description::ReadProblems;
use theriac_http::problem::Problem;

use crate::service::{Service, StatusAnswer};

/// Adds the route.
pub fn configure(config: &mut ServiceConfig) {
    config.route("/api/v1/status", web::get().to(show_status));
}

/// Where the service stands.
#[utoipa::path(
    get,
    path = "/api/v1/status",
    operation_id = "show_status",
    tag = "status",
    responses(
        (status = 200, description = "Found", body = StatusAnswer),
        ReadProblems,
    ),
    security(("api_key" = [])),
)]
pub async fn show_status(
    service: web::Data<Service>,
    _call: ReadCall,
) -> Result<Json<StatusAnswer>, Problem> {
    Ok(Json(service.status().await?))
}
